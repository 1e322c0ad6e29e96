"""Option settings: their validation and their translation into a spec."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.contract import Batch, HealthStatus, Policy, Update, UpdateType
from dockdj.localcloud.platform.option_rules import (
    APPLICATION,
    ASG,
    COMMAND,
    ENVIRONMENT,
    HEALTH,
    OPTIONS,
    PROCESS,
    SPLITTING,
    UPDATE,
    VARIABLES,
    Key,
    validation_errors,
)
from dockdj.localcloud.platform.options import apply_changes, effective, health_path, http_codes, spec_of
from dockdj.localcloud.state.tables import Environment, EnvironmentStatus

STACK = "64bit Amazon Linux 2023 v4.6.0 running Docker"
SHOP = Environment(
    id="e-abcdefghij",
    name="shop-local",
    application="shop",
    description="",
    label="v1",
    target=None,
    stack=STACK,
    cname_prefix="shop-local",
    status=EnvironmentStatus.READY,
    operation="",
    port=8080,
    balancer="",
    deployment=1,
    deployments=1,
    instance_group="",
    abortable=0,
    former="",
    created=0.0,
    updated=0.0,
)
PLAIN = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20)


@given(st.integers(1, 100), st.integers(1, 200))
def test_percentage_batch_is_never_larger_than_requested(percent: int, fleet: int) -> None:
    size = Batch(percent, percentage=True).of(fleet)
    assert 1 <= size <= fleet
    assert size == 1 or size / fleet <= percent / 100
    assert percent < 100 or size == fleet


@given(st.integers(1, 10000), st.integers(1, 200))
def test_fixed_batch_has_the_requested_size_or_all_instances(size: int, fleet: int) -> None:
    assert Batch(size).of(fleet) == min(size, fleet)


@given(st.lists(st.tuples(st.integers(200, 499), st.integers(0, 50)), min_size=1, max_size=5))
def test_matcher_is_parsed_into_its_codes(ranges: list[tuple[int, int]]) -> None:
    bounds = [(first, min(first + length, 499)) for first, length in ranges]
    text = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in bounds)
    assert OPTIONS[PROCESS, "MatcherHTTPCode"][1].reason(text) is None
    assert http_codes(text) == {code for first, last in bounds for code in range(first, last + 1)}


@given(st.dictionaries(PLAIN, PLAIN), st.dictionaries(PLAIN, PLAIN), st.sets(PLAIN))
def test_settings_are_added_and_removed(before: dict[str, str], added: dict[str, str], removed: set[str]) -> None:
    current = {(VARIABLES, name): value for name, value in before.items()}
    settings = [{"Namespace": VARIABLES, "OptionName": name, "Value": value} for name, value in added.items()]
    removals = [{"Namespace": VARIABLES, "OptionName": name} for name in removed]
    after = apply_changes(current, settings, removals)
    expected = {name: value for name, value in before.items() if name not in removed} | added
    assert after == {(VARIABLES, name): value for name, value in expected.items()}
    assert spec_of(SHOP, after).variables == expected


@pytest.mark.parametrize("key", OPTIONS)
def test_every_default_is_valid(key: Key) -> None:
    default, rule = OPTIONS[key]
    assert rule.reason(default) is None


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({(ASG, "MinSize"): "0"}, "Value is less than minimum allowed value: 1"),
        ({(ASG, "MinSize"): "two"}, "Value is not a valid integer"),
        ({(ASG, "MinSize"): "5"}, "Value is greater than MaxSize: 4"),
        ({(ASG, "MinSize"): "3", (ASG, "MaxSize"): "2"}, "Value is greater than MaxSize: 2"),
        ({(COMMAND, "BatchSize"): "101"}, "Value is greater than maximum allowed value: 100"),
        ({(COMMAND, "Timeout"): "3601"}, "maximum allowed value: 3600"),
        ({(COMMAND, "DeploymentPolicy"): "Sideways"}, "Value is not one of the allowed values"),
        ({(COMMAND, "HealthCheckSuccessThreshold"): "NoData"}, "[Ok, Warning, Degraded, Severe]"),
        ({(COMMAND, "IgnoreHealthCheck"): "yes"}, "[true, false]"),
        ({(SPLITTING, "NewVersionPercent"): "101"}, "maximum allowed value: 100"),
        ({(SPLITTING, "EvaluationTime"): "2"}, "minimum allowed value: 3"),
        ({(UPDATE, "RollingUpdateType"): "Sideways"}, "[Time, Health, Immutable]"),
        ({(UPDATE, "MaxBatchSize"): "0"}, "minimum allowed value: 1"),
        ({(UPDATE, "PauseTime"): "5 minutes"}, "Value is not a duration such as PT5M30S"),
        ({(UPDATE, "PauseTime"): "PT"}, "Value is not a duration"),
        ({(UPDATE, "PauseTime"): "PT1H1S"}, "Value is not between PT0M and PT60M"),
        ({(UPDATE, "Timeout"): "PT4M59S"}, "Value is not between PT5M and PT60M"),
        ({(PROCESS, "HealthCheckPath"): "healthz"}, "a path that begins with /"),
        ({(PROCESS, "MatcherHTTPCode"): "500"}, "HTTP codes"),
        ({(APPLICATION, "Application Healthcheck URL"): "healthz"}, "a path such as /healthz/"),
        ({("nonsense", "x"): "y"}, "Unknown configuration setting."),
        ({(VARIABLES, "a b"): "y"}, "characters that are not allowed"),
        ({(VARIABLES, "A"): "x" * 4096}, "length is greater than 4096"),
    ],
)
def test_invalid_options_are_refused(options: Mapping[Key, str], part: str) -> None:
    assert part in " ".join(error.message for error in validation_errors(options))
    settings = [
        {"Namespace": namespace, "OptionName": name, "Value": value} for (namespace, name), value in options.items()
    ]
    with pytest.raises(ApiError) as refused:
        apply_changes({}, settings)
    assert refused.value.code == "ConfigurationValidationException"


def test_variables_of_4096_bytes_are_accepted() -> None:
    assert validation_errors({(VARIABLES, "A"): "x" * 4094}) == []


def test_unsupported_aws_options_are_stored() -> None:
    options = apply_changes({}, [{"Namespace": "aws:autoscaling:trigger", "OptionName": "Unit", "Value": "Percent"}])
    assert effective(options)["aws:autoscaling:trigger", "Unit"] == "Percent"


def test_variable_with_an_empty_value_is_removed() -> None:
    current = {(VARIABLES, "A"): "1"}
    assert apply_changes(current, [{"Namespace": VARIABLES, "OptionName": "A", "Value": ""}]) == {}


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({}, "/"),
        ({(APPLICATION, "Application Healthcheck URL"): "/a/"}, "/a/"),
        ({(APPLICATION, "Application Healthcheck URL"): "HTTPS:443/b"}, "/b"),
        ({(APPLICATION, "Application Healthcheck URL"): "TCP:80"}, "/"),
        ({(APPLICATION, "Application Healthcheck URL"): "/a", (PROCESS, "HealthCheckPath"): "/c"}, "/c"),
    ],
)
def test_health_path_is_chosen_by_precedence(options: Mapping[Key, str], path: str) -> None:
    assert health_path(options) == path


def test_spec_contains_the_settings() -> None:
    options = {
        (ASG, "MinSize"): "4",
        (COMMAND, "DeploymentPolicy"): "Rolling",
        (COMMAND, "BatchSize"): "50",
        (PROCESS, "MatcherHTTPCode"): "200-201",
        (PROCESS, "DeregistrationDelay"): "7",
        (VARIABLES, "A"): "1",
    }
    spec: Any = spec_of(SHOP, options)
    assert (spec.min_size, spec.policy, spec.health_codes) == (4, "Rolling", {200, 201})
    assert spec.batch == Batch(50, percentage=True)
    assert (spec.deregistration_delay, spec.command_timeout, spec.variables) == (7, 600, {"A": "1"})
    assert spec_of(SHOP, {**options, (ENVIRONMENT, "EnvironmentType"): "SingleInstance"}).min_size == 1


LAUNCH = "aws:autoscaling:launchconfiguration"


@pytest.mark.parametrize(
    ("options", "update"),
    [
        ({}, Update(max_batch=1, min_in_service=1)),
        ({(ASG, "MinSize"): "4", (ASG, "MaxSize"): "8"}, Update(max_batch=2, min_in_service=4)),
        ({(ASG, "MinSize"): "4", (ASG, "MaxSize"): "4"}, Update(max_batch=2, min_in_service=3)),
        (
            {
                (UPDATE, "RollingUpdateEnabled"): "true",
                (UPDATE, "RollingUpdateType"): "Health",
                (UPDATE, "MaxBatchSize"): "3",
                (UPDATE, "MinInstancesInService"): "0",
                (UPDATE, "PauseTime"): "PT1M5S",
                (UPDATE, "Timeout"): "PT1H",
            },
            Update(True, UpdateType.HEALTH, max_batch=3, min_in_service=0, pause_seconds=65, timeout_seconds=3600),
        ),
    ],
)
def test_spec_contains_the_options_of_configuration_updates(options: Mapping[Key, str], update: Update) -> None:
    assert spec_of(SHOP, options).update == update


def test_single_instance_has_no_batches_and_no_split_traffic() -> None:
    policies = {
        policy: spec_of(
            SHOP, {(COMMAND, "DeploymentPolicy"): policy, (ENVIRONMENT, "EnvironmentType"): "SingleInstance"}
        ).policy
        for policy in Policy
    }
    assert policies == {**dict.fromkeys(Policy, Policy.ALL_AT_ONCE), Policy.IMMUTABLE: Policy.IMMUTABLE}


def test_health_threshold_counts_with_enhanced_health_only() -> None:
    options = {(COMMAND, "HealthCheckSuccessThreshold"): "Severe"}
    assert spec_of(SHOP, options).health_threshold == HealthStatus.OK
    assert spec_of(SHOP, {**options, (HEALTH, "SystemType"): "enhanced"}).health_threshold == HealthStatus.SEVERE


def test_only_options_of_the_machine_need_new_instances() -> None:
    machine = spec_of(SHOP, {(LAUNCH, "InstanceType"): "t3.small"}).machine
    assert machine == spec_of(SHOP, {(LAUNCH, "InstanceType"): "t3.small", (VARIABLES, "A"): "1"}).machine
    assert len({machine, spec_of(SHOP, {}).machine, spec_of(SHOP, {(LAUNCH, "InstanceType"): "t3.large"}).machine}) == 3
