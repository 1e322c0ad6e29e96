"""Where a restack comes from: which release's application it has, and on what stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockdj.model.release import Release


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
        stack = f"on the stack of {self.stack_from}" if self.stack_from else "on a stack made anew"
        bases = ", ".join(f"{name} replaced by {image}" for name, image in sorted(self.bases.items()))
        return f"{self.version} is {self.of} {stack}" + (f", {bases}" if bases else "")


def descent(release: Release) -> Descent | None:
    """Where a release comes from; None for one that was not made from another."""
    origin = release.document.get("restack_of")
    if not origin:
        return None
    stack = origin.get("stack_from") or {}
    return Descent(
        str(release.version),
        origin["version"],
        origin["digest"],
        stack.get("version"),
        stack.get("digest"),
        dict(origin.get("bases") or {}),
    )
