"""Every failure Dockdj can name, each with its exit code.

DockdjError
├── Refused          1   the answer is no: a check failed, things differ, or the state forbids it
│   └── WrongContent        a registry or a bucket holds something else than was asked for
├── Raced            1   something changed while the command worked
├── UsageError       2   the command line is wrong
├── ProjectError     3   the project's files are wrong
├── MissingTool      4   a needed tool is missing or not running, or a port asked for is taken
├── CommandFailed    5   an outside program or service failed
├── PlatformError    6   the platform refused
│   └── DeploymentFailed    it accepted a deployment, and the deployment failed
├── TimedOut         7   time ran out; the message says what is still running, the hint how to resume
└── LostContact      7   the platform no longer answers; what it was told to do continues there

Anything else that escapes is our bug (70); an interrupt is 130.
"""

from collections.abc import Sequence


class DockdjError(Exception):
    """A failure with its cause (`message`), the way out (`hint`) and the exit code of its kind."""

    exit_code = 70
    code = "bug"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Refused(DockdjError):
    """The answer is no."""

    exit_code = 1
    code = "refused"


class WrongContent(Refused):
    """A registry or a bucket holds something else than was asked for, by its digest. Trying again does not help."""


class Raced(DockdjError):
    """Something changed while the command worked, so what it decided no longer holds.

    No policy forbids the command: it can be run again, and then decides again.
    """

    exit_code = 1
    code = "raced"


class UsageError(DockdjError):
    """The command line is wrong."""

    exit_code = 2
    code = "usage"


class ProjectError(DockdjError):
    """The project's files are wrong; the message lists every mistake with its path."""

    exit_code = 3
    code = "project"


class MissingTool(DockdjError):
    """A tool is not installed or not running; the hint says how to get it."""

    exit_code = 4
    code = "missing-tool"


class CommandFailed(DockdjError):
    """An outside program or service failed; the message holds its command and last lines."""

    exit_code = 5
    code = "command-failed"

    def __init__(
        self, message: str, *, hint: str = "", argv: Sequence[str] = (), status: int | None = None, output: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.argv = tuple(argv)
        self.status = status
        self.output = output


class PlatformError(DockdjError):
    """Elastic Beanstalk refused, or a deployment failed there."""

    exit_code = 6
    code = "platform"


class DeploymentFailed(PlatformError):
    """The platform accepted the deployment and it failed. The only error that triggers an automatic rollback."""


class TimedOut(DockdjError):
    """Time ran out; the message says what is still running."""

    exit_code = 7
    code = "timed-out"


class LostContact(DockdjError):
    """The platform no longer answers; what it was told to do continues there. The hint says how to look."""

    exit_code = 7
    code = "lost-contact"
