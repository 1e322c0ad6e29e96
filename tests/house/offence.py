"""A place in the repository that breaks a house rule."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Offence:
    """The broken rule and its place; `line` 0 means the whole file or folder."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.reason}"
