"""Applications and their versions: descriptions, the version lifecycle and quotas, through boto3."""

from typing import Any

from tests.localcloud.running import Server, bundle, messages, refusal, with_environment, with_versions

BUCKET = "elasticbeanstalk-us-east-1-123456789012"
ROLE = "arn:aws:iam::123456789012:role/aws-elasticbeanstalk-service-role"


def application(beanstalk: Any, name: str) -> dict[str, Any]:
    (described,) = beanstalk.describe_applications(ApplicationNames=[name])["Applications"]
    return dict(described)


def test_a_description_is_changed_kept_and_cleared(shared: Server) -> None:
    beanstalk = with_versions(shared, "told", "v1")
    changed = beanstalk.update_application(ApplicationName="told", Description="first")
    assert changed["Application"]["Description"] == "first"
    assert messages(beanstalk, RequestId=changed["ResponseMetadata"]["RequestId"])
    beanstalk.update_application(ApplicationName="told")
    assert application(beanstalk, "told")["Description"] == "first"
    beanstalk.update_application(ApplicationName="told", Description="")
    assert "Description" not in application(beanstalk, "told")
    version = beanstalk.update_application_version(ApplicationName="told", VersionLabel="v1", Description="noted")
    assert version["ApplicationVersion"]["Description"] == "noted"
    unknown = refusal(beanstalk.update_application, ApplicationName="untold", Description="x")
    assert unknown == ("InvalidParameterValue", "No Application named 'untold' found.")
    unknown = refusal(beanstalk.update_application_version, ApplicationName="told", VersionLabel="v2")
    assert unknown == ("InvalidParameterValue", "No Application Version named 'v2' found.")


def test_a_lifecycle_deletes_versions_with_their_sources_but_none_that_runs(shared: Server) -> None:
    beanstalk, storage = with_environment(shared, "cycled", "v1", "v2", "v3"), shared.boto("s3")
    rule = {"Enabled": True, "MaxCount": 1, "DeleteSourceFromS3": True}
    changed = beanstalk.update_application_resource_lifecycle(
        ApplicationName="cycled",
        ResourceLifecycleConfig={"ServiceRole": ROLE, "VersionLifecycleConfig": {"MaxCountRule": rule}},
    )
    assert changed["ResourceLifecycleConfig"] == application(beanstalk, "cycled")["ResourceLifecycleConfig"]
    assert set(application(beanstalk, "cycled")["Versions"]) == {"v1", "v2", "v3"}
    storage.put_object(Bucket=BUCKET, Key="cycled/v4.zip", Body=bundle("v4"))
    beanstalk.create_application_version(
        ApplicationName="cycled", VersionLabel="v4", SourceBundle={"S3Bucket": BUCKET, "S3Key": "cycled/v4.zip"}
    )
    # v1 runs, v3 is the one that the rule keeps, and the new one does not count.
    assert application(beanstalk, "cycled")["Versions"] == ["v4", "v3", "v1"]
    listed = storage.list_objects_v2(Bucket=BUCKET, Prefix="cycled/").get("Contents", [])
    assert "cycled/v2.zip" not in [item["Key"] for item in listed]


def test_a_lifecycle_needs_a_role_once(shared: Server) -> None:
    beanstalk = with_versions(shared, "roleless")
    config: dict[str, Any] = {"VersionLifecycleConfig": {"MaxAgeRule": {"Enabled": True, "MaxAgeInDays": 9}}}
    call = beanstalk.update_application_resource_lifecycle
    code, _ = refusal(call, ApplicationName="roleless", ResourceLifecycleConfig=config)
    assert code == "MissingParameter"
    call(ApplicationName="roleless", ResourceLifecycleConfig={"ServiceRole": ROLE, **config})
    call(ApplicationName="roleless", ResourceLifecycleConfig=config)
    rules = application(beanstalk, "roleless")["ResourceLifecycleConfig"]["VersionLifecycleConfig"]
    assert rules["MaxAgeRule"]["MaxAgeInDays"] == 9


def test_account_attributes_name_the_quota_of_versions(shared: Server) -> None:
    quotas = shared.boto("elasticbeanstalk").describe_account_attributes()["ResourceQuotas"]
    assert quotas["ApplicationVersionQuota"]["Maximum"] == 1000
