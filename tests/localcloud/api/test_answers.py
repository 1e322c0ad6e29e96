"""Raw answers of a day that calls every action: each is walked member by member against the clients' models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dockdj.localcloud.api import ACTIONS
from tests.localcloud import raw
from tests.localcloud.api import answers
from tests.localcloud.api.answers import Answer
from tests.localcloud.running import ENHANCED, STACK, Server, option, ready, server, with_versions
from tests.support.eventually import eventually

STRICT = "tests.localcloud.api.strict_server"
NAME = "whole-day"
OTHER = "other-day"
STRANGE = "a & b <c> \"d\" 'e' ü \U0001f600"
VARIABLES = "elasticbeanstalk:application:environment"
WRONG = option("autoscaling:asg", "MinSize", "none")
TAGS = [{"Key": "team", "Value": "a & b"}]
LIFECYCLE = {
    "MaxCountRule": {"Enabled": True, "MaxCount": 50, "DeleteSourceFromS3": False},
    "MaxAgeRule": {"Enabled": False, "MaxAgeInDays": 180, "DeleteSourceFromS3": True},
}
REFUSED_FORMS: tuple[Mapping[str, str], ...] = (
    {},
    {"Action": "None"},
    {"Action": "CreateApplication"},
    {"Action": "ComposeEnvironments"},
    {"Action": "DescribeEvents", "MaxRecords": "0"},
    {"Action": "DescribeEvents", "StartTime": "<&>"},
)


@dataclass
class Recorded:
    """A server whose answers of Elastic Beanstalk are recorded."""

    server: Server
    answers: list[Answer] = field(default_factory=list)

    def boto(self, service: str) -> Any:
        client = self.server.boto(service)
        if service == "elasticbeanstalk":
            self.answers = answers.record(client)
        return client


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Answer]]:
    with server(tmp_path_factory.mktemp("day") / "cloud", STRICT) as running:
        recorded = Recorded(running)
        beanstalk = with_versions(recorded, NAME, "v1", "v2", "bad", "held")
        lead_through_applications(beanstalk, running)
        lead_through_templates(beanstalk)
        lead_through_environments(beanstalk, running)
        lead_through_operations(beanstalk)
        lead_through_listings(beanstalk)
        lead_to_the_end(beanstalk)
        for form in REFUSED_FORMS:
            answer = raw.query(running.settings, form)
            recorded.answers.append(Answer(str(form), answer.status, answer.body))
        yield recorded.answers


def lead_through_applications(beanstalk: Any, running: Server) -> None:
    service_role = {"ServiceRole": "arn:aws:iam::123456789012:role/r", "VersionLifecycleConfig": LIFECYCLE}
    beanstalk.create_application(
        ApplicationName=OTHER, Description=STRANGE, ResourceLifecycleConfig=service_role, Tags=TAGS
    )
    refused(beanstalk.create_application, ApplicationName=OTHER)
    beanstalk.update_application(ApplicationName=OTHER, Description="")
    beanstalk.update_application_resource_lifecycle(ApplicationName=NAME, ResourceLifecycleConfig=service_role)
    bucket = beanstalk.create_storage_location()["S3Bucket"]
    for label, content, process in (("damaged", b"no zip", True), ("plain", b"PK\5\6" + bytes(18), False)):
        running.boto("s3").put_object(Bucket=bucket, Key=f"{label} &.zip", Body=content)
        source = {"S3Bucket": bucket, "S3Key": f"{label} &.zip"}
        beanstalk.create_application_version(
            ApplicationName=OTHER, VersionLabel=label, SourceBundle=source, Process=process, Description=STRANGE
        )
    beanstalk.update_application_version(ApplicationName=NAME, VersionLabel="v2", Description=STRANGE)
    refused(beanstalk.update_application_version, ApplicationName=NAME, VersionLabel="none")
    beanstalk.describe_applications()
    beanstalk.describe_application_versions()
    beanstalk.describe_account_attributes()
    beanstalk.check_dns_availability(CNAMEPrefix="free-name")


def lead_through_templates(beanstalk: Any) -> None:
    named = {"ApplicationName": NAME, "TemplateName": "saved"}
    beanstalk.create_configuration_template(**named, SolutionStackName=STACK, Description=STRANGE)
    refused(beanstalk.create_configuration_template, **named, SolutionStackName=STACK)
    beanstalk.update_configuration_template(**named, OptionSettings=[option(VARIABLES, "A", STRANGE)])
    refused(beanstalk.update_configuration_template, **named, OptionSettings=[WRONG])
    beanstalk.describe_configuration_settings(**named)
    beanstalk.describe_configuration_options(**named)
    beanstalk.validate_configuration_settings(**named, OptionSettings=[WRONG, option("x", "A", "")])


def lead_through_environments(beanstalk: Any, running: Server) -> None:
    for name, more in ((NAME, {"TemplateName": "saved", "Tags": TAGS}), (OTHER, {"SolutionStackName": STACK})):
        beanstalk.create_environment(
            ApplicationName=NAME,
            EnvironmentName=name,
            CNAMEPrefix=name,
            VersionLabel="v1",
            Description=STRANGE,
            OptionSettings=[ENHANCED, option("autoscaling:asg", "MinSize", "2")],
            **more,
        )
        describe(beanstalk, name)
        ready(beanstalk, name)
    refused(beanstalk.create_environment, ApplicationName=NAME, EnvironmentName=NAME, SolutionStackName=STACK)
    beanstalk.check_dns_availability(CNAMEPrefix=NAME)
    describe(beanstalk, NAME)
    beanstalk.update_environment(EnvironmentName=NAME, VersionLabel="held")
    describe(beanstalk, NAME)
    refused(beanstalk.update_environment, EnvironmentName=NAME, VersionLabel="v2")
    refused(beanstalk.abort_environment_update, EnvironmentName=NAME)
    running.release_held()
    for change in ({"VersionLabel": "bad"}, {"OptionSettings": [option(VARIABLES, "BREAK", "1")]}):
        ready(beanstalk, NAME)
        beanstalk.update_environment(EnvironmentName=NAME, **change)
    ready(beanstalk, NAME)
    describe(beanstalk, NAME)
    for wrong in ({"VersionLabel": "none"}, {"OptionSettings": [WRONG]}, {"EnvironmentId": "e-none"}):
        refused(beanstalk.update_environment, **{"EnvironmentName": NAME, **wrong})


def lead_through_operations(beanstalk: Any) -> None:
    for kind in ("tail", "bundle"):
        beanstalk.request_environment_info(EnvironmentName=NAME, InfoType=kind)
        assert eventually(partial(pulled_logs, beanstalk, kind))
    beanstalk.restart_app_server(EnvironmentName=NAME)
    ready(beanstalk, NAME)
    beanstalk.rebuild_environment(EnvironmentName=NAME)
    ready(beanstalk, NAME)
    beanstalk.swap_environment_cnames(SourceEnvironmentName=NAME, DestinationEnvironmentName=OTHER)
    ready(beanstalk, NAME)
    arn = ready(beanstalk, OTHER)["EnvironmentArn"]
    beanstalk.update_tags_for_resource(ResourceArn=arn, TagsToAdd=[{"Key": "k", "Value": "v"}], TagsToRemove=["none"])
    beanstalk.list_tags_for_resource(ResourceArn=arn)
    refused(beanstalk.list_tags_for_resource, ResourceArn=f"{arn}-none")


def lead_through_listings(beanstalk: Any) -> None:
    beanstalk.list_available_solution_stacks()
    for listing, filtered in (
        (beanstalk.list_platform_branches, {"Attribute": "LifecycleState", "Operator": "=", "Values": ["Supported"]}),
        (beanstalk.list_platform_versions, {"Type": "PlatformName", "Operator": "contains", "Values": ["Docker"]}),
    ):
        listing(Filters=[filtered])
        listing(NextToken=listing(MaxRecords=1)["NextToken"])
        refused(listing, Filters=[{**filtered, "Operator": "none"}])
    platforms = beanstalk.list_platform_versions()["PlatformSummaryList"]
    beanstalk.describe_platform_version(PlatformArn=platforms[0]["PlatformArn"])
    for listing in (
        beanstalk.describe_events,
        beanstalk.describe_application_versions,
        beanstalk.describe_environments,
    ):
        listing(NextToken=listing(MaxRecords=1)["NextToken"], MaxRecords=1)
        refused(listing, NextToken="none")
    beanstalk.describe_events(Severity="WARN")


def lead_to_the_end(beanstalk: Any) -> None:
    beanstalk.delete_environment_configuration(ApplicationName=NAME, EnvironmentName=NAME)
    beanstalk.delete_configuration_template(ApplicationName=NAME, TemplateName="saved")
    refused(beanstalk.delete_application, ApplicationName=NAME)
    refused(beanstalk.delete_application_version, ApplicationName=NAME, VersionLabel="v1")
    beanstalk.delete_application_version(ApplicationName=NAME, VersionLabel="v2", DeleteSourceBundle=True)
    beanstalk.terminate_environment(EnvironmentName=NAME)
    beanstalk.describe_environments(EnvironmentNames=[NAME])
    eventually(
        lambda: not beanstalk.describe_environments(EnvironmentNames=[NAME], IncludeDeleted=False)["Environments"]
    )
    beanstalk.describe_environments(IncludeDeleted=True)
    refused(beanstalk.terminate_environment, EnvironmentName=NAME)
    beanstalk.delete_application(ApplicationName=NAME, TerminateEnvByForce=True)
    eventually(lambda: not beanstalk.describe_applications(ApplicationNames=[NAME])["Applications"])
    beanstalk.describe_environments()


def describe(beanstalk: Any, name: str) -> None:
    """Call every action that describes an environment, in whatever state it is."""
    beanstalk.describe_environments(EnvironmentNames=[name])
    beanstalk.describe_environment_resources(EnvironmentName=name)
    beanstalk.describe_environment_health(EnvironmentName=name)
    beanstalk.describe_environment_health(EnvironmentName=name, AttributeNames=["All"])
    beanstalk.describe_instances_health(EnvironmentName=name)
    beanstalk.describe_instances_health(EnvironmentName=name, AttributeNames=["All"])
    beanstalk.describe_configuration_settings(ApplicationName=NAME, EnvironmentName=name)
    beanstalk.describe_configuration_options(ApplicationName=NAME, EnvironmentName=name)
    beanstalk.describe_events(EnvironmentName=name)


def pulled_logs(beanstalk: Any, kind: str) -> list[Any]:
    return list(beanstalk.retrieve_environment_info(EnvironmentName=NAME, InfoType=kind)["EnvironmentInfo"])


def refused(call: Any, **parameters: Any) -> None:
    """A call that the server refuses, or will serve one day."""
    try:
        call(**parameters)
    except ClientError:
        return


def test_every_answer_is_as_the_clients_models_have_it(day: list[Answer]) -> None:
    model = answers.models()
    assert "\n".join(sorted({fault for answer in day for fault in answers.faults(answer, model)})) == ""


def test_every_action_has_been_seen_to_succeed(day: list[Answer]) -> None:
    assert sorted(set(ACTIONS) - {answer.operation for answer in day if answer.status < 300}) == []
    assert sum(answer.status >= 400 for answer in day) >= 20


GOOD = (
    f'<DescribeApplicationsResponse xmlns="{answers.NAMESPACE}"><DescribeApplicationsResult><Applications><member>'
    "<ApplicationName>shop</ApplicationName><DateCreated>2026-11-22T12:00:00.120Z</DateCreated><Versions/>"
    "<ResourceLifecycleConfig><VersionLifecycleConfig><MaxCountRule><Enabled>true</Enabled></MaxCountRule>"
    "</VersionLifecycleConfig></ResourceLifecycleConfig></member></Applications></DescribeApplicationsResult>"
    "<ResponseMetadata><RequestId>d471057d-01a8-4b99-a5a7-54c28df1812f</RequestId></ResponseMetadata>"
    "</DescribeApplicationsResponse>"
)
BROKEN = [
    ("ApplicationName>", "Name>", ".Name is not modelled"),
    ("member>", "entry>", "<entry> instead of <member>"),
    (".120Z", ".120000Z", "no timestamp"),
    ("<Enabled>true</Enabled>", "", "Enabled is missing"),
    (">true<", ">True<", "no boolean"),
    (">shop<", "><", "0 characters"),
    ("<Versions/>", "<Versions>v1</Versions>", "a list with text"),
    ("<Versions/>", "<Versions/><Versions/>", "a member twice"),
    ("DescribeApplicationsResult>", "Result>", "['Result', 'ResponseMetadata']"),
    ("RequestId>", "Id>", "RequestId is []"),
    ("d471057d", "x", "RequestId is ['x"),
    ("docs/2010-12-01/", "", "another namespace"),
    ("<Versions/>", "<Versions>", "not XML"),
]


@pytest.mark.parametrize(("old", "new", "fault"), BROKEN)
def test_walk_finds_the_fault_of_a_broken_answer(old: str, new: str, fault: str) -> None:
    model = answers.models()
    good, broken = (Answer("DescribeApplications", 200, text.encode()) for text in (GOOD, GOOD.replace(old, new)))
    assert answers.faults(good, model) == []
    assert any(fault in found for found in answers.faults(broken, model))


def test_walk_finds_wrong_values_and_malformed_errors() -> None:
    model, operation = answers.models(), "DescribeEnvironmentHealth"
    head, _, rest = GOOD.replace("DescribeApplications", operation).partition("<Applications>")
    values = "<Status>Fine</Status><ApplicationMetrics><Duration>9999999999</Duration></ApplicationMetrics>"
    document = head + values + rest.partition("</Applications>")[2]
    status, duration = answers.faults(Answer(operation, 200, document.encode()), model)
    assert "Fine" in status and "too large" in duration
    error = f'<ErrorResponse xmlns="{answers.NAMESPACE}"><Error><Code>x</Code></Error></ErrorResponse>'
    assert answers.faults(Answer("None", 400, error.encode()), model)
