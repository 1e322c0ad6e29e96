"""The spec of the environments under test."""

from dockdj.localcloud.contract import Batch, Policy, Spec

SPEC = Spec(
    environment_id="e-a1b2c3d4e5",
    name="shop-local",
    application="shop",
    min_size=2,
    policy=Policy.ROLLING,
    batch=Batch(1),
    command_timeout=300,
    health_path="/health",
    health_codes=frozenset({200}),
    health_interval=15,
    healthy_threshold=3,
    deregistration_delay=20,
    variables={"COLOUR": "red $ONE", "EMPTY": ""},
    port=None,
)
