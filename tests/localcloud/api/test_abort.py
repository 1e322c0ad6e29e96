"""Updates that are aborted, through boto3."""

from typing import Any

from tests.localcloud.running import (
    Server,
    described,
    messages,
    option,
    ready,
    refusal,
    with_environment,
)
from tests.support.eventually import eventually

VARIABLES = "elasticbeanstalk:application:environment"
STARTING, COMPLETED = "abortEnvironmentUpdate is starting.", "abortEnvironmentUpdate completed successfully."


def request_id(answer: Any) -> str:
    return str(answer["ResponseMetadata"]["RequestId"])


def variables(beanstalk: Any, name: str) -> dict[str, str]:
    [settings] = beanstalk.describe_configuration_settings(ApplicationName=name, EnvironmentName=name)[
        "ConfigurationSettings"
    ]
    return {
        item["OptionName"]: item["Value"]
        for item in settings["OptionSettings"]
        if item["Namespace"] == f"aws:{VARIABLES}"
    }


def running_versions(beanstalk: Any, name: str) -> set[str]:
    instances = beanstalk.describe_instances_health(EnvironmentName=name, AttributeNames=["Deployment"])
    return {item["Deployment"]["VersionLabel"] for item in instances["InstanceHealthList"]}


def test_aborted_deployment_ends_with_the_version_before(shared: Server) -> None:
    beanstalk = with_environment(shared, "abort", "v1", "endless")
    update = beanstalk.update_environment(EnvironmentName="abort", VersionLabel="endless")
    assert described(beanstalk, "abort")["AbortableOperationInProgress"] is True
    abort = beanstalk.abort_environment_update(EnvironmentName="abort")
    environment = ready(beanstalk, "abort")
    assert (environment["VersionLabel"], environment["AbortableOperationInProgress"]) == ("v1", False)
    assert running_versions(beanstalk, "abort") == {"v1"}
    assert messages(beanstalk, RequestId=request_id(update))[-1] == "Failed to deploy application."
    assert messages(beanstalk, RequestId=request_id(abort)) == [
        STARTING,
        "Deploying new version to instance(s).",
        COMPLETED,
    ]
    beanstalk.update_environment(EnvironmentName="abort", VersionLabel="v1")
    assert ready(beanstalk, "abort")["VersionLabel"] == "v1"


def test_aborted_change_of_options_ends_with_the_options_before(shared: Server) -> None:
    beanstalk = with_environment(shared, "aborted", "v1", options=(option(VARIABLES, "A", "before"),))
    settings = [option(VARIABLES, "A", "after"), option(VARIABLES, "ENDLESS", "yes")]
    update = beanstalk.update_environment(EnvironmentName="aborted", OptionSettings=settings)
    beanstalk.abort_environment_update(EnvironmentId=described(beanstalk, "aborted")["EnvironmentId"])
    ready(beanstalk, "aborted")
    assert variables(beanstalk, "aborted") == {"A": "before"}
    assert messages(beanstalk, RequestId=request_id(update))[-2:] == [
        "Failed to deploy configuration.",
        "The environment was reverted to the previous configuration setting.",
    ]


def test_environment_is_aborting_until_the_version_before_runs(own: Server) -> None:
    beanstalk = with_environment(own, "abort", "v1", "stuck")
    beanstalk.update_environment(EnvironmentName="abort", VersionLabel="stuck")
    beanstalk.abort_environment_update(EnvironmentName="abort")
    environment = described(beanstalk, "abort")
    assert (environment["Status"], environment["AbortableOperationInProgress"]) == ("Aborting", False)
    assert refusal(beanstalk.update_environment, EnvironmentName="abort", VersionLabel="v1").message.endswith(
        "Must be Ready."
    )
    assert refusal(beanstalk.abort_environment_update, EnvironmentName="abort").code == "InvalidParameterValue"
    # The end of a killed server: what the abort has not undone is undone by the next start.
    own.restart()
    again = own.boto("elasticbeanstalk")
    assert ready(again, "abort")["VersionLabel"] == "v1"
    again.terminate_environment(EnvironmentName="abort", ForceTerminate=True)


def test_abort_is_refused_if_no_update_runs(shared: Server) -> None:
    beanstalk = with_environment(shared, "idle", "v1")
    before = messages(beanstalk, EnvironmentName="idle")
    assert refusal(beanstalk.abort_environment_update, EnvironmentName="idle") == (
        "InvalidParameterValue",
        "Environment named idle is in an invalid state for this operation. Must be pending deployment.",
    )
    assert refusal(beanstalk.abort_environment_update, EnvironmentName="none").code == "InvalidParameterValue"
    assert refusal(beanstalk.abort_environment_update).code == "MissingParameter"
    assert messages(beanstalk, EnvironmentName="idle") == before


def test_version_before_that_fails_leaves_the_environment_ready(shared: Server) -> None:
    beanstalk = with_environment(shared, "undoable", "v1", "endless", options=(option(VARIABLES, "UNDOABLE", "1"),))
    beanstalk.update_environment(EnvironmentName="undoable", VersionLabel="endless")
    abort = beanstalk.abort_environment_update(EnvironmentName="undoable")
    assert ready(beanstalk, "undoable")["VersionLabel"] == "v1"
    assert messages(beanstalk, RequestId=request_id(abort))[-1] == "Failed to abort environment update."


def test_forced_termination_replaces_an_abort(shared: Server) -> None:
    beanstalk = with_environment(shared, "ended", "v1", "endless")
    beanstalk.update_environment(EnvironmentName="ended", VersionLabel="endless")
    beanstalk.abort_environment_update(EnvironmentName="ended")
    beanstalk.terminate_environment(EnvironmentName="ended", ForceTerminate=True)
    names = ["ended"]
    eventually(
        lambda: (
            [
                environment["Status"]
                for environment in beanstalk.describe_environments(EnvironmentNames=names)["Environments"]
            ]
            == ["Terminated"]
        )
    )
