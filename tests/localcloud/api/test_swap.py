"""Two environments exchange their addresses, through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.running import STACK, Server, messages, option, ready, with_environment

VARIABLES = "elasticbeanstalk:application:environment"


def pair(shared: Server, name: str, *variables: tuple[str, str]) -> Any:
    """The environments NAME-one at port 8001 and NAME-two at 8002; the second one has more variables."""
    beanstalk = with_environment(shared, f"{name}-one", "v1", options=(option(VARIABLES, "FAKE_PORT", "8001"),))
    settings = [option(VARIABLES, *each) for each in (("FAKE_PORT", "8002"), *variables)]
    beanstalk.create_environment(
        ApplicationName=f"{name}-one",
        EnvironmentName=f"{name}-two",
        VersionLabel="v1",
        SolutionStackName=STACK,
        OptionSettings=settings,
    )
    ready(beanstalk, f"{name}-two")
    return beanstalk


def swap(beanstalk: Any, name: str) -> list[str]:
    """Swap, and return the events of the source when both environments are ready."""
    answer = beanstalk.swap_environment_cnames(
        SourceEnvironmentName=f"{name}-one", DestinationEnvironmentName=f"{name}-two"
    )
    ready(beanstalk, f"{name}-one")
    ready(beanstalk, f"{name}-two")
    return messages(beanstalk, RequestId=answer["ResponseMetadata"]["RequestId"], EnvironmentName=f"{name}-one")


def addresses(beanstalk: Any, name: str) -> list[str]:
    return [ready(beanstalk, f"{name}-{number}")["CNAME"] for number in ("one", "two")]


def test_environments_exchange_their_addresses_and_back(shared: Server) -> None:
    beanstalk = pair(shared, "swap")
    assert addresses(beanstalk, "swap") == ["127.0.0.1:8001", "127.0.0.1:8002"]
    assert swap(beanstalk, "swap") == [
        "swapEnvironmentCNAMEs is starting.",
        "Swapping CNAMEs for environments 'swap-one' and 'swap-two'.",
        "Completed swapping CNAMEs for environments 'swap-one' and 'swap-two'.",
    ]
    assert addresses(beanstalk, "swap") == ["127.0.0.1:8002", "127.0.0.1:8001"]
    assert ready(beanstalk, "swap-one")["VersionLabel"] == "v1"
    swap(beanstalk, "swap")
    assert addresses(beanstalk, "swap") == ["127.0.0.1:8001", "127.0.0.1:8002"]


def test_a_failed_swap_changes_no_address(shared: Server) -> None:
    beanstalk = pair(shared, "noswap", ("BREAK", "yes"))
    assert swap(beanstalk, "noswap")[-1] == ("Failed to swap CNAMEs for environments 'noswap-one' and 'noswap-two'.")
    assert addresses(beanstalk, "noswap") == ["127.0.0.1:8001", "127.0.0.1:8002"]


def test_a_cname_prefix_moves_with_the_address(shared: Server) -> None:
    beanstalk = pair(shared, "prefix")
    swap(beanstalk, "prefix")
    beanstalk.terminate_environment(EnvironmentName="prefix-two")
    # prefix-one now has the other's prefix, and its own became free.
    assert beanstalk.check_dns_availability(CNAMEPrefix="prefix-two")["Available"] is False


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"SourceEnvironmentName": "same-one"}, "MissingParameter"),
        ({"SourceEnvironmentName": "same-one", "DestinationEnvironmentName": "nothing"}, "InvalidParameterValue"),
        (
            {"SourceEnvironmentName": "same-one", "DestinationEnvironmentName": "same-one"},
            "InvalidParameterCombination",
        ),
    ],
)
def test_impossible_swaps_are_refused(same: Any, parameters: dict[str, str], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        same.swap_environment_cnames(**parameters)
    assert refused.value.response["Error"]["Code"] == code
    assert ready(same, "same-one")["Status"] == "Ready"


@pytest.fixture(scope="module")
def same(shared: Server) -> Any:
    return with_environment(shared, "same-one", "v1")
