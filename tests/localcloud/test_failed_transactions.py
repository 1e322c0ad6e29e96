"""One BEGIN or COMMIT fails, whichever it is: the request says so, and the same request then succeeds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dockdj.localcloud import job
from dockdj.localcloud.state.database import State
from dockdj.localcloud.state.failure import StateFailed
from tests.localcloud.fake_server import FakeOperations
from tests.localcloud.in_process import InProcess, in_process
from tests.localcloud.running import STACK, bundle, messages, option, ready

UNAVAILABLE = 503
COURSE = [
    "createEnvironment is starting.",
    "Successfully launched environment: shop",
    "Environment update is starting.",
    "Environment update completed successfully.",
    "Environment update is starting.",
    "Environment update completed successfully.",
    "terminateEnvironment is starting.",
    "terminateEnvironment completed successfully.",
]


class Fault:
    """The failure of one statement: the `number`th of its kind."""

    def __init__(self, statement: str, number: int) -> None:
        self.statement, self.number, self.count = statement, number, 0

    @property
    def happened(self) -> bool:
        return self.count >= self.number

    def check(self, statement: str) -> None:
        if statement == self.statement:
            self.count += 1
            if self.count == self.number:
                raise StateFailed(f"{statement} failed")


@contextmanager
def failing(fault: Fault) -> Iterator[None]:
    real = State._execute

    def execute(state: State, statement: str, *values: Any) -> Any:
        fault.check(statement)
        return real(state, statement, *values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(State, "_execute", execute)
        patch.setattr(job, "STORE_AGAIN_SECONDS", 0.01)
        yield


def again(call: Callable[..., Any], **arguments: Any) -> Any:
    """The call's answer; after an answer of 503, that of the same call."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != UNAVAILABLE:
            raise
        return call(**arguments)


def course(running: InProcess) -> Any:
    """Create, deploy, configure and terminate an environment; return the client."""
    beanstalk, storage = running.boto("elasticbeanstalk"), running.boto("s3")
    bucket = again(beanstalk.create_storage_location)["S3Bucket"]
    again(beanstalk.create_application, ApplicationName="shop")
    for label in ("v1", "v2"):
        source = {"S3Bucket": bucket, "S3Key": label}
        again(storage.put_object, Bucket=bucket, Key=label, Body=bundle(label))
        again(beanstalk.create_application_version, ApplicationName="shop", VersionLabel=label, SourceBundle=source)
    template = {"ApplicationName": "shop", "TemplateName": "small"}
    again(beanstalk.create_configuration_template, **template, SolutionStackName=STACK)
    again(beanstalk.update_configuration_template, **template, Description="changed")
    again(beanstalk.delete_configuration_template, **template)
    again(
        beanstalk.create_environment,
        ApplicationName="shop",
        EnvironmentName="shop",
        VersionLabel="v1",
        SolutionStackName=STACK,
    )
    ready(beanstalk, "shop")
    again(beanstalk.update_environment, EnvironmentName="shop", VersionLabel="v2")
    assert ready(beanstalk, "shop")["VersionLabel"] == "v2"
    variable = option("elasticbeanstalk:application:environment", "A", "1")
    again(beanstalk.update_environment, EnvironmentName="shop", OptionSettings=[variable])
    ready(beanstalk, "shop")
    again(beanstalk.terminate_environment, EnvironmentName="shop")
    assert running.cloud.work.wait(60)
    return beanstalk


@pytest.mark.parametrize("statement", [pytest.param("BEGIN IMMEDIATE", marks=pytest.mark.soak), "COMMIT"])
def test_every_failed_transaction_is_reported_and_the_repeated_request_succeeds(tmp_path: Path, statement: str) -> None:
    number = 0
    while True:
        number += 1
        machines, fault = FakeOperations(f"{statement} {number}"), Fault(statement, number)
        with in_process(tmp_path / str(number), machines) as running, failing(fault):
            beanstalk = course(running)
            statuses = [each["Status"] for each in beanstalk.describe_environments()["Environments"]]
            events = [text for text in messages(beanstalk, EnvironmentName="shop") if text in COURSE]
        assert (statuses, events) == (["Terminated"], COURSE), f"{statement} {number}"
        assert machines.running == {}
        if not fault.happened:
            break
    # Eight requests and three operations have a transaction each, at least.
    assert number > 11
