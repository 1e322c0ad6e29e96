"""Where a restack comes from: which release's application it has, and on what stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dockdj.model.release.record import Release


@dataclass(frozen=True)
class Descent:
    """A release made from another one's application. Digests are of records.

    `stack_from` is the release whose stack it has, None where it has its own on newer images; `bases` are the images
    that were replaced, by the name that its Dockerfile has.
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


def descent(release: Release) -> Descent | None:
    """Where a release comes from; None for one that was not made from another."""
    return origin_of(str(release.version), release.document.get("restack_of"))


def origin_of(version: str, restack_of: Mapping[str, Any] | None) -> Descent | None:
    """The same from the field of a record."""
    if not restack_of:
        return None
    stack = restack_of.get("stack_from") or {}
    return Descent(
        version,
        restack_of["version"],
        restack_of["digest"],
        stack.get("version"),
        stack.get("digest"),
        dict(restack_of.get("bases") or {}),
    )
