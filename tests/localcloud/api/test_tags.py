"""Tags of every kind of resource, through boto3."""

from typing import Any

import pytest

from tests.localcloud.running import STACK, Server, messages, refusal, with_environment
from tests.support.eventually import eventually

ARN = "arn:aws:elasticbeanstalk:us-east-1:123456789012"


@pytest.fixture(scope="module")
def tagged(shared: Server) -> Any:
    beanstalk = with_environment(shared, "tagged", "v1")
    beanstalk.create_configuration_template(ApplicationName="tagged", TemplateName="small", SolutionStackName=STACK)
    return beanstalk


def tags(beanstalk: Any, resource: str) -> dict[str, str]:
    listed = beanstalk.list_tags_for_resource(ResourceArn=f"{ARN}:{resource}")
    assert listed["ResourceArn"] == f"{ARN}:{resource}"
    return {tag["Key"]: tag["Value"] for tag in listed["ResourceTags"]}


def pairs(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.mark.parametrize(
    "resource",
    [
        "application/tagged",
        "applicationversion/tagged/v1",
        "environment/tagged/tagged",
        "configurationtemplate/tagged/small",
    ],
)
def test_tags_are_added_changed_and_removed(tagged: Any, resource: str) -> None:
    before = tags(tagged, resource)
    arn = f"{ARN}:{resource}"
    tagged.update_tags_for_resource(ResourceArn=arn, TagsToAdd=pairs(team="web", cost="1"))
    tagged.update_tags_for_resource(ResourceArn=arn, TagsToAdd=pairs(team="shop"), TagsToRemove=["cost"])
    assert tags(tagged, resource) == {**before, "team": "shop"}
    tagged.update_tags_for_resource(ResourceArn=arn, TagsToRemove=["team"])
    assert tags(tagged, resource) == before


def test_environment_has_elastic_beanstalks_own_tags(tagged: Any) -> None:
    found = tags(tagged, "environment/tagged/tagged")
    assert found["Name"] == found["elasticbeanstalk:environment-name"] == "tagged"
    assert found["elasticbeanstalk:environment-id"].startswith("e-")


def test_update_of_an_environments_tags_ends_with_the_event_that_eb_waits_for(tagged: Any) -> None:
    updated = tagged.update_tags_for_resource(
        ResourceArn=f"{ARN}:environment/tagged/tagged", TagsToAdd=pairs(seen="yes")
    )
    request = updated["ResponseMetadata"]["RequestId"]
    assert messages(tagged, RequestId=request) == ["Environment tag update completed successfully."]


def test_resources_get_their_tags_when_they_are_created_and_lose_them_when_they_are_deleted(shared: Server) -> None:
    beanstalk = shared.boto("elasticbeanstalk")
    for value in ("first", "second"):
        beanstalk.create_application(ApplicationName="brief", Tags=pairs(mark=value))
        beanstalk.create_configuration_template(
            ApplicationName="brief", TemplateName="small", SolutionStackName=STACK, Tags=pairs(mark=value)
        )
        assert tags(beanstalk, "application/brief") == {"mark": value}
        assert tags(beanstalk, "configurationtemplate/brief/small") == {"mark": value}
        beanstalk.delete_application(ApplicationName="brief")
    beanstalk.create_application(ApplicationName="brief")
    assert tags(beanstalk, "application/brief") == {}
    absent = f"{ARN}:configurationtemplate/brief/small"
    assert refusal(beanstalk.list_tags_for_resource, ResourceArn=absent).code == "ResourceNotFoundException"


def test_a_new_environment_does_not_inherit_the_tags_of_an_earlier_one(shared: Server) -> None:
    beanstalk = with_environment(shared, "again", "v1")
    beanstalk.update_tags_for_resource(ResourceArn=f"{ARN}:environment/again/again", TagsToAdd=pairs(old="yes"))
    beanstalk.terminate_environment(EnvironmentName="again")
    missing = "ResourceNotFoundException"
    arn = f"{ARN}:environment/again/again"
    eventually(lambda: gone(beanstalk, "again"))
    assert refusal(beanstalk.list_tags_for_resource, ResourceArn=arn).code == missing
    beanstalk.create_environment(ApplicationName="again", EnvironmentName="again", SolutionStackName=STACK)
    assert "old" not in tags(beanstalk, "environment/again/again")


def gone(beanstalk: Any, name: str) -> bool:
    return not beanstalk.describe_environments(EnvironmentNames=[name], IncludeDeleted=False)["Environments"]


@pytest.mark.parametrize(
    "arn",
    [
        f"{ARN}:application/nothing",
        f"{ARN}:environment/tagged/nothing",
        f"{ARN}:environment/tagged",
        f"{ARN}:nothing/tagged",
        "application/tagged",
        "arn:aws:s3:::bucket",
    ],
)
def test_unknown_resources_are_not_found(tagged: Any, arn: str) -> None:
    assert refusal(tagged.list_tags_for_resource, ResourceArn=arn).code == "ResourceNotFoundException"
    assert (
        refusal(tagged.update_tags_for_resource, ResourceArn=arn, TagsToRemove=["a"]).code
        == "ResourceNotFoundException"
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TagsToAdd": pairs(**{"aws:mine": "x"})}, "InvalidParameterValue"),
        ({"TagsToAdd": pairs(**{"ElasticBeanstalk:environment-name": "x"})}, "InvalidParameterValue"),
        ({"TagsToAdd": pairs(**{"semi;colon": "x"})}, "InvalidParameterValue"),
        ({"TagsToAdd": [*pairs(a="1"), *pairs(a="2")]}, "InvalidParameterValue"),
        ({"TagsToAdd": pairs(a="1"), "TagsToRemove": ["a"]}, "InvalidParameterValue"),
        ({"TagsToAdd": pairs(**{f"key-{number}": "x" for number in range(51)})}, "TooManyTagsException"),
    ],
)
def test_impossible_tags_change_nothing(tagged: Any, change: dict[str, Any], code: str) -> None:
    before = tags(tagged, "application/tagged")
    assert refusal(tagged.update_tags_for_resource, ResourceArn=f"{ARN}:application/tagged", **change).code == code
    assert tags(tagged, "application/tagged") == before
