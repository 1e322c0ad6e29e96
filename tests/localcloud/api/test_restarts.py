"""Applications are restarted, and environments rebuilt, through boto3."""

from typing import Any

import pytest

from tests.localcloud.running import STACK, Server, messages, option, ready, refusal, with_environment
from tests.support.eventually import eventually

VARIABLES = "elasticbeanstalk:application:environment"


def status(beanstalk: Any, environment_id: str) -> str:
    (found,) = beanstalk.describe_environments(EnvironmentIds=[environment_id], IncludeDeleted=True)["Environments"]
    return str(found["Status"])


def ended(beanstalk: Any, name: str) -> str:
    """Terminate an environment and return its id."""
    terminated = str(beanstalk.terminate_environment(EnvironmentName=name)["EnvironmentId"])
    eventually(lambda: status(beanstalk, terminated) == "Terminated")
    return terminated


@pytest.mark.parametrize(
    ("broken", "last"),
    [
        ((), "Environment update completed successfully."),
        ((option(VARIABLES, "BREAK", "yes"),), "Failed to restart application server(s)."),
    ],
)
def test_a_restart_ends_with_its_event(shared: Server, broken: Any, last: str) -> None:
    name = "restarts" if not broken else "restarts-not"
    beanstalk = with_environment(shared, name, "v1", options=broken)
    request = beanstalk.restart_app_server(EnvironmentName=name)["ResponseMetadata"]["RequestId"]
    ready(beanstalk, name)
    events = messages(beanstalk, RequestId=request)
    assert (events[0], events[-1]) == ("restartAppServer is starting.", last)


def test_a_rebuilt_environment_keeps_its_version_options_and_address(shared: Server) -> None:
    beanstalk = with_environment(shared, "rebuilt", "v1", "v2", options=(option(VARIABLES, "FAKE_PORT", "8123"),))
    beanstalk.update_environment(EnvironmentName="rebuilt", VersionLabel="v2")
    before = ready(beanstalk, "rebuilt")
    request = beanstalk.rebuild_environment(EnvironmentName="rebuilt")["ResponseMetadata"]["RequestId"]
    after = ready(beanstalk, "rebuilt")
    kept = ("EnvironmentId", "VersionLabel", "CNAME", "SolutionStackName")
    assert {name: before[name] for name in kept} == {name: after[name] for name in kept}
    assert after["CNAME"] == "127.0.0.1:8123"
    events = messages(beanstalk, RequestId=request)
    assert events[0] == "rebuildEnvironment is starting."
    assert events[-1] == "Successfully launched environment: rebuilt"


def test_a_terminated_environment_is_rebuilt_by_its_id(shared: Server) -> None:
    beanstalk = with_environment(shared, "revived", "v1")
    gone = ended(beanstalk, "revived")
    beanstalk.rebuild_environment(EnvironmentId=gone)
    assert ready(beanstalk, "revived")["EnvironmentId"] == gone


def test_a_terminated_environment_is_not_rebuilt_beside_another_of_its_name(shared: Server) -> None:
    beanstalk = with_environment(shared, "twice", "v1")
    gone = ended(beanstalk, "twice")
    beanstalk.create_environment(
        ApplicationName="twice", EnvironmentName="twice", VersionLabel="v1", SolutionStackName=STACK
    )
    ready(beanstalk, "twice")
    assert refusal(beanstalk.rebuild_environment, EnvironmentId=gone).message == "Environment twice already exists."
    assert status(beanstalk, gone) == "Terminated"


def test_an_environment_whose_version_is_deleted_is_not_rebuilt(shared: Server) -> None:
    beanstalk = with_environment(shared, "versionless", "v1")
    gone = ended(beanstalk, "versionless")
    beanstalk.delete_application_version(ApplicationName="versionless", VersionLabel="v1")
    refused = refusal(beanstalk.rebuild_environment, EnvironmentId=gone).message
    assert refused == "No Application Version named 'v1' found."
    assert status(beanstalk, gone) == "Terminated"


@pytest.mark.parametrize("call", ["restart_app_server", "rebuild_environment"])
def test_busy_and_unknown_environments_are_refused(own: Server, call: str) -> None:
    name = f"busy-{call.partition('_')[0]}"
    beanstalk = with_environment(own, name, "v1", f"held-{name}")
    beanstalk.update_environment(EnvironmentName=name, VersionLabel=f"held-{name}")
    assert refusal(getattr(beanstalk, call), EnvironmentName=name).message.endswith("Must be Ready.")
    assert "No Environment found" in refusal(getattr(beanstalk, call), EnvironmentName="nothing").message
    own.release_held()
    ready(beanstalk, name)
