"""Make a target's application and environment, or end its environment."""

from collections.abc import Mapping

from dockdj.adapters.beanstalk.client import Beanstalk
from dockdj.errors import PlatformError, TimedOut
from dockdj.events import Report, silent, step
from dockdj.lifecycle.target.watch import watch
from dockdj.model.beanstalk.environment import READY, Environment
from dockdj.model.project.project import Target

TIMEOUT_SECONDS = 1800.0
HEALTH_PATH = "/healthz"
# A third of the fleet at once: what `eb create` chooses, too.
BATCH_PERCENT = 30
Options = Mapping[str, Mapping[str, str]]


def create(
    target: Target, beanstalk: Beanstalk, place: Options, report: Report = silent, *, timeout: float = TIMEOUT_SECONDS
) -> tuple[Environment, bool]:
    """Make what is missing of the application and its environment; returns it, and whether it was made now.

    `place` holds the option settings that belong to the place (roles, a database). The environment runs the
    platform's sample application until the first deploy. Raises PlatformError when it does not become well.
    """
    with step(report, f"application {target.application}"):
        beanstalk.ensure_application(target.application)
    found = beanstalk.environment(target.application, target.environment)
    made = found is None
    if found is None:
        beanstalk.create_environment(target.application, target.environment, target.platform, options(target, place))
    if found is None or found.status != READY:
        with step(report, f"launch {target.environment}"):
            following = watch(beanstalk, target.application, found or target.environment, report, timeout)
            found = following.until_ready()
            if following.failed:
                raise PlatformError(
                    f"{target.environment} did not start:\n{following.causes}",
                    hint=f"dockdj terminate {target.name}, correct the cause, and create again",
                )
    return found, made


def terminate(
    target: Target, beanstalk: Beanstalk, report: Report = silent, *, timeout: float = TIMEOUT_SECONDS
) -> bool:
    """End the environment and wait until it is gone; whether there was one."""
    found = beanstalk.environment(target.application, target.environment)
    if found is None:
        return False
    with step(report, f"terminate {target.environment}"):
        if found.status != "Terminating":
            beanstalk.terminate(found.id)
        waited = 0.0
        while beanstalk.environment(target.application, target.environment) is not None:
            if waited > timeout:
                raise TimedOut(
                    f"{target.environment} is still terminating after {waited:.0f} s",
                    hint="it goes on by itself: run the same command again",
                )
            beanstalk.sleep(beanstalk.poll)
            waited += beanstalk.poll
    return True


def options(target: Target, place: Options) -> dict[str, dict[str, str]]:
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
        "aws:elasticbeanstalk:environment:process:default": {"HealthCheckPath": HEALTH_PATH, "MatcherHTTPCode": "200"},
        "aws:elasticbeanstalk:healthreporting:system": {"SystemType": "enhanced"},
    }
    if target.secrets:
        own["aws:elasticbeanstalk:application:environmentsecrets"] = dict(target.secrets)
    merged: dict[str, dict[str, str]] = {}
    for layer in (own, place, target.options):
        for namespace, values in layer.items():
            merged[namespace] = {**merged.get(namespace, {}), **values}
    return merged
