"""Let a target's environment run a version, and watch until every instance does."""

import time

from dockdj.errors import DeploymentFailed, LostContact, PlatformError
from dockdj.events import Report
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.target.watch import Watch, watch
from dockdj.model.beanstalk.environment import Environment, HealthCheck
from dockdj.model.beanstalk.option_settings import PROCESS, health_check_settings

GREEN_SECONDS = 120.0


def set_health_check(site: Site, environment: Environment, check: HealthCheck, report: Report, timeout: float) -> None:
    """Change the load balancer's health check and wait for the end. Instances may be unhealthy afterwards.

    Raises PlatformError when the platform refuses, DeploymentFailed when it reports a failure, TimedOut when it is
    still at work.
    """
    following = watch(site, environment, report, timeout)
    site.beanstalk.configure(environment.id, {PROCESS: health_check_settings(check)})
    following.until_ready()
    if following.failed:
        raise DeploymentFailed(f"the health check of {environment.name} was not changed:\n{following.causes}")


def update(site: Site, environment: Environment, label: str, report: Report, timeout: float) -> None:
    """Deploy a version label on the environment; `timeout` is in seconds.

    Raises PlatformError when the platform refuses, DeploymentFailed when it accepted the deployment and that failed,
    TimedOut when it is still at work, LostContact when it no longer answers.
    """
    following = watch(site, environment, report, timeout)
    site.beanstalk.update(environment.id, label)
    try:
        reached = following.until_ready()
        if following.failed or reached.label != label:
            raise DeploymentFailed(f"the deployment of {label} failed:\n{following.causes}".rstrip(":\n"))
        _until_healthy(following, label)
    except KeyboardInterrupt as interrupt:
        interrupt.add_note(f"{environment.name} is still deploying {label}; look: dockdj status {site.target.name}")
        raise
    except DeploymentFailed:
        raise
    except PlatformError as error:
        raise LostContact(
            f"lost contact with {environment.name}; it is still deploying {label}: {error.message}",
            hint=f"look with `dockdj status {site.target.name}`, then run the same command again to keep watching",
        ) from error


def _until_healthy(following: Watch, label: str) -> None:
    """The platform has ended the operation; the instances' health decides."""
    deadline = min(following.deadline, time.monotonic() + GREEN_SECONDS)
    environment, healthy = following.poll(lambda environment: environment.runs(label), deadline)
    if not healthy:
        causes = "\n".join(cause for instance in environment.instances for cause in instance.causes)
        raise DeploymentFailed(f"{label} runs, but its health is {environment.health}:\n{causes}".rstrip(":\n"))
