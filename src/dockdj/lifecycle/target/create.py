"""Create a target's application and environment, or terminate the environment."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dockdj.errors import PlatformError, TimedOut
from dockdj.events import Report, silent, step
from dockdj.lifecycle.polling import poll
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.target.watch import watch
from dockdj.model.beanstalk.environment import READY, SAMPLE_CHECK, Environment
from dockdj.model.beanstalk.option_settings import PROCESS, health_check_settings
from dockdj.model.project.project import Target

TIMEOUT_SECONDS = 1800.0
# A third of the fleet at once, which `eb create` chooses, too.
BATCH_PERCENT = 30
Options = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Created:
    """A target's environment; `new` is false when it existed already."""

    environment: Environment
    new: bool


def create(
    site: Site, place: Callable[[], Options], report: Report = silent, *, timeout: float = TIMEOUT_SECONDS
) -> Created:
    """Create the application and the environment where they do not exist.

    `place` gives the option settings that belong to the place (roles, a database); it is called only for a new
    environment. The environment runs the platform's sample application until the first deployment, which also sets
    the project's health check. `timeout` is in seconds. Raises PlatformError when the environment does not start,
    TimedOut when it is still starting.
    """
    target, beanstalk = site.target, site.beanstalk
    with step(report, f"application {target.application}"):
        beanstalk.ensure_application(target.application)
    environment = site.environment()
    new = environment is None
    if environment is None:
        beanstalk.create_environment(
            target.application,
            target.environment,
            target.platform,
            _for_sample(options(target, place(), site.project.application.health_path)),
        )
    if environment is None or environment.status != READY:
        with step(report, f"launch {target.environment}"):
            following = watch(site, environment, report, timeout)
            environment = following.until_ready()
            if following.failed:
                raise PlatformError(
                    f"{target.environment} did not start:\n{following.causes}",
                    hint=f"dockdj terminate {target.name}, correct the cause, and create again",
                )
    return Created(environment, new)


def terminate(site: Site, report: Report = silent, *, timeout: float = TIMEOUT_SECONDS) -> bool:
    """Terminate the environment and wait until it is gone; whether there was an environment."""
    name = site.target.environment
    environment = site.environment()
    if environment is None:
        return False
    with step(report, f"terminate {name}"):
        if environment.status != "Terminating":
            site.beanstalk.terminate(environment.id)
        _, gone = poll(
            site.environment,
            lambda environment: environment is None,
            deadline=time.monotonic() + timeout,
            pause=lambda: site.beanstalk.sleep(site.beanstalk.poll),
        )
        if not gone:
            raise TimedOut(
                f"{name} is still terminating after {timeout:.0f} s",
                hint="the platform continues on its own: run the same command again to keep watching",
            )
    return True


def options(target: Target, place: Options, health_path: str) -> dict[str, dict[str, str]]:
    """The option settings of a new environment: infrastructure and references to secrets.

    Plain values are not among them: they live in the bundle, so that a rollback takes them back. Settings
    given through the API shadow those of a bundle (Developer Guide, "Precedence").
    """
    own = {
        "aws:autoscaling:asg": {"MinSize": str(target.instances.min), "MaxSize": str(target.instances.max)},
        "aws:elasticbeanstalk:command": {
            "DeploymentPolicy": target.policy,
            "BatchSizeType": "Percentage",
            "BatchSize": str(BATCH_PERCENT),
        },
        "aws:elasticbeanstalk:environment": {"EnvironmentType": "LoadBalanced", "LoadBalancerType": "application"},
        PROCESS: {"HealthCheckPath": health_path, "MatcherHTTPCode": "200"},
        "aws:elasticbeanstalk:healthreporting:system": {"SystemType": "enhanced"},
    }
    if target.secrets:
        own["aws:elasticbeanstalk:application:environmentsecrets"] = dict(target.secrets)
    merged: dict[str, dict[str, str]] = {}
    for layer in (own, place, target.options):
        for namespace, values in layer.items():
            merged[namespace] = {**merged.get(namespace, {}), **values}
    return merged


def _for_sample(settings: Options) -> Options:
    """The option settings with a health check that the sample application passes."""
    return {**settings, PROCESS: {**settings[PROCESS], **health_check_settings(SAMPLE_CHECK)}}
