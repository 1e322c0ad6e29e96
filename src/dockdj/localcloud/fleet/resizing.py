"""Changes of a fleet's size while its version stays, as an auto scaling group makes them."""

from collections.abc import Collection

from dockdj.localcloud.contract import DeploymentFailed, Severity
from dockdj.localcloud.fleet import balancer
from dockdj.localcloud.fleet.rollout import Rollout, addresses, bracketed_ids

LOST_SECONDS = 15.0


def resize(rollout: Rollout, dead: Collection[str]) -> None:
    """Remove dead instances, then add or remove instances until their number is that of the spec.

    The texts of the events are Elastic Beanstalk's. An instance that stopped is dead, too. Raises DeploymentFailed.
    """
    spec, emit, placement = rollout.spec, rollout.emit, rollout.placement
    port = placement.ensure_balancer(spec)
    instances = placement.permanent(spec)
    lost = [item for item in instances if item.id in dead or not item.running]
    living = [item for item in instances if item not in lost]
    if lost:
        # Requests that were being connected to it go to another instance meanwhile.
        balancer.drain(rollout.balancer, addresses(lost), LOST_SECONDS)
    living, surplus = living[: spec.min_size], living[spec.min_size :]
    if surplus:
        balancer.drain(rollout.balancer, addresses(surplus), spec.deregistration_delay)
    if removed := [*lost, *surplus]:
        placement.remove_instances(removed)
        emit(Severity.INFO, f"Removed instance {bracketed_ids(removed)} from your environment.")
    added = placement.add_instances(spec, spec.min_size - len(living))
    if added:
        emit(Severity.INFO, f"Added instance {bracketed_ids(added)} to your environment.")
        outcomes = rollout.execute(placement.authorise(added), leader=False)
        rollout.report(outcomes)
        rollout.register(outcomes)
        if any(outcome.error for outcome in outcomes):
            raise DeploymentFailed("the deployment failed on new instances")
    if removed or added:
        placement.write_configuration(spec, port)
