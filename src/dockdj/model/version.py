"""Versions: MAJOR.MINOR.PATCH, and MAJOR.MINOR.PATCH+stack.N for an old application on a newer stack."""

import re
from dataclasses import dataclass

from dockdj.errors import UsageError

PATTERN = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:\+stack\.([1-9]\d{0,8}))?", re.ASCII)


@dataclass(frozen=True, order=True)
class Version:
    """A release's version, ordered as in SemVer 2.0; `+stack.N` is above the plain version and ordered by N."""

    major: int
    minor: int
    patch: int
    stack: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}" + (f"+stack.{self.stack}" if self.stack else "")

    @property
    def tag(self) -> str:
        """The name of the version's Git tag."""
        return f"v{self}"

    @property
    def branch(self) -> str:
        """The name of the Git branch that patch releases come from."""
        return f"release-v{self.major}.{self.minor}"

    @property
    def label(self) -> str:
        """The version with `_` for `+`, which image tags (OCI distribution spec) and version labels do not allow."""
        return str(self).replace("+", "_")


def parse(text: str) -> Version:
    """The version in a text that a person typed. Raises UsageError if the text is not a version."""
    if version := attempt(text):
        return version
    raise UsageError(
        f"`{text}` is not a version", hint="a version is MAJOR.MINOR.PATCH, as 1.2.3, or MAJOR.MINOR.PATCH+stack.N"
    )


def attempt(text: str) -> Version | None:
    """The version in a text; None if the text is not a version."""
    match = PATTERN.fullmatch(text)
    return Version(*(int(part or 0) for part in match.groups())) if match else None
