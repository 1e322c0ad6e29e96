from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.beanstalk.environment import SAMPLE, SAMPLE_CHECK, Environment, HealthCheck, InstanceHealth
from dockdj.model.beanstalk.plan import Observed, UpdateEnvironment, WaitUntilReady, plan_deploy

ONE, TWO = "1.0.0-aaaaaaaa", "1.1.0-bbbbbbbb"


def environment(label: str, *instances: str, status: str = "Ready", health: str = "Green") -> Environment:
    machines = tuple(InstanceHealth(f"i-{number}", "Ok", one) for number, one in enumerate(instances))
    return Environment("e-1", "shop-local", status, health, label, "127.0.0.1:1", machines)


def printed(label: str, observed: Observed) -> list[str]:
    return [line.strip() for line in str(plan_deploy(label, observed)).splitlines()]


def test_a_first_deployment_registers_and_updates() -> None:
    assert printed(TWO, Observed(environment(ONE, ONE, ONE), registered=False)) == [
        "register 1.1.0-bbbbbbbb            not on the platform yet",
        "run 1.1.0-bbbbbbbb on shop-local   it runs 1.0.0-aaaaaaaa",
    ]


def test_a_first_deployment_over_the_sample_application_sets_the_projects_health_check() -> None:
    check = HealthCheck("/healthz", "200")
    assert printed(ONE, Observed(environment(SAMPLE, SAMPLE), registered=True, health_check=check)) == [
        "check shop-local at /healthz       Sample Application answers / only",
        "run 1.0.0-aaaaaaaa on shop-local   it runs Sample Application",
    ]
    same = Observed(environment(SAMPLE, SAMPLE), registered=True, health_check=SAMPLE_CHECK)
    assert len(plan_deploy(ONE, same).steps) == 1
    later = Observed(environment(TWO, TWO), registered=True, health_check=check)
    assert len(plan_deploy(ONE, later).steps) == 1


def test_a_rollback_only_updates() -> None:
    plan = plan_deploy(ONE, Observed(environment(TWO, TWO, TWO), registered=True))
    assert plan.steps == (UpdateEnvironment("shop-local", ONE, f"it runs {TWO}"),)


def test_a_healthy_environment_with_the_label_needs_no_step() -> None:
    assert plan_deploy(ONE, Observed(environment(ONE, ONE, ONE), registered=True)).steps == ()


def test_a_mixed_fleet_is_updated() -> None:
    plan = plan_deploy(ONE, Observed(environment(ONE, ONE, TWO), registered=True))
    assert [step.why for step in plan.steps] == [f"1 of 2 instances run {TWO}"]


def test_a_busy_environment_is_waited_for_first() -> None:
    plan = plan_deploy(ONE, Observed(environment(ONE, ONE, status="Updating"), registered=True))
    assert isinstance(plan.steps[0], WaitUntilReady)


@given(
    st.sampled_from([ONE, TWO]),
    st.lists(st.sampled_from([ONE, TWO]), max_size=3),
    st.sampled_from(["Green", "Red", "Grey"]),
)
def test_an_empty_plan_means_that_every_instance_is_healthy_with_the_label(
    label: str, instances: list[str], health: str
) -> None:
    observed = Observed(replace(environment(label, *instances), health=health), registered=True)
    empty = not plan_deploy(ONE, observed).steps
    assert empty == (label == ONE and set(instances) <= {ONE} and health == "Green")
