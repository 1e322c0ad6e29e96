"""The mismatches between an environment contract and the values given for it."""

from dataclasses import dataclass

from dockdj.errors import ProjectError
from dockdj.model.project.env_contract import Variable


@dataclass(frozen=True)
class Finding:
    """The differences between a contract and the values given: `subject` names whose values they are.

    `exposed` are secrets whose values are readable.
    """

    subject: str
    mistakes: tuple[str, ...] = ()
    missing: tuple[Variable, ...] = ()
    unknown: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    contract: tuple[Variable, ...] = ()

    @property
    def valid(self) -> bool:
        return not (self.mistakes or self.missing or self.unknown or self.exposed)


def mistakes_in(error: ProjectError) -> tuple[str, ...]:
    """The lines of an error that lists mistakes below a heading; the whole message of any other error."""
    lines = [line.strip() for line in error.message.splitlines()]
    return tuple(lines[1:] if len(lines) > 1 and lines[0].endswith(":") else lines)
