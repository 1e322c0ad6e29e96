"""Elastic Beanstalk's operations on environments, carried out with containers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from dockdj.errors import CommandFailed, DockdjError
from dockdj.events import Report, silent
from dockdj.localcloud.contract import (
    Deployment,
    DeploymentFailed,
    Emit,
    InstanceState,
    LogKind,
    Platform,
    Policy,
    Secrets,
    SecretUnavailable,
    Severity,
    Spec,
)
from dockdj.localcloud.fleet import balancer, condition, engine, extensions, instance, names
from dockdj.localcloud.fleet.ecs_bundle import validation_error
from dockdj.localcloud.fleet.instance import Instance, InstanceRecord, Mode
from dockdj.localcloud.fleet.parallel import in_parallel
from dockdj.localcloud.fleet.placement import NoSecrets, Placement
from dockdj.localcloud.fleet.rollout import Rollout, addresses, bracketed_ids, health_seconds


class Operations:
    """The operations on the environments of one cloud; see `contract.Operations`.

    Docker's labels and the instances' own records are the only memory, so a killed call can be repeated.
    """

    def __init__(self, state_id: str, report: Report = silent, secrets: Secrets | None = None) -> None:
        self.state_id = state_id
        self.placement = Placement(state_id, report, secrets or NoSecrets())

    def launch(self, spec: Spec, deployment: Deployment, emit: Emit) -> int:
        """Create balancer and instances, deploy, and return the balancer's host port. Raises DeploymentFailed."""
        with failures_as_events(emit):
            port = self.placement.ensure_balancer(spec)
        emit(Severity.INFO, f"Created load balancer named: {self.placement.balancer(spec)}")
        emit(Severity.INFO, "Waiting for EC2 instances to launch. This may take a few minutes.")
        try:
            check_bundle(spec, deployment, emit)
            with failures_as_events(emit):
                self.placement.add_instances(spec, spec.min_size - len(self.placement.instances(spec)))
                instances = self.placement.instances(spec)
                self.placement.write_configuration(spec, port)
                self._rollout(spec, deployment, emit).all_at_once(self.placement.authorise(instances), leader=True)
        except DeploymentFailed as failure:
            raise DeploymentFailed(str(failure), port=port) from failure
        return port

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit) -> None:
        """Deploy another version to the instances. Raises DeploymentFailed; completed batches keep the new version."""
        emit(Severity.INFO, "Deploying new version to instance(s).")
        check_bundle(spec, deployment, emit)
        with failures_as_events(emit):
            instances = self.placement.authorise(self.placement.instances(spec))
            run_by_policy(self._rollout(spec, deployment, emit), instances)
        emit(Severity.INFO, "New application version was deployed to running EC2 instances.")

    def configure(self, spec: Spec, deployment: Deployment, emit: Emit) -> None:
        """Apply changed variables, size and health options with the running version. Raises DeploymentFailed."""
        with failures_as_events(emit):
            secrets = self._secrets(spec, emit)
            instances = self.placement.instances(spec)
            remaining, surplus = instances[: spec.min_size], instances[spec.min_size :]
            if surplus:
                self._remove(spec, surplus)
                emit(Severity.INFO, f"Removed instance {bracketed_ids(surplus)} from your environment.")
            port = self.placement.port(spec)
            if self.placement.write_configuration(spec, port):
                balancer.reload(self.placement.balancer(spec))
            remaining = self._replaced(spec, deployment, emit, remaining)
            if outdated := _outdated(remaining, {**spec.variables, **secrets}):
                if secrets:
                    self.placement.give_secrets(outdated, secrets)
                rollout = self._rollout(spec, deployment, emit, Mode.CONFIGURATION)
                run_by_policy(rollout, self.placement.authorise(outdated))
            if added := self.placement.add_instances(spec, spec.min_size - len(remaining)):
                emit(Severity.INFO, f"Added instance {bracketed_ids(added)} to your environment.")
                self.placement.write_configuration(spec, port)
                self._rollout(spec, deployment, emit).all_at_once(self.placement.authorise(added), leader=False)

    def restart(self, spec: Spec, emit: Emit) -> None:
        """Restart the containers of the running version on all instances at once. Raises DeploymentFailed."""
        with failures_as_events(emit):
            instances = self.placement.instances(spec)
            errors = [error for error in in_parallel(lambda item: instance.restart(item, spec), instances) if error]
            container = self.placement.balancer(spec)
            unhealthy = balancer.wait_until_healthy(container, addresses(instances), health_seconds(spec))
        errors += [f"The instance at {address} did not pass its health checks." for address in unhealthy]
        for error in errors:
            emit(Severity.ERROR, error)
        if errors:
            raise DeploymentFailed("; ".join(errors))

    def rewire(self, spec: Spec, emit: Emit) -> None:
        """Let the environment's balancer send its requests to the environment's instances. Raises DeploymentFailed."""
        with failures_as_events(emit):
            self.placement.write_configuration(spec, self.placement.port(spec))
            balancer.reload(self.placement.balancer(spec))
            addresses_of = addresses(self.placement.instances(spec))
            balancer.wait_until_healthy(self.placement.balancer(spec), addresses_of, health_seconds(spec))

    def terminate(self, spec: Spec, emit: Emit) -> None:
        """Remove all containers and volumes of the environment. A repeated call has no effect."""
        emit(Severity.INFO, "Waiting for EC2 instances to terminate. This may take a few minutes.")
        labels = names.labels(self.state_id, names.INSTANCE, environment=spec.environment_id)
        with failures_as_events(emit):
            in_parallel(instance.remove, [container.name for container in engine.containers(labels)])
            engine.remove_containers([self.placement.balancer(spec)])
            engine.remove_volumes(labels)
        emit(Severity.INFO, f"Deleted load balancer named: {self.placement.balancer(spec)}")

    def instances(self, spec: Spec) -> tuple[InstanceState, ...]:
        """The current state of the instances, oldest first."""
        instances = self.placement.instances(spec)
        try:
            servers = balancer.servers(self.placement.balancer(spec))
        except CommandFailed:
            servers = {}
        records = in_parallel(instance.record, instances)
        return tuple(
            condition.state(item, record, servers.get(item.address))
            for item, record in zip(instances, records, strict=True)
        )

    def logs(self, spec: Spec, kind: LogKind) -> Mapping[str, bytes]:
        """The logs of each running instance, by its id. Raises DeploymentFailed if an instance does not answer."""
        instances = [item for item in self.placement.instances(spec) if item.running]
        try:
            contents = in_parallel(lambda item: instance.logs(item, kind), instances)
        except DockdjError as error:
            raise DeploymentFailed(error.message) from error
        return {item.id: content for item, content in zip(instances, contents, strict=True)}

    def start(self, spec: Spec, deployment: Deployment) -> int:
        """Start the instances that `stop` or a reboot stopped, with the version they had.

        Returns the balancer's host port: `spec.port`, or another one if that is taken. Raises DeploymentFailed if
        containers are missing.
        """
        instances = self.placement.instances(spec)
        missing = spec.min_size - len(instances)
        if missing > 0:
            raise DeploymentFailed(f"{missing} of {spec.min_size} instances do not exist")
        serving = self._serving(spec)
        in_parallel(lambda item: engine.docker("start", item.container), instances)
        errors = [error for error in in_parallel(lambda item: instance.start(item, spec), instances) if error]
        port = self.placement.ensure_balancer(spec)
        if errors:
            raise DeploymentFailed("; ".join(errors), port=port)
        container = self.placement.balancer(spec)
        # An interrupted swap may have left the other environment's options and instances here.
        if self.placement.write_configuration(spec, port):
            balancer.reload(container)
        # A server that was killed leaves its environments as they were: they keep serving.
        balancer.admit(container, [address for address in addresses(instances) if address not in serving], spec)
        balancer.wait_until_healthy(container, addresses(instances), health_seconds(spec))
        balancer.remove(container, balancer.servers(container).keys() - set(addresses(instances)))
        return port

    def stop(self) -> None:
        """Stop the instances and balancers of all environments. Their data is kept."""
        roles = (names.BALANCER, names.INSTANCE)
        containers = [item for role in roles for item in engine.containers(names.labels(self.state_id, role))]
        if running := [container.name for container in containers if container.running]:
            engine.docker("stop", "--time", str(engine.STOP_SECONDS), *running)

    def _replaced(
        self, spec: Spec, deployment: Deployment, emit: Emit, instances: Sequence[Instance]
    ) -> list[Instance]:
        """Replace the instances of another platform version. Raises DeploymentFailed; the former ones then serve.

        The new instances get traffic before the former ones leave.
        """
        former = [item for item in instances if item.platform_version not in ("", spec.platform_version)]
        if not former:
            return list(instances)
        added = self.placement.authorise(self.placement.add_instances(spec, len(former)))
        emit(Severity.INFO, f"Added instance {bracketed_ids(added)} to your environment.")
        try:
            self.placement.write_configuration(spec, self.placement.port(spec))
            self._rollout(spec, deployment, emit).all_at_once(added, leader=False)
        except (DeploymentFailed, DockdjError):
            self._remove(spec, added)
            raise
        self._remove(spec, former)
        emit(Severity.INFO, f"Removed instance {bracketed_ids(former)} from your environment.")
        self.placement.write_configuration(spec, self.placement.port(spec))
        return [item for item in self.placement.instances(spec) if item in (*instances, *added)]

    def _secrets(self, spec: Spec, emit: Emit) -> Mapping[str, str]:
        """The values of secrets for a change of options. Raises DeploymentFailed before an instance changes."""
        try:
            return self.placement.secrets.values(spec.secrets) if spec.secrets else {}
        except SecretUnavailable as unavailable:
            emit(Severity.ERROR, str(unavailable))
            raise DeploymentFailed(str(unavailable)) from unavailable

    def _rollout(self, spec: Spec, deployment: Deployment, emit: Emit, mode: Mode = Mode.APPLICATION) -> Rollout:
        return Rollout(spec, deployment, self.placement.balancer(spec), emit, mode)

    def _serving(self, spec: Spec) -> set[str]:
        """The addresses of running instances that get traffic now."""
        running = {item.address for item in self.placement.instances(spec) if item.running}
        try:
            servers = balancer.servers(self.placement.balancer(spec))
        except CommandFailed:
            return set()
        return {address for address, server in servers.items() if address in running and server.up}

    def _remove(self, spec: Spec, instances: Sequence[Instance]) -> None:
        balancer.drain(self.placement.balancer(spec), addresses(instances), spec.deregistration_delay)
        self.placement.remove_instances(instances)


def run_by_policy(rollout: Rollout, instances: Sequence[Instance]) -> None:
    """Run a rollout by the environment's deployment policy. Raises DeploymentFailed."""
    if rollout.spec.policy == Policy.ROLLING:
        rollout.rolling(instances)
    else:
        rollout.all_at_once(instances, leader=True)


def check_bundle(spec: Spec, deployment: Deployment, emit: Emit) -> None:
    """Validate a bundle before any instance changes, as the platform does. Raises DeploymentFailed."""
    extensions.check(deployment, emit)
    if spec.platform == Platform.ECS and (error := validation_error(deployment.bundle)):
        emit(Severity.ERROR, error)
        raise DeploymentFailed(error)


@contextmanager
def failures_as_events(emit: Emit) -> Iterator[None]:
    """Emit an unexpected failure of Docker as an event and raise it as DeploymentFailed."""
    try:
        yield
    except DockdjError as error:
        emit(Severity.ERROR, error.message)
        raise DeploymentFailed(error.message) from error


def _outdated(instances: Sequence[Instance], properties: Mapping[str, str]) -> list[Instance]:
    """The instances whose last deployment has other environment properties or did not finish."""
    variables = instance.fingerprint(properties)

    def current(record: InstanceRecord | None) -> bool:
        return record is not None and record.finished and record.variables == variables

    records = in_parallel(instance.record, instances)
    return [item for item, record in zip(instances, records, strict=True) if not current(record)]
