"""The texts of the events of each policy."""

from dockdj.localcloud.contract import Batch, Policy, Update, UpdateType
from dockdj.localcloud.fleet.step_events import Style, after, before, style
from dockdj.localcloud.platform.course import Plan, Replacement, Step, deployment, replacement

BATCH = [
    "Batch 1: Starting application deployment on instance(s) [old-1].",
    "Batch 1: De-registering instance(s) from the load balancer and waiting for them to go out of service.",
    "Batch 1: Starting application deployment command execution.",
    "Batch 1: Completed application deployment command execution.",
    "Batch 1: Registering instance(s) with the load balancer and waiting for them to be healthy.",
    "Batch 1: Completed application deployment.",
]


def told(steps: tuple[Step, ...]) -> list[str]:
    """All events of a course. Each instance has its name in the course as its id."""
    kind = style(steps)
    return [
        text
        for step in steps
        for text in (*before(step, kind, step.members, "group"), *after(step, kind, step.members, "group"))
    ]


def test_rolling_deployment_tells_the_steps_of_each_batch() -> None:
    second = [text.replace("Batch 1", "Batch 2").replace("old-1", "old-2") for text in BATCH]
    assert told(deployment(Plan(Policy.ROLLING, 2, Batch(1)))) == [*BATCH, *second]


def test_additional_batch_is_added_first_and_removed_last() -> None:
    texts = told(deployment(Plan(Policy.ROLLING_WITH_ADDITIONAL_BATCH, 1, Batch(1))))
    assert texts[0] == "Added instance [new-1] to your environment."
    assert texts[-1] == "Removed instance [new-1] from your environment."


def test_immutable_deployment_has_elastic_beanstalks_texts() -> None:
    assert told(deployment(Plan(Policy.IMMUTABLE, 2, Batch(1)))) == [
        "Immutable deployment policy enabled. Launching one instance with the new settings to verify health.",
        "Created temporary auto scaling group group.",
        "Adding new instance(s) (new-1) to the load balancer.",
        "Waiting for instance(s) (new-1) to pass health checks.",
        "Test instance passed health checks. Launching remaining new instances.",
        "Adding new instance(s) (new-2) to the load balancer.",
        "Waiting for instance(s) (new-2) to pass health checks.",
        "Successfully launched all instances.",
        "Detached new instance(s) (new-1, new-2) from temporary auto scaling group group.",
        "Attached new instance(s) (new-1, new-2) to the permanent auto scaling group.",
        "Starting post-deployment configuration on new instances.",
        "Deployment succeeded. Terminating old instances and temporary Auto Scaling group.",
    ]


def test_split_traffic_is_told_with_its_percentage_and_its_time() -> None:
    texts = told(deployment(Plan(Policy.TRAFFIC_SPLITTING, 1, Batch(1), 25, 180)))
    assert "Forwarding 25 percent of the requests to the new instance(s)." in texts
    assert "Evaluating the health of the new instance(s) (new-1) for 3 minutes." in texts


def test_replaced_instances_are_told() -> None:
    update = Update(enabled=True, type=UpdateType.HEALTH)
    assert told(replacement(Replacement(update, 1, current=1))) == [
        "Removed instance [old-1] from your environment.",
        "Added instance [new-1] to your environment.",
    ]


def test_deployment_to_all_at_once_has_no_events_of_steps() -> None:
    steps = deployment(Plan(Policy.ALL_AT_ONCE, 3, Batch(1)))
    assert style(steps) == Style.PLAIN
    assert told(steps) == []
