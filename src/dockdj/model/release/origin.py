"""The origin of a restack: which release's application it has, and on what stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockdj.model.release.record import Record, Restack


@dataclass(frozen=True)
class Descent:
    """A release made from another release's application. Digests are of records.

    `stack_from` is the release whose stack it has, None for a stack of newer images. `bases` are the base images that
    were replaced, by their name in the Dockerfile.
    """

    version: str
    of: str
    of_digest: str
    stack_from: str | None = None
    stack_digest: str | None = None
    bases: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.version} is {self.made_of}"

    @property
    def made_of(self) -> str:
        """The application and the stack, in words."""
        stack = f"on the stack of {self.stack_from}" if self.stack_from else "on a rebuilt stack"
        bases = ", ".join(f"{name} replaced by {image}" for name, image in sorted(self.bases.items()))
        return f"{self.of} {stack}" + (f", {bases}" if bases else "")


def descent(record: Record) -> Descent | None:
    """The descent of a release; None for a release from a branch."""
    return descent_of(str(record.version), record.restack_of)


def descent_of(version: str, restack: Restack | None) -> Descent | None:
    """The descent of the release of this version."""
    if restack is None:
        return None
    stack = restack.stack_from
    return Descent(
        version,
        restack.version,
        restack.digest,
        stack_from=stack.version if stack else None,
        stack_digest=stack.digest if stack else None,
        bases=restack.bases,
    )
