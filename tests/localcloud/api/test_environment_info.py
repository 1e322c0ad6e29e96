"""Logs through boto3: they are requested, and read by plain HTTP from the URL of each instance."""

import io
import urllib.error
import urllib.request
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.running import Server, messages, option, with_environment
from tests.support.eventually import eventually

PULLED = "Pulled logs for environment instances."
FAILED = "Failed to pull logs for environment instances."


def requested(beanstalk: Any, name: str, kind: str) -> list[str]:
    """The events of a request for logs, when it has ended."""
    answer = beanstalk.request_environment_info(EnvironmentName=name, InfoType=kind)
    request = answer["ResponseMetadata"]["RequestId"]

    def ended() -> list[str] | None:
        found = messages(beanstalk, RequestId=request)
        return found if found[-1] in (PULLED, FAILED) else None

    return eventually(ended)


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=120) as answer:
        content: bytes = answer.read()
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("log").decode()


@pytest.mark.parametrize(("kind", "word"), [("tail", "tailing"), ("bundle", "bundling")])
def test_the_logs_of_each_instance_are_read_from_a_url(shared: Server, kind: str, word: str) -> None:
    name = f"logs-{kind}"
    beanstalk = with_environment(shared, name, "v1", options=(option("autoscaling:asg", "MinSize", "2"),))
    events = requested(beanstalk, name, kind)
    assert events[0] == "requestEnvironmentInfo is starting."
    assert sum(f"Successfully finished {word}" in event for event in events) == 2
    samples = beanstalk.retrieve_environment_info(EnvironmentName=name, InfoType=kind)["EnvironmentInfo"]
    assert [sample["InfoType"] for sample in samples] == [kind, kind]
    for sample in samples:
        assert read(sample["Message"]) == f"{kind} of {sample['Ec2InstanceId']}"
        assert read(sample["Message"]) == f"{kind} of {sample['Ec2InstanceId']}"


def test_a_later_request_replaces_what_is_retrieved(shared: Server) -> None:
    beanstalk = with_environment(shared, "logs-later", "v1")
    assert beanstalk.retrieve_environment_info(EnvironmentName="logs-later", InfoType="tail")["EnvironmentInfo"] == []
    times = []
    for _ in range(2):
        requested(beanstalk, "logs-later", "tail")
        (sample,) = beanstalk.retrieve_environment_info(EnvironmentName="logs-later", InfoType="tail")[
            "EnvironmentInfo"
        ]
        times.append(sample["SampleTimestamp"])
    assert times[0] < times[1]
    beanstalk.terminate_environment(EnvironmentName="logs-later")
    eventually(lambda: is_gone(sample["Message"]))


def is_gone(url: str) -> bool:
    try:
        read(url)
    except urllib.error.HTTPError as error:
        return error.code == 404
    return False


def test_a_failure_ends_with_the_event_that_eb_waits_for(shared: Server) -> None:
    silent = option("elasticbeanstalk:application:environment", "SILENT", "yes")
    beanstalk = with_environment(shared, "logs-silent", "v1", options=(silent,))
    assert requested(beanstalk, "logs-silent", "tail")[-2:] == ["the instance does not answer", FAILED]


@pytest.mark.parametrize(
    ("parameters", "part"),
    [
        ({"EnvironmentName": "nothing", "InfoType": "tail"}, "No Environment found"),
        ({"InfoType": "tail"}, "You must specify EnvironmentId or EnvironmentName."),
        ({"EnvironmentName": "nothing", "InfoType": "analyze"}, "does not analyze logs"),
    ],
)
def test_impossible_requests_are_refused(shared: Server, parameters: dict[str, str], part: str) -> None:
    beanstalk = shared.boto("elasticbeanstalk")
    for call in (beanstalk.request_environment_info, beanstalk.retrieve_environment_info):
        with pytest.raises(ClientError) as refused:
            call(**parameters)
        assert part in refused.value.response["Error"]["Message"]
