"""Rollouts: carry out the course of a deployment with an environment's instances and its balancer."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from dockdj.errors import DockdjError
from dockdj.localcloud.contract import (
    UNWATCHED,
    Deployment,
    DeploymentFailed,
    Emit,
    HealthStatus,
    Progress,
    Severity,
    Spec,
)
from dockdj.localcloud.fleet import balancer, instance, step_events
from dockdj.localcloud.fleet.instance import Instance, Mode, Outcome
from dockdj.localcloud.fleet.parallel import in_parallel
from dockdj.localcloud.fleet.placement import Placement
from dockdj.localcloud.fleet.step_events import Style
from dockdj.localcloud.platform.course import Action, Step, after_failure
from dockdj.localcloud.polling import poll

MINIMUM_HEALTH_SECONDS = 60
MIXED = (
    "During an aborted deployment, some instances may have deployed the new application version. To ensure all "
    "instances are running the same version, re-deploy the appropriate application version."
)


@dataclass
class Rollout:
    """One version and configuration for some instances of an environment."""

    spec: Spec
    deployment: Deployment
    placement: Placement
    emit: Emit
    progress: Progress = UNWATCHED
    mode: Mode = Mode.APPLICATION
    """The mode for instances that run already. A new instance always deploys the application."""
    leads: bool = True
    """The first instance of the first batch runs the leader's commands."""
    temporary: Spec = field(init=False)
    """The spec of the instances that a course launches and does not adopt at once."""
    members: dict[str, Instance] = field(default_factory=dict)
    """The instances by their names in the course."""
    weight: int = balancer.WEIGHT
    """The balancer's weight of each new instance."""

    def __post_init__(self) -> None:
        self.temporary = replace(self.spec, group=secrets.token_hex(4))

    @property
    def balancer(self) -> str:
        """The name of the balancer's container."""
        return self.placement.balancer(self.spec)

    @property
    def group(self) -> str:
        """The name of the temporary group in events."""
        return f"awseb-{self.spec.environment_id}-{self.temporary.group}"

    def run(self, steps: Sequence[Step], existing: Sequence[Instance]) -> None:
        """Carry out a course. Raises DeploymentFailed, after temporary instances are terminated.

        An exception of `progress.proceed` passes and leaves everything as it is.
        """
        self.members = {f"old-{number}": item for number, item in enumerate(existing, start=1)}
        kind = step_events.style(steps)
        for index, step in enumerate(steps):
            self.progress.proceed()
            try:
                self._take(step, kind)
            except (DeploymentFailed, DockdjError) as failure:
                self._clean_up(failure, after_failure(steps[: index + 1]), kind)
                raise DeploymentFailed(str(failure)) from failure
        self._weigh_equally(steps)
        if kind in (Style.PLAIN, Style.BATCHES):
            self.emit(Severity.INFO, "Instance deployment completed successfully.")

    def execute(self, instances: Sequence[Instance], *, leader: bool) -> list[Outcome]:
        """Deploy to all instances at the same time. With `leader`, the first instance is the leader."""
        leader_id = instances[0].id if leader and instances else ""
        launched = {item.id for name, item in self.members.items() if name.startswith("new-")}

        def deploy(target: Instance) -> Outcome:
            mode = Mode.APPLICATION if target.id in launched else self.mode
            return instance.deploy(target, self.spec, self.deployment, mode=mode, leader=target.id == leader_id)

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
        self._admit([*deployed, *unchanged], Step(Action.REGISTER, ()), required=deployed)

    def _take(self, step: Step, kind: Style) -> None:
        """Carry out one step and emit its events. Raises DeploymentFailed."""
        self._emit_all(step_events.before(step, kind, self._ids(step), self.group))
        carry_out = {
            Action.LAUNCH: self._launch,
            Action.LAUNCH_TEMPORARILY: self._launch,
            Action.DRAIN: self._drain,
            Action.DEPLOY: self._deploy,
            Action.WEIGH: self._weigh,
            Action.REGISTER: self._register,
            Action.EVALUATE: self._evaluate,
            Action.PAUSE: self._pause,
            Action.ADOPT: self._adopt,
            Action.REMOVE: self._remove,
        }
        carry_out[step.action](step)
        self._emit_all(step_events.after(step, kind, self._ids(step), self.group))
        if step.action == Action.DEPLOY and kind == Style.BATCHES and not step.launched:
            self._emit_progress(step)

    def _instances(self, step: Step) -> list[Instance]:
        return [self.members[name] for name in step.members if name in self.members]

    def _ids(self, step: Step) -> list[str]:
        return [item.id for item in self._instances(step)]

    def _launch(self, step: Step) -> None:
        spec = self.temporary if step.action == Action.LAUNCH_TEMPORARILY else self.spec
        instances = self.placement.add_instances(spec, len(step.members))
        self.placement.authorise(instances)
        self.members |= zip(step.members, instances, strict=True)

    def _drain(self, step: Step) -> None:
        balancer.drain(self.balancer, addresses(self._instances(step)), self.spec.deregistration_delay)

    def _deploy(self, step: Step) -> None:
        """Deploy to a batch. If that fails, existing instances with a version that serves get traffic again."""
        instances = self._instances(step)
        leader = self.leads and self.mode == Mode.APPLICATION and step.batch == 1
        outcomes = self.execute(instances, leader=leader)
        self.report(outcomes)
        if any(outcome.error for outcome in outcomes):
            if not step.launched:
                self.register(outcomes)
            raise DeploymentFailed("the deployment failed on instances")

    def _emit_progress(self, step: Step) -> None:
        total = [name for name in self.members if name.startswith("old-")]
        completed = total.index(step.members[-1]) + 1
        text = f"Command execution completed on {completed} of {len(total)} instances in environment."
        self.emit(Severity.INFO, text)

    def _weigh(self, step: Step) -> None:
        old = [item for name, item in self.members.items() if name.startswith("old-")]
        self.weight, old_weight = balancer.weights(step.percent, len(step.members), len(old))
        balancer.weigh(self.balancer, addresses(old), old_weight)
        balancer.weigh(self.balancer, addresses(self._instances(step)), self.weight)

    def _weigh_equally(self, steps: Sequence[Step]) -> None:
        if any(step.action == Action.WEIGH for step in steps):
            balancer.weigh(self.balancer, balancer.servers(self.balancer), balancer.WEIGHT)

    def _register(self, step: Step) -> None:
        instances = self._instances(step)
        self._admit(instances, step, required=instances if step.health_required else ())

    def _admit(self, instances: Sequence[Instance], step: Step, *, required: Sequence[Instance]) -> None:
        """Register instances and wait until they are healthy. Raises DeploymentFailed if a required one is not."""
        weight = self.weight if step.launched else balancer.WEIGHT
        balancer.admit(self.balancer, addresses(instances), self.spec, weight)
        if self.spec.health_threshold == HealthStatus.SEVERE:
            return
        limit = health_seconds(self.spec) if step.seconds is None else step.seconds
        unhealthy = balancer.wait_until_healthy(self.balancer, addresses(instances), limit, self.progress.proceed)
        if failed := [item for item in required if item.address in unhealthy]:
            self._fail_health_checks(failed)

    def _evaluate(self, step: Step) -> None:
        """Watch the health of the new instances. Raises DeploymentFailed as soon as one gets no traffic any more."""
        watched = addresses(self._instances(step))
        unhealthy: tuple[str, ...] = ()

        def ended() -> bool:
            nonlocal unhealthy
            self.progress.proceed()
            unhealthy = balancer.unhealthy(self.balancer, watched)
            return bool(unhealthy) and not self.spec.ignore_health

        poll(ended, seconds=step.seconds or 0, every=balancer.POLL_SECONDS)
        if unhealthy and self.spec.health_threshold != HealthStatus.SEVERE:
            self._fail_health_checks([item for item in self._instances(step) if item.address in unhealthy])

    def _pause(self, step: Step) -> None:
        def stopped() -> bool:
            self.progress.proceed()
            return False

        poll(stopped, seconds=step.seconds or 0, every=balancer.POLL_SECONDS)

    def _adopt(self, step: Step) -> None:
        if step.launched:
            self.spec = self.temporary
        self.progress.adopt(self.spec.group)

    def _remove(self, step: Step) -> None:
        instances = self._instances(step)
        if step.launched:
            # A launch that failed half way has left instances that are no members.
            known = {item.id for item in instances}
            others = self.placement.instances(self.spec)
            instances = [item for item in others if item.id in known or item.group == self.temporary.group]
        balancer.drain(self.balancer, addresses(instances), self.spec.deregistration_delay)
        self.placement.remove_instances(instances)

    def _clean_up(self, failure: DeploymentFailed | DockdjError, steps: Sequence[Step], kind: Style) -> None:
        if isinstance(failure, DockdjError):
            self.emit(Severity.ERROR, failure.message)
        for step in steps:
            self._take(step, kind)
        self._weigh_equally(steps)

    def _fail_health_checks(self, failed: Sequence[Instance]) -> None:
        """Report instances that do not pass. Raises DeploymentFailed, unless the health checks are ignored."""
        if self.spec.ignore_health:
            ids = bracketed_ids(failed)
            text = f"The health checks of instance(s) {ids} failed and are ignored, as IgnoreHealthCheck demands."
            self.emit(Severity.WARN, text)
            return
        servers = balancer.servers(self.balancer)
        for item in failed:
            check = servers[item.address].check if item.address in servers else "not registered"
            text = f"Instance did not pass the health checks of {self.spec.health_path} (last: {check})."
            self.emit(Severity.ERROR, f"[Instance: {item.id}] {text} Aborting the operation.")
        if any(item in failed for name, item in self.members.items() if name.startswith("old-")):
            self.emit(Severity.WARN, MIXED)
        raise DeploymentFailed("instances did not pass the health checks")

    def _emit_all(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.emit(Severity.INFO, text)


def health_seconds(spec: Spec) -> float:
    """The time limit for an instance to become healthy: as long as the balancer needs to decide."""
    decision = spec.health_interval * (spec.healthy_threshold + balancer.UNHEALTHY_THRESHOLD)
    return min(spec.command_timeout, max(MINIMUM_HEALTH_SECONDS, decision))


def addresses(instances: Iterable[Instance]) -> list[str]:
    """The addresses of instances, which are their names in the balancer."""
    return [item.address for item in instances]


def bracketed_ids(instances: Iterable[Instance]) -> str:
    """The instance ids in the format of events."""
    return step_events.bracketed([item.id for item in instances])
