"""Updates of an environment's instances: another version, other options, and the way back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dockdj.localcloud.contract import DeploymentFailed, Severity, Spec, UpdateType
from dockdj.localcloud.fleet import balancer, instance
from dockdj.localcloud.fleet.balancer import ServerStatus
from dockdj.localcloud.fleet.image.instance.eb_engine.machine import fingerprint
from dockdj.localcloud.fleet.instance import Instance, InstanceRecord, Mode
from dockdj.localcloud.fleet.parallel import in_parallel
from dockdj.localcloud.fleet.placement import Placement
from dockdj.localcloud.fleet.rollout import Rollout, addresses, bracketed_ids, health_seconds
from dockdj.localcloud.platform import course
from dockdj.localcloud.platform.course import Step


def deploy(rollout: Rollout) -> None:
    """Deploy another version by the environment's policy. Raises DeploymentFailed."""
    placement, spec = rollout.placement, rollout.spec
    remove_others(placement, spec)
    instances = placement.permanent(spec)
    _run(rollout, course.deployment(_plan(spec, len(instances))), instances)


def configure(rollout: Rollout, secrets: Mapping[str, str]) -> None:
    """Give size, options and secrets to the instances. Raises DeploymentFailed."""
    placement, spec = rollout.placement, rollout.spec
    remove_others(placement, spec)
    instances = placement.permanent(spec)
    remaining, surplus = instances[: spec.min_size], instances[spec.min_size :]
    if surplus:
        remove(placement, spec, surplus)
        rollout.emit(Severity.INFO, f"Removed instance {bracketed_ids(surplus)} from your environment.")
    _write_configuration(placement, spec)
    _update(rollout, remaining, secrets)
    _grow(rollout)


def restore(rollout: Rollout, secrets: Mapping[str, str]) -> None:
    """Undo an update that was stopped at any step. Raises DeploymentFailed."""
    placement, spec, deployment = rollout.placement, rollout.spec, rollout.deployment
    permanent = placement.permanent(spec)
    others = _without(permanent, lambda record: record.finished and record.deployment == deployment.id)
    # A stop between a launch and the removals that follow it leaves too many instances.
    ranked = sorted(permanent, key=lambda item: item in others or _needs_replacement(item, spec))
    instances, surplus = ranked[: spec.min_size], ranked[spec.min_size :]
    _admit_idle(placement, spec, [item for item in instances if item not in others])
    if surplus:
        remove(placement, spec, surplus)
    remove_others(placement, spec)
    _write_configuration(placement, spec)
    # Those that serve nothing come first, so that no batch reduces the capacity once more.
    unhealthy = balancer.unhealthy(placement.balancer(spec), addresses(instances))
    changed = sorted((item for item in instances if item in others), key=lambda item: item.address not in unhealthy)
    if changed:
        _run(rollout, course.in_place(_plan(spec, len(changed))), changed)
    configuration = replace(rollout, mode=Mode.CONFIGURATION)
    _update(configuration, instances, secrets)
    _grow(configuration)


def remove_others(placement: Placement, spec: Spec) -> None:
    """Remove the instances of other groups, which an update has left because it was stopped or failed."""
    if others := [item for item in placement.instances(spec) if item.group != spec.group]:
        remove(placement, spec, others)
        placement.write_configuration(spec, placement.port(spec))


def remove(placement: Placement, spec: Spec, instances: Sequence[Instance]) -> None:
    """Let the requests of instances end, and remove them."""
    balancer.drain(placement.balancer(spec), addresses(instances), spec.deregistration_delay)
    placement.remove_instances(instances)


def _run(rollout: Rollout, steps: Sequence[Step], instances: Sequence[Instance]) -> None:
    """Carry out a course, and write the balancer's configuration with the instances that remain."""
    try:
        rollout.run(steps, rollout.placement.authorise(instances))
    except DeploymentFailed:
        _write_instances(rollout, steps)
        raise
    _write_instances(rollout, steps)


def _write_instances(rollout: Rollout, steps: Sequence[Step]) -> None:
    if any(step.launched for step in steps):
        rollout.placement.write_configuration(rollout.spec, rollout.placement.port(rollout.spec))


def _write_configuration(placement: Placement, spec: Spec) -> None:
    """Write the balancer's configuration, and load it if its options have changed."""
    if placement.write_configuration(spec, placement.port(spec)):
        balancer.reload(placement.balancer(spec))


def _update(rollout: Rollout, instances: Sequence[Instance], secrets: Mapping[str, str]) -> None:
    """Give the options of the spec to instances that have others: in place, or by new instances."""
    spec = rollout.spec
    variables = fingerprint({**spec.variables, **secrets})
    replaced = [item for item in instances if _needs_replacement(item, spec)]
    kept = [item for item in instances if item not in replaced]
    outdated = _without(kept, lambda record: record.finished and record.variables == variables)
    if spec.update.type == UpdateType.IMMUTABLE and (replaced or outdated):
        # The new instances are another group, so they replace all.
        _run(rollout, course.immutable(len(instances)), instances)
        return
    if outdated:
        if secrets:
            rollout.placement.give_secrets(outdated, secrets)
        _run(rollout, course.configuration(_plan(spec, len(outdated)), spec.update), outdated)
    if replaced:
        case = course.Replacement(spec.update, len(replaced), len(instances) - len(replaced))
        _run(rollout, course.replacement(case), replaced)


def _needs_replacement(item: Instance, spec: Spec) -> bool:
    """Tell if an instance has another platform version or another machine. Earlier versions of Dockdj noted neither."""
    other_platform = item.platform_version not in ("", spec.platform_version)
    return other_platform or item.machine not in (None, spec.machine)


def _grow(rollout: Rollout) -> None:
    """Add instances until the environment has its size."""
    placement, spec = rollout.placement, rollout.spec
    if added := placement.add_instances(spec, spec.min_size - len(placement.permanent(spec))):
        rollout.emit(Severity.INFO, f"Added instance {bracketed_ids(added)} to your environment.")
        placement.write_configuration(spec, placement.port(spec))
        newcomers = replace(rollout, mode=Mode.APPLICATION, leads=False)
        newcomers.run(course.all_at_once(len(added)), placement.authorise(added))


def _admit_idle(placement: Placement, spec: Spec, instances: Sequence[Instance]) -> None:
    """Give traffic to instances that a stopped update has taken out of the balancer, and the same to each."""
    container = placement.balancer(spec)
    servers = balancer.servers(container)
    balancer.weigh(container, servers, balancer.WEIGHT)
    out = (ServerStatus.DRAIN, ServerStatus.MAINT)
    idle = [address for address in addresses(instances) if address not in servers or servers[address].status in out]
    balancer.admit(container, idle, spec)
    balancer.wait_until_healthy(container, idle, health_seconds(spec))


def _without(instances: Sequence[Instance], condition: Callable[[InstanceRecord], bool]) -> list[Instance]:
    """The instances whose record does not meet a condition, or that have none."""
    records = in_parallel(instance.record, instances)
    return [item for item, record in zip(instances, records, strict=True) if record is None or not condition(record)]


def _plan(spec: Spec, instances: int) -> course.Plan:
    """The plan of a deployment to this many instances."""
    return course.Plan(spec.policy, instances, spec.batch, spec.new_version_percent, spec.evaluation_seconds)
