"""Versions: MAJOR.MINOR.PATCH, and MAJOR.MINOR.PATCH+stack.N for an old application on a newer stack."""

import re
from dataclasses import dataclass

from dockdj.errors import UsageError

PATTERN = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:\+stack\.([1-9]\d{0,8}))?", re.ASCII)


@dataclass(frozen=True, order=True)
class Version:
    """A release's version, ordered as SemVer 2.0 orders, with `+stack.N` above the plain one and by N."""

    major: int
    minor: int
    patch: int
    stack: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}" + (f"+stack.{self.stack}" if self.stack else "")

    @property
    def tag(self) -> str:
        """The Git tag's name."""
        return f"v{self}"

    @property
    def branch(self) -> str:
        """The Git branch from which patch releases are made."""
        return f"release-v{self.major}.{self.minor}"

    @property
    def label(self) -> str:
        """The form for places that allow no `+`: image tags (OCI distribution spec) and version labels."""
        return str(self).replace("+", "_")


def parse(text: str) -> Version:
    """The version a person typed. Raises UsageError when it is not one."""
    if version := attempt(text):
        return version
    raise UsageError(
        f"`{text}` is not a version", hint="a version is MAJOR.MINOR.PATCH, as 1.2.3, or MAJOR.MINOR.PATCH+stack.N"
    )


def attempt(text: str) -> Version | None:
    """The version in this text, or None."""
    found = PATTERN.fullmatch(text)
    return Version(*(int(part or 0) for part in found.groups())) if found else None
