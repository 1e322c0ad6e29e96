"""Operations that end after another one has replaced them, and ends that cannot be stored at first."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dockdj.localcloud import job, jobs, recovery
from dockdj.localcloud.contract import UNWATCHED, Deployment, DeploymentFailed, Emit, Progress, Severity, Spec
from tests.localcloud.fake_server import FakeOperations
from tests.localcloud.in_process import InProcess, in_process
from tests.localcloud.running import STACK, described, messages, option, ready, with_environment, with_versions
from tests.localcloud.state.failures import locked
from tests.support.eventually import eventually


def succeed(emit: Emit) -> None:
    """Report nothing."""


class Held(FakeOperations):
    """Machines whose deployments of `held` versions wait, and then succeed, fail or report once more."""

    def __init__(self) -> None:
        super().__init__("held")
        self.waiting, self.released = threading.Event(), threading.Event()
        self.ended: list[str] = []
        self.then: Callable[[Emit], None] = succeed

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        if "held" in deployment.version_label:
            self.waiting.set()
            assert self.released.wait(60)
            self.then(emit)
        super().deploy(spec, replace_label(deployment), lambda severity, message: None, progress)
        self.ended.append(deployment.version_label)


def replace_label(deployment: Deployment) -> Deployment:
    return Deployment(deployment.id, deployment.version_label.replace("held", "v"), deployment.bundle)


def fail(emit: Emit) -> None:
    raise DeploymentFailed("too late", port=8000)


def crash(emit: Emit) -> None:
    raise RuntimeError("too late")


def report(emit: Emit) -> None:
    emit(Severity.INFO, "Instance deployment completed successfully.")


def launch(cloud: InProcess, name: str) -> Any:
    beanstalk = with_versions(cloud, name, "held")
    beanstalk.create_environment(
        ApplicationName=name, EnvironmentName=name, VersionLabel="held", SolutionStackName=STACK
    )
    return beanstalk


def deploy(cloud: InProcess, name: str) -> Any:
    beanstalk = with_environment(cloud, name, "v1", "held")
    beanstalk.update_environment(EnvironmentName=name, VersionLabel="held")
    return beanstalk


def configure(cloud: InProcess, name: str) -> Any:
    beanstalk = with_environment(cloud, name, "v1")
    cloud.cloud.state.change("UPDATE versions SET label = 'held'")
    cloud.cloud.state.change("UPDATE environments SET label = 'held'")
    variable = option("elasticbeanstalk:application:environment", "A", "1")
    beanstalk.update_environment(EnvironmentName=name, OptionSettings=[variable])
    return beanstalk


@pytest.mark.parametrize("begin", [launch, deploy, configure])
@pytest.mark.parametrize(
    "then", [lambda emit: None, fail, crash, report], ids=["succeeds", "fails", "crashes", "reports"]
)
def test_environment_that_was_terminated_by_force_stays_terminated(
    tmp_path: Path, begin: Callable[[InProcess, str], Any], then: Callable[[Emit], None]
) -> None:
    machines = Held()
    machines.then = then
    with in_process(tmp_path / "cloud", machines) as running:
        beanstalk = begin(running, "shop")
        assert machines.waiting.wait(60)
        beanstalk.terminate_environment(EnvironmentName="shop", ForceTerminate=True)
        machines.released.set()
        assert running.cloud.work.wait(60)
        [environment] = beanstalk.describe_environments(EnvironmentNames=["shop"])["Environments"]
        assert environment["Status"] == "Terminated"
        assert messages(beanstalk, EnvironmentName="shop")[-2:] == [
            "terminateEnvironment is starting.",
            "terminateEnvironment completed successfully.",
        ]
        assert machines.running == {}


def test_job_that_begins_after_the_termination_starts_no_machines(tmp_path: Path) -> None:
    machines = Held()
    with in_process(tmp_path / "cloud", machines) as running:
        beanstalk = with_environment(running, "shop", "v1", "v2")
        [environment] = beanstalk.describe_environments()["Environments"]
        beanstalk.terminate_environment(EnvironmentName="shop")
        assert running.cloud.work.wait(60)
        jobs.launch(running.cloud, environment["EnvironmentId"], "replaced")
        jobs.deploy(running.cloud, environment["EnvironmentId"], "replaced", "v2", 2)
        recovery.resume(running.cloud, environment["EnvironmentId"], "resumed")
        assert machines.running == {}
        assert "Terminated" in str(beanstalk.describe_environments(EnvironmentNames=["shop"]))


def test_application_is_kept_if_an_environment_was_created_during_its_deletion(tmp_path: Path) -> None:
    machines = Held()
    with in_process(tmp_path / "cloud", machines) as running, ExitStack() as held:
        beanstalk = with_environment(running, "shop", "v1")
        termination = threading.Event()
        held.callback(termination.set)
        terminate = machines.terminate

        def slow(spec: Spec, emit: Emit) -> None:
            assert termination.wait(60)
            terminate(spec, emit)

        machines.terminate = slow  # type: ignore[method-assign]
        beanstalk.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
        beanstalk.create_environment(
            ApplicationName="shop", EnvironmentName="later", VersionLabel="v1", SolutionStackName=STACK
        )
        termination.set()
        assert running.cloud.work.wait(60)
        assert ready(beanstalk, "later")["Health"] == "Green"


def test_end_of_an_operation_is_stored_when_the_disk_accepts_writes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "STORE_AGAIN_SECONDS", 0.01)
    machines = Held()
    machines.then = report
    with in_process(tmp_path / "cloud", machines) as running:
        beanstalk = deploy(running, "shop")
        assert machines.waiting.wait(60)
        with locked(running.cloud.state, tmp_path / "cloud" / "state.sqlite"):
            machines.released.set()
            eventually(lambda: "held" in machines.ended)
            with pytest.raises(ClientError, match="ServiceUnavailable") as refused:
                beanstalk.create_application(ApplicationName="other")
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert described(beanstalk, "shop")["Status"] == "Updating"
        assert ready(beanstalk, "shop")["VersionLabel"] == "held"
        names = [application["ApplicationName"] for application in beanstalk.describe_applications()["Applications"]]
        assert names == ["shop"]
        beanstalk.create_application(ApplicationName="other")
