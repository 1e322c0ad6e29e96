"""Elastic Beanstalk's operations on environments, carried out with containers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dockdj.errors import CommandFailed, DockdjError
from dockdj.events import Report, silent
from dockdj.localcloud.contract import Deployment, DeploymentFailed, Emit, InstanceState, Spec
from dockdj.localcloud.fleet import balancer, condition, engine, instance, names
from dockdj.localcloud.fleet.ecs_bundle import objection
from dockdj.localcloud.fleet.instance import Instance
from dockdj.localcloud.fleet.parallel import together
from dockdj.localcloud.fleet.placement import Placement
from dockdj.localcloud.fleet.rollout import APPLICATION, CONFIGURATION, Rollout, addresses, bracketed, health_seconds


class Operations:
    """The environments of one cloud; see `contract.Operations`.

    Docker's labels and what instances recorded are the only memory: a call that was killed can be made again.
    """

    def __init__(self, state_id: str, report: Report = silent) -> None:
        self.state_id = state_id
        self.placement = Placement(state_id, report)

    def launch(self, spec: Spec, deployment: Deployment, emit: Emit) -> int:
        """Makes balancer and instances and deploys. Returns the balancer's host port. Raises DeploymentFailed."""
        with told(emit):
            port = self.placement.ensure_balancer(spec)
        emit("INFO", f"Created load balancer named: {self.placement.balancer(spec)}")
        emit("INFO", "Waiting for EC2 instances to launch. This may take a few minutes.")
        try:
            check_bundle(spec, deployment, emit)
            with told(emit):
                self.placement.add_instances(spec, spec.min_size - len(self.placement.instances(spec)))
                found = self.placement.instances(spec)
                self.placement.keep(spec, port)
                self._rollout(spec, deployment, emit).all_at_once(found, leader=True)
        except DeploymentFailed as failure:
            raise DeploymentFailed(str(failure), port=port) from failure
        return port

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit) -> None:
        """Brings another version to the instances. Raises DeploymentFailed; completed batches keep the new version."""
        emit("INFO", "Deploying new version to instance(s).")
        check_bundle(spec, deployment, emit)
        with told(emit):
            found = self.placement.instances(spec)
            self._by_policy(spec, self._rollout(spec, deployment, emit), found)
        emit("INFO", "New application version was deployed to running EC2 instances.")

    def configure(self, spec: Spec, deployment: Deployment, emit: Emit) -> None:
        """Applies changed variables, size and health options with the version that runs. Raises DeploymentFailed."""
        with told(emit):
            found = self.placement.instances(spec)
            staying, leaving = found[: spec.min_size], found[spec.min_size :]
            if leaving:
                self._shrink(spec, leaving)
                emit("INFO", f"Removed instance {bracketed(leaving)} from your environment.")
            port = self.placement.port(spec)
            if self.placement.keep(spec, port):
                balancer.reload(self.placement.balancer(spec))
            wanted = {"variables": instance.fingerprint(spec.variables), "finished": True}
            records = together(instance.record, staying)
            pairs = zip(staying, records, strict=True)
            if stale := [one for one, record in pairs if not wanted.items() <= record.items()]:
                self._by_policy(spec, self._rollout(spec, deployment, emit, CONFIGURATION), stale)
            if new := self.placement.add_instances(spec, spec.min_size - len(staying)):
                emit("INFO", f"Added instance {bracketed(new)} to your environment.")
                self.placement.keep(spec, port)
                self._rollout(spec, deployment, emit).all_at_once(new, leader=False)

    def terminate(self, spec: Spec, emit: Emit) -> None:
        """Removes everything of the environment. Finds nothing to do when it is gone already."""
        emit("INFO", "Waiting for EC2 instances to terminate. This may take a few minutes.")
        labels = {names.CLOUD: self.state_id, names.ENVIRONMENT: spec.environment_id}
        with told(emit):
            together(instance.remove, [one.name for one in engine.containers(labels)])
            engine.remove_volumes(labels)
        emit("INFO", f"Deleted load balancer named: {self.placement.balancer(spec)}")

    def instances(self, spec: Spec) -> tuple[InstanceState, ...]:
        """The instances now, oldest first."""
        found = self.placement.instances(spec)
        try:
            known = balancer.servers(self.placement.balancer(spec))
        except CommandFailed:
            known = {}
        records = together(instance.record, found)
        pairs = zip(found, records, strict=True)
        return tuple(condition.state(one, record, known.get(one.address)) for one, record in pairs)

    def start(self, spec: Spec, deployment: Deployment) -> int:
        """Starts what `stop` or a reboot stopped: the same version on the same instances.

        Returns the balancer's host port: `spec.port` unless that is taken. Raises DeploymentFailed when parts are gone.
        """
        found = self.placement.instances(spec)
        if len(found) < spec.min_size:
            raise DeploymentFailed(f"{spec.min_size - len(found)} of {spec.min_size} instances are gone")
        together(lambda one: engine.docker("start", one.container), found)
        errors = [error for error in together(lambda one: instance.start(one, spec), found) if error]
        port = self.placement.ensure_balancer(spec)
        if errors:
            raise DeploymentFailed("; ".join(errors), port=port)
        name = self.placement.balancer(spec)
        balancer.admit(name, addresses(found), spec)
        balancer.wait_until_healthy(name, addresses(found), health_seconds(spec))
        return port

    def stop(self) -> None:
        """Stops the instances and balancers of all environments; nothing is lost."""
        roles = (names.BALANCER, names.INSTANCE)
        found = [one for role in roles for one in engine.containers(names.labels(self.state_id, role))]
        if running := [one.name for one in found if one.running]:
            engine.docker("stop", "--time", str(engine.STOP_SECONDS), *running)

    def _rollout(self, spec: Spec, deployment: Deployment, emit: Emit, mode: str = APPLICATION) -> Rollout:
        return Rollout(spec, deployment, self.placement.balancer(spec), emit, mode)

    def _by_policy(self, spec: Spec, rollout: Rollout, found: Sequence[Instance]) -> None:
        if spec.policy == "Rolling":
            rollout.rolling(found)
        else:
            rollout.all_at_once(found, leader=True)

    def _shrink(self, spec: Spec, leaving: Sequence[Instance]) -> None:
        balancer.drain(self.placement.balancer(spec), addresses(leaving), spec.deregistration_delay)
        self.placement.remove_instances(leaving)


def check_bundle(spec: Spec, deployment: Deployment, emit: Emit) -> None:
    """The ECS platform judges a bundle before it touches an instance. Raises DeploymentFailed."""
    if spec.platform == "ECS" and (found := objection(deployment.bundle)):
        emit("ERROR", found)
        raise DeploymentFailed(found)


@contextmanager
def told(emit: Emit) -> Iterator[None]:
    """Turn a failure of the machinery into an event and DeploymentFailed."""
    try:
        yield
    except DockdjError as error:
        emit("ERROR", error.message)
        raise DeploymentFailed(error.message) from error
