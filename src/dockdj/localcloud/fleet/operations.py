"""Elastic Beanstalk's operations on environments, carried out with containers."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from dockdj.errors import CommandFailed, DockdjError
from dockdj.events import Report, silent
from dockdj.localcloud.contract import (
    UNWATCHED,
    Deployment,
    DeploymentFailed,
    Emit,
    LogKind,
    Observation,
    Platform,
    Progress,
    Secrets,
    SecretUnavailable,
    Severity,
    Spec,
)
from dockdj.localcloud.fleet import balancer, engine, extensions, instance, names, update
from dockdj.localcloud.fleet.ecs_bundle import validation_error
from dockdj.localcloud.fleet.instance import Instance, Mode
from dockdj.localcloud.fleet.parallel import in_parallel
from dockdj.localcloud.fleet.placement import NoSecrets, Placement
from dockdj.localcloud.fleet.resizing import resize
from dockdj.localcloud.fleet.rollout import Rollout, addresses, health_seconds
from dockdj.localcloud.platform import course
from dockdj.localcloud.watch.observer import Observer


class Operations:
    """The operations on the environments of one cloud; see `contract.Operations`.

    Docker's labels and the instances' own records are the only memory, so a killed call can be repeated.
    """

    def __init__(self, state_id: str, report: Report = silent, secrets: Secrets | None = None) -> None:
        self.state_id = state_id
        self.placement = Placement(state_id, report, secrets or NoSecrets())
        self.observer = Observer(state_id)

    def launch(self, spec: Spec, deployment: Deployment, emit: Emit) -> int:
        """Create balancer and instances, deploy, and return the balancer's host port. Raises DeploymentFailed."""
        with failures_as_events(emit):
            port = self.placement.ensure_balancer(spec)
        emit(Severity.INFO, f"Created load balancer named: {self.placement.balancer(spec)}")
        emit(Severity.INFO, "Waiting for EC2 instances to launch. This may take a few minutes.")
        try:
            check_bundle(spec, deployment, emit)
            with failures_as_events(emit):
                self.placement.add_instances(spec, spec.min_size - len(self.placement.permanent(spec)))
                instances = self.placement.permanent(spec)
                self.placement.write_configuration(spec, port)
                rollout = Rollout(spec, deployment, self.placement, emit)
                rollout.run(course.all_at_once(len(instances)), self.placement.authorise(instances))
        except DeploymentFailed as failure:
            raise DeploymentFailed(str(failure), port=port) from failure
        return port

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        """Deploy another version to the instances. Raises DeploymentFailed; see `platform.course` for what remains."""
        emit(Severity.INFO, "Deploying new version to instance(s).")
        check_bundle(spec, deployment, emit)
        with failures_as_events(emit):
            update.deploy(Rollout(spec, deployment, self.placement, emit, progress))
        emit(Severity.INFO, "New application version was deployed to running EC2 instances.")

    def configure(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        """Apply changed variables, size and health options with the running version. Raises DeploymentFailed."""
        with failures_as_events(emit):
            secrets = self._secrets(spec, emit)
            rollout = Rollout(spec, deployment, self.placement, emit, progress, Mode.CONFIGURATION)
            update.configure(rollout, secrets)

    def restore(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        """Undo an update that was stopped at any step: the environment runs this deployment only.

        Raises DeploymentFailed.
        """
        with failures_as_events(emit):
            secrets = self._secrets(spec, emit)
            update.restore(Rollout(spec, deployment, self.placement, emit, progress), secrets)

    def resize(self, spec: Spec, deployment: Deployment, dead: Collection[str], emit: Emit) -> None:
        """Remove dead instances, then add or remove instances until their number is that of the spec.

        Raises DeploymentFailed.
        """
        with failures_as_events(emit):
            resize(Rollout(spec, deployment, self.placement, emit), dead)

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

    def observe(self, spec: Spec) -> Observation:
        """The instances with their load and their requests."""
        return self.observer.observe(spec)

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

        Returns the balancer's host port: `spec.port`, or another one if that is taken. Missing instances are not its
        concern: the monitor adds them. Raises DeploymentFailed.
        """
        instances = self.placement.permanent(spec)
        serving = self._serving(spec)
        in_parallel(lambda item: engine.docker("start", item.container), instances)
        instances = self._without_unfinished(instances)
        # The port of the API may be another one.
        self.placement.identify(instances)
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
        update.remove_others(self.placement, spec)
        balancer.remove(container, balancer.servers(container).keys() - set(addresses(instances)))
        return port

    def stop(self) -> None:
        """Stop the instances and balancers of all environments. Their data is kept."""
        roles = (names.BALANCER, names.INSTANCE)
        containers = [item for role in roles for item in engine.containers(names.labels(self.state_id, role))]
        if running := [container.name for container in containers if container.running]:
            engine.docker("stop", "--time", str(engine.STOP_SECONDS), *running)

    def _secrets(self, spec: Spec, emit: Emit) -> Mapping[str, str]:
        """The values of secrets for a change of options. Raises DeploymentFailed before an instance changes."""
        try:
            return self.placement.secrets.values(spec.secrets) if spec.secrets else {}
        except SecretUnavailable as unavailable:
            emit(Severity.ERROR, str(unavailable))
            raise DeploymentFailed(str(unavailable)) from unavailable

    def _serving(self, spec: Spec) -> set[str]:
        """The addresses of running instances that get traffic now."""
        running = {item.address for item in self.placement.instances(spec) if item.running}
        try:
            servers = balancer.servers(self.placement.balancer(spec))
        except CommandFailed:
            return set()
        return {address for address, server in servers.items() if address in running and server.up}

    def _without_unfinished(self, instances: list[Instance]) -> list[Instance]:
        """Remove the instances that a killed server added and deployed nothing to, unless all are such."""
        empty = [
            item
            for item, is_empty in zip(instances, in_parallel(instance.is_empty, instances), strict=True)
            if is_empty
        ]
        if len(empty) == len(instances):
            return instances
        self.placement.remove_instances(empty)
        return [item for item in instances if item not in empty]


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
