"""Botocore's own examples of the service, sent to a prepared cloud: the answers have the members that they show."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from tests.localcloud.running import STACK, Server, bundle, option, ready, refusal
from tests.support.eventually import eventually

FIRST = ("CreateStorageLocation", "CheckDNSAvailability", "CreateApplication", "CreateApplicationVersion")
CREATES = "CreateEnvironment"
LAST = ("DeleteConfigurationTemplate", "DeleteApplicationVersion", "TerminateEnvironment", "DeleteApplication")
LABELS = ("v2", "22a0-stage-150819_185942", "22a0-stage-150819_182129")
REFUSED = {"AbortEnvironmentUpdate": "InvalidParameterValue"}
"""The code of each refusal: no update of the example's environment runs."""
ABSENT = {
    ".ApplicationMetrics.Latency",
    ".InstanceHealthList[].ApplicationMetrics.Latency",
    ".InstanceHealthList[].System.CPUUtilization",
    ".EnvironmentResources.LaunchConfigurations[]",
    ".EnvironmentResources.LoadBalancers[]",
}
"""Members of the examples that the reference names as missing, or that an idle environment of fake machines lacks."""


def examples() -> Mapping[str, list[Mapping[str, Any]]]:
    """The inputs and outputs of each operation's examples."""
    found: Mapping[str, list[Mapping[str, Any]]] = Loader().load_service_model("elasticbeanstalk", "examples-1")[
        "examples"
    ]
    return found


def test_botocores_examples_are_answered_as_they_show(shared: Server) -> None:
    beanstalk = shared.boto("elasticbeanstalk")
    storage = shared.boto("s3")
    storage.create_bucket(Bucket="my-bucket")
    storage.put_object(Bucket="my-bucket", Key="sample.war", Body=bundle())
    faults = [fault for operation in FIRST for fault in replayed(beanstalk, operation)]
    # The platform of the example was retired years ago.
    literal = examples()[CREATES][0]["input"]
    assert "No Solution Stack named" in refusal(beanstalk.create_environment, **literal).message
    faults += replayed(beanstalk, CREATES)
    prepare(beanstalk)
    named = (*FIRST, CREATES, *LAST)
    for operation in (*(name for name in sorted(examples()) if name not in named), *LAST):
        faults += replayed(beanstalk, operation)
    assert faults == []


def prepare(beanstalk: Any) -> None:
    """Create what the examples name: versions, a template, two more environments, and logs."""
    for label in LABELS:
        source = {"S3Bucket": "my-bucket", "S3Key": "sample.war"}
        beanstalk.create_application_version(
            ApplicationName="my-app", VersionLabel=label, SourceBundle=source, Description="prepared"
        )
    beanstalk.create_configuration_template(
        ApplicationName="my-app",
        TemplateName="my-template",
        SolutionStackName=STACK,
        OptionSettings=[option("elasticbeanstalk:healthreporting:system", "ConfigDocument", "{}")],
    )
    for name in ("my-env-blue", "my-env-green"):
        beanstalk.create_environment(
            ApplicationName="my-app", EnvironmentName=name, SolutionStackName=STACK, VersionLabel="v1"
        )
    ready(beanstalk, "my-env")
    enhanced = [option("elasticbeanstalk:healthreporting:system", "SystemType", "enhanced")]
    beanstalk.update_environment(EnvironmentName="my-env", Description="my environment", OptionSettings=enhanced)
    for name in ("my-env", "my-env-blue", "my-env-green"):
        ready(beanstalk, name)
    beanstalk.request_environment_info(EnvironmentName="my-env", InfoType="tail")
    logs = {"EnvironmentName": "my-env", "InfoType": "tail"}
    assert eventually(lambda: beanstalk.retrieve_environment_info(**logs)["EnvironmentInfo"])


def replayed(beanstalk: Any, operation: str) -> Iterator[str]:
    """Send each example of an operation; yield what the answer lacks."""
    if operation == "DeleteApplication":
        for name in ("my-env-blue", "my-env-green"):
            beanstalk.terminate_environment(EnvironmentName=name)
        existing = {"ApplicationName": "my-app", "IncludeDeleted": False}
        eventually(lambda: not beanstalk.describe_environments(**existing)["Environments"])
    elif operation not in (*FIRST, CREATES):
        ready(beanstalk, "my-env")
    for example in examples()[operation]:
        call = getattr(beanstalk, xform_name(operation))
        given = dict(example.get("input") or {})
        if "SolutionStackName" in given:
            given["SolutionStackName"] = STACK
        if "EnvironmentId" in given:
            given["EnvironmentId"] = ready(beanstalk, "my-env")["EnvironmentId"]
        try:
            answer = call(**given)
        except ClientError as error:
            if error.response["Error"]["Code"] != REFUSED.get(operation):
                yield f"{operation}: {error}"
            continue
        yield from (f"{operation}: {path}" for path in lacking(example.get("output") or {}, answer))


def lacking(shown: Any, answer: Any, path: str = "") -> Iterator[str]:
    """The members of an example's output that an answer lacks."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            if name in answer:
                yield from lacking(value, answer[name], f"{path}.{name}")
            elif f"{path}.{name}" not in ABSENT:
                yield f"{path}.{name}"
    elif isinstance(shown, list) and shown:
        if answer:
            yield from lacking(shown[0], answer[0], f"{path}[]")
        elif f"{path}[]" not in ABSENT:
            yield f"{path}[]"
