"""The request of a command: the version to deploy, and the terms."""

from dataclasses import dataclass
from enum import Enum

from dockdj.lifecycle.history.log import EventKind
from dockdj.model.version import Version

TIMEOUT_SECONDS = 1800.0


class Check(Enum):
    """A check before a deployment that a command may waive, by name."""

    ARCHITECTURE = "the images run on the target's machines"
    REQUIRED_VARIABLES = "the target has every variable that the release requires"
    DOWNGRADES = "nothing that runs now is newer than in the release"


@dataclass(frozen=True)
class DeployRequest:
    """A version to run on a target.

    `what` is the kind of event that the log gets. `waived` names the checks that this command leaves out; it has no
    default, so that each caller decides. `expect` is the digest of a plan that was reviewed; another plan is refused.
    `timeout` is in seconds. With `roll_back`, a deployment that fails is rolled back.
    """

    version: Version
    what: EventKind
    waived: frozenset[Check]
    expect: str = ""
    timeout: float = TIMEOUT_SECONDS
    roll_back: bool = True
