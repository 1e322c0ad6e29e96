"""Bringing a version to instances, all at once or in batches that leave the balancer first.

The texts are Elastic Beanstalk's own, as its event streams show them. Like there, a failure ends the rollout:
completed batches stay on the new version, the others on the old one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dockdj.localcloud.contract import Deployment, DeploymentFailed, Emit, Spec
from dockdj.localcloud.fleet import balancer, instance
from dockdj.localcloud.fleet.instance import Instance, Outcome
from dockdj.localcloud.fleet.parallel import together

APPLICATION = "application"
CONFIGURATION = "configuration"
MINIMUM_HEALTH_SECONDS = 60


@dataclass(frozen=True)
class Rollout:
    """One version and configuration for some instances of an environment whose balancer is known by container name."""

    spec: Spec
    deployment: Deployment
    balancer: str
    emit: Emit
    mode: str = APPLICATION

    def all_at_once(self, instances: Sequence[Instance], *, leader: bool) -> None:
        """Without leaving the balancer first. Raises DeploymentFailed."""
        outcomes = self.execute(instances, leader=leader)
        fine = [outcome.instance for outcome in outcomes if not outcome.error]
        self.check_commands(outcomes)
        self.register(fine, [outcome.instance for outcome in outcomes if outcome.error and outcome.old_serves])
        if len(fine) < len(outcomes):
            raise DeploymentFailed("the deployment failed on instances")
        self.emit("INFO", "Instance deployment completed successfully.")

    def rolling(self, instances: Sequence[Instance]) -> None:
        """Batch by batch. Raises DeploymentFailed."""
        done = 0
        for number, batch in enumerate(batches(instances, self.spec.batch_size), start=1):
            say = f"Batch {number}: "
            ids = bracketed(batch)
            self.emit("INFO", f"{say}Starting application deployment on instance(s) {ids}.")
            self.emit(
                "INFO",
                f"{say}De-registering instance(s) from the load balancer and waiting for them to go out of service.",
            )
            balancer.drain(self.balancer, addresses(batch), self.spec.deregistration_delay)
            self.emit("INFO", f"{say}Starting application deployment command execution.")
            outcomes = self.execute(batch, leader=number == 1)
            self.check_commands(outcomes)
            fine = [outcome.instance for outcome in outcomes if not outcome.error]
            if len(fine) == len(batch):
                done += len(batch)
                self.emit("INFO", f"{say}Completed application deployment command execution.")
                self.emit(
                    "INFO", f"Command execution completed on {done} of {len(instances)} instances in environment."
                )
                self.emit(
                    "INFO",
                    f"{say}Registering instance(s) with the load balancer and waiting for them to be healthy.",
                )
            self.register(fine, [outcome.instance for outcome in outcomes if outcome.error and outcome.old_serves])
            if len(fine) < len(batch):
                raise DeploymentFailed("the deployment failed on instances")
            self.emit("INFO", f"{say}Completed application deployment.")
        self.emit("INFO", "Instance deployment completed successfully.")

    def execute(self, instances: Sequence[Instance], *, leader: bool) -> list[Outcome]:
        """Deploy on all of these at the same time; the first is the leader when there is one."""
        leading = instances[0].id if leader and instances else ""

        def one(target: Instance) -> Outcome:
            return instance.deploy(target, self.spec, self.deployment, mode=self.mode, leader=target.id == leading)

        return together(one, instances)

    def check_commands(self, outcomes: Sequence[Outcome]) -> None:
        """Tell what happened on the instances, warnings and failures."""
        for outcome in outcomes:
            for severity, text in outcome.events:
                self.emit(severity, text)
        for text in sorted({warning for outcome in outcomes for warning in outcome.warnings}):
            self.emit("WARN", text)
        failed = [outcome for outcome in outcomes if outcome.error]
        if not failed:
            return
        self.emit("ERROR", "Instance deployment failed. For details, see 'eb-engine.log'.")
        for outcome in failed:
            output = f"Command failed on instance. Return code: 1 Output: {outcome.error}"
            self.emit("ERROR", f"[Instance: {outcome.instance.id}] {output}")
        counts = f"[Successful: {len(outcomes) - len(failed)}, Failed: {len(failed)}]"
        self.emit("INFO", f"Command execution completed on all instances. Summary: {counts}.")
        ids = ", ".join(f"'{outcome.instance.id}'" for outcome in failed)
        self.emit("ERROR", f"Unsuccessful command execution on instance id(s) {ids}. Aborting the operation.")

    def register(self, fine: Sequence[Instance], untouched: Sequence[Instance]) -> None:
        """Give traffic to instances that pass the health checks. Raises DeploymentFailed when a new one does not.

        Where a deployment failed before the old version was touched, that one serves again.
        """
        everyone = addresses([*fine, *untouched])
        balancer.admit(self.balancer, everyone, self.spec)
        waiting = balancer.wait_until_healthy(self.balancer, everyone, health_seconds(self.spec))
        if not set(waiting) & set(addresses(fine)):
            return
        known = balancer.servers(self.balancer)
        for one in fine:
            if one.address in waiting:
                check = known[one.address].check if one.address in known else "not registered"
                text = f"Instance did not pass the health checks of {self.spec.health_path} (last: {check})."
                self.emit("ERROR", f"[Instance: {one.id}] {text} Aborting the operation.")
        self.emit(
            "WARN",
            "During an aborted deployment, some instances may have deployed the new application version. To ensure "
            "all instances are running the same version, re-deploy the appropriate application version.",
        )
        raise DeploymentFailed("instances did not pass the health checks")


def batches(instances: Sequence[Instance], size: int) -> list[tuple[Instance, ...]]:
    """Consecutive groups of at most `size`."""
    return [tuple(instances[start : start + size]) for start in range(0, len(instances), size)]


def health_seconds(spec: Spec) -> float:
    """How long an instance may take to become healthy: what the load balancer needs to call it healthy or not."""
    judged = spec.health_interval * (spec.healthy_threshold + balancer.UNHEALTHY_THRESHOLD)
    return min(spec.command_timeout, max(MINIMUM_HEALTH_SECONDS, judged))


def addresses(instances: Iterable[Instance]) -> list[str]:
    """Their names in the balancer."""
    return [one.address for one in instances]


def bracketed(instances: Iterable[Instance]) -> str:
    """Instance ids as events list them."""
    return "[" + ", ".join(one.id for one in instances) + "]"
