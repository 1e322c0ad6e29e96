"""Rollouts: deploy a version to instances, all at once or in batches that leave the balancer first.

The event texts are Elastic Beanstalk's. As there, a failure ends the rollout: completed batches keep the new version,
the others keep the old version.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dockdj.localcloud.contract import Deployment, DeploymentFailed, Emit, Severity, Spec
from dockdj.localcloud.fleet import balancer, instance
from dockdj.localcloud.fleet.instance import Instance, Mode, Outcome
from dockdj.localcloud.fleet.parallel import in_parallel

MINIMUM_HEALTH_SECONDS = 60


@dataclass(frozen=True)
class Rollout:
    """One version and configuration for some instances of an environment."""

    spec: Spec
    deployment: Deployment
    balancer: str
    """The name of the balancer's container."""
    emit: Emit
    mode: Mode = Mode.APPLICATION

    def all_at_once(self, instances: Sequence[Instance], *, leader: bool) -> None:
        """Deploy to all instances while they stay in rotation. Raises DeploymentFailed."""
        outcomes = self.execute(instances, leader=leader)
        self.report(outcomes)
        self.register(outcomes)
        if any(outcome.error for outcome in outcomes):
            raise DeploymentFailed("the deployment failed on instances")
        self.emit(Severity.INFO, "Instance deployment completed successfully.")

    def rolling(self, instances: Sequence[Instance]) -> None:
        """Deploy batch by batch. Raises DeploymentFailed."""
        completed = 0
        for number, batch in enumerate(batches(instances, self.spec.batch_size), start=1):
            prefix = f"Batch {number}: "
            self._take_out(batch, prefix)
            outcomes = self.execute(batch, leader=number == 1)
            self.report(outcomes)
            failed = any(outcome.error for outcome in outcomes)
            if not failed:
                completed += len(batch)
                self._emit_commands_completed(prefix, completed, len(instances))
            self.register(outcomes)
            if failed:
                raise DeploymentFailed("the deployment failed on instances")
            self.emit(Severity.INFO, f"{prefix}Completed application deployment.")
        self.emit(Severity.INFO, "Instance deployment completed successfully.")

    def execute(self, instances: Sequence[Instance], *, leader: bool) -> list[Outcome]:
        """Deploy to all instances at the same time. With `leader`, the first instance is the leader."""
        leader_id = instances[0].id if leader and instances else ""

        def deploy(target: Instance) -> Outcome:
            return instance.deploy(target, self.spec, self.deployment, mode=self.mode, leader=target.id == leader_id)

        return in_parallel(deploy, instances)

    def report(self, outcomes: Sequence[Outcome]) -> None:
        """Emit the instances' events, warnings and failures."""
        for outcome in outcomes:
            for severity, text in outcome.events:
                self.emit(severity, text)
        for text in sorted({warning for outcome in outcomes for warning in outcome.warnings}):
            self.emit(Severity.WARN, text)
        failures = [outcome for outcome in outcomes if outcome.error]
        if not failures:
            return
        self.emit(Severity.ERROR, "Instance deployment failed. For details, see 'eb-engine.log'.")
        for outcome in failures:
            output = f"Command failed on instance. Return code: 1 Output: {outcome.error}"
            self.emit(Severity.ERROR, f"[Instance: {outcome.instance.id}] {output}")
        counts = f"[Successful: {len(outcomes) - len(failures)}, Failed: {len(failures)}]"
        self.emit(Severity.INFO, f"Command execution completed on all instances. Summary: {counts}.")
        ids = ", ".join(f"'{outcome.instance.id}'" for outcome in failures)
        aborted = f"Unsuccessful command execution on instance id(s) {ids}. Aborting the operation."
        self.emit(Severity.ERROR, aborted)

    def register(self, outcomes: Sequence[Outcome]) -> None:
        """Give traffic to instances that pass the health checks. Raises DeploymentFailed if a new one does not.

        An instance whose deployment failed before it stopped the old version serves the old version again.
        """
        deployed = [outcome.instance for outcome in outcomes if not outcome.error]
        unchanged = [outcome.instance for outcome in outcomes if outcome.error and outcome.old_version_serves]
        registered = addresses([*deployed, *unchanged])
        balancer.admit(self.balancer, registered, self.spec)
        unhealthy = balancer.wait_until_healthy(self.balancer, registered, health_seconds(self.spec))
        if failed := [item for item in deployed if item.address in unhealthy]:
            self._fail_health_checks(failed)

    def _take_out(self, batch: Sequence[Instance], prefix: str) -> None:
        self.emit(Severity.INFO, f"{prefix}Starting application deployment on instance(s) {bracketed_ids(batch)}.")
        self.emit(
            Severity.INFO,
            f"{prefix}De-registering instance(s) from the load balancer and waiting for them to go out of service.",
        )
        balancer.drain(self.balancer, addresses(batch), self.spec.deregistration_delay)
        self.emit(Severity.INFO, f"{prefix}Starting application deployment command execution.")

    def _emit_commands_completed(self, prefix: str, completed: int, total: int) -> None:
        self.emit(Severity.INFO, f"{prefix}Completed application deployment command execution.")
        self.emit(Severity.INFO, f"Command execution completed on {completed} of {total} instances in environment.")
        self.emit(
            Severity.INFO,
            f"{prefix}Registering instance(s) with the load balancer and waiting for them to be healthy.",
        )

    def _fail_health_checks(self, failed: Sequence[Instance]) -> None:
        servers = balancer.servers(self.balancer)
        for item in failed:
            check = servers[item.address].check if item.address in servers else "not registered"
            text = f"Instance did not pass the health checks of {self.spec.health_path} (last: {check})."
            self.emit(Severity.ERROR, f"[Instance: {item.id}] {text} Aborting the operation.")
        self.emit(
            Severity.WARN,
            "During an aborted deployment, some instances may have deployed the new application version. To ensure "
            "all instances are running the same version, re-deploy the appropriate application version.",
        )
        raise DeploymentFailed("instances did not pass the health checks")


def batches(instances: Sequence[Instance], size: int) -> list[tuple[Instance, ...]]:
    """Consecutive groups of at most `size` instances."""
    return [tuple(instances[start : start + size]) for start in range(0, len(instances), size)]


def health_seconds(spec: Spec) -> float:
    """The time limit for an instance to become healthy: as long as the balancer needs to decide."""
    decision = spec.health_interval * (spec.healthy_threshold + balancer.UNHEALTHY_THRESHOLD)
    return min(spec.command_timeout, max(MINIMUM_HEALTH_SECONDS, decision))


def addresses(instances: Iterable[Instance]) -> list[str]:
    """The addresses of instances, which are their names in the balancer."""
    return [item.address for item in instances]


def bracketed_ids(instances: Iterable[Instance]) -> str:
    """The instance ids in the format of events."""
    return "[" + ", ".join(item.id for item in instances) + "]"
