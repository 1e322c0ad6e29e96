"""Failed calls to an image registry: tell refusals, outages and transient failures apart, and explain them."""

import re

from dockdj.adapters.beanstalk import local_cloud
from dockdj.adapters.beanstalk.control_socket import UP
from dockdj.errors import CommandFailed
from dockdj.model.image_names import HUB, parts

DOWN = ("connection refused", "no such host", "i/o timeout", "no route to host", "connection reset")
# UNAUTHORIZED and DENIED are codes of the distribution API; "no basic auth credentials" is Docker's own message.
REFUSED = re.compile(r"unauthorized|no basic auth|denied|forbidden|insufficient_scope", re.IGNORECASE)
ENGINE_REFUSED = "docker daemon socket"
TRANSIENT = re.compile(
    r"connection re(?:set|fused)|broken pipe|closed network connection|\beof\b|time[ -]?out|timed out|"
    r"deadline exceeded|server closed|no route to host|network is unreachable|too ?many ?requests|"
    r"(?:status|error)[^\n]{0,20}?\b(?:5\d\d|429)\b|\b5\d\d (?:internal server|bad gateway|service un|gateway)",
    re.IGNORECASE,
)
NO_REPOSITORY = re.compile(r"name unknown", re.IGNORECASE)
# Hosts that Docker reaches over plain HTTP by default.
LOCAL = re.compile(r"localhost\b|127\.")
# Amazon ECR's private registries; User Guide, "Private registry authentication".
ECR = re.compile(r"\d{12}\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


def is_transient(error: CommandFailed) -> bool:
    """True if the same call may succeed a little later: the network or the server failed, and nothing was refused."""
    text = error.output or error.message
    return not _refused(text) and TRANSIENT.search(text) is not None


def explained(name: str, error: CommandFailed) -> CommandFailed:
    """The failure with a message that explains it, if the registry of `name` is down, refuses or lacks the repository.

    Its `output` is still the program's. Any other failure is returned unchanged.
    """
    text = error.output or error.message
    host, repository = parts(name)
    if _refused(text):
        return CommandFailed(
            f"the image registry at {host} refused: {cause(error)}", hint=login(host), argv=error.argv, output=text
        )
    if NO_REPOSITORY.search(text) and (ecr := ECR.fullmatch(host)):
        bare = re.split(r"[@:]", repository)[0]
        return CommandFailed(
            f"{host} has no repository {bare}",
            hint=f"aws ecr create-repository --region {ecr['region']} --repository-name {bare}",
            argv=error.argv,
            output=text,
        )
    if any(sign in text.lower() for sign in DOWN):
        return CommandFailed(
            f"the image registry at {host} does not answer",
            hint=f"is it up? try: curl {'http' if LOCAL.match(host) else 'https'}://{host}/v2/",
            argv=error.argv,
            output=text,
        )
    return error


def login(host: str) -> str:
    """The command that gives Docker credentials for a registry; Docker stores them."""
    if host == local_cloud.registry():
        return UP
    if ecr := ECR.fullmatch(host):
        password = f"aws ecr get-login-password --region {ecr['region']}"
        return f"{password} | docker login --username AWS --password-stdin {host}"
    return "docker login" if host == HUB else f"docker login {host}"


def cause(error: CommandFailed) -> str:
    """The last line of the program's output, in which Docker states the cause."""
    lines = [line for line in (error.output or error.message).splitlines() if line.strip()]
    return lines[-1].strip().removeprefix("ERROR: ") if lines else error.message


def _refused(text: str) -> bool:
    return REFUSED.search(text) is not None and ENGINE_REFUSED not in text.lower()
