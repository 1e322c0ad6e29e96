"""The names under `options` of a target: Elastic Beanstalk's namespaces and options."""

import re
from collections.abc import Iterator, Mapping

# Elastic Beanstalk Developer Guide, "Configuration options": all namespaces have this form, as aws:elbv2:listener:443.
NAMESPACE = re.compile(r"aws:[A-Za-z0-9_-]+(?::[A-Za-z0-9_.-]+)*")
# Their options are names of environment variables.
OF_VARIABLES = (
    "aws:elasticbeanstalk:application:environment",
    "aws:elasticbeanstalk:application:environmentsecrets",
)
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Set by dockdj in each deployment.
RESERVED_VARIABLES = ("DOCKDJ_RELEASE", "DOCKDJ_RECORD")
CONTROL = re.compile(r"[\0-\x1f\x7f]")


def mistakes(options: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The mistakes, each with the path of its key and what to write."""
    for namespace, table in options.items():
        if not NAMESPACE.fullmatch(namespace):
            lower = namespace.strip().lower()
            candidates = (lower, f"aws:{lower}", "aws:autoscaling:asg")
            example = next(each for each in candidates if NAMESPACE.fullmatch(each))
            yield f'options."{namespace}": not a namespace of Elastic Beanstalk: write [….options."{example}"]'
        for name in table:
            if why := _wrong(namespace, name):
                yield f'options."{namespace}".{name}: {why}'


def _wrong(namespace: str, name: str) -> str:
    if not name.strip() or CONTROL.search(name):
        return "not the name of an option: write it as the Developer Guide has it, MinSize"
    if name != name.strip():
        return f'spaces at the ends: write "{name.strip()}"'
    if namespace in OF_VARIABLES:
        if not VARIABLE.fullmatch(name):
            return "not the name of an environment variable: write letters, digits and _"
        if name in RESERVED_VARIABLES:
            return "is set by dockdj itself: remove it"
    return ""
