"""What the tests of an assembled release said, as the release record holds it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """A check that passed, or one that says nothing about this project: `skipped` is then the reason."""

    name: str
    milliseconds: int = 0
    skipped: str = ""

    @property
    def title(self) -> str:
        """Its name in a record: a check that was not made must not read as one that passed."""
        return f"skipped: {self.name}, {self.skipped}" if self.skipped else self.name


def entry(
    checks: Iterable[Check],
    *,
    images: Mapping[str, str],
    backing: Mapping[str, Mapping[str, str]],
    milliseconds: int,
) -> dict[str, Any]:
    """One entry of the record's evidence. A check that fails ends a run: all of these passed or were skipped."""
    made = tuple(checks)
    return {
        "suite": "smoke",
        "exit": 0,
        "passed": sum(not each.skipped for each in made),
        "failed": 0,
        "skipped": sum(bool(each.skipped) for each in made),
        "milliseconds": milliseconds,
        "checks": [{"name": each.title, "exit": 0, "milliseconds": each.milliseconds} for each in made],
        "images": dict(images),
        "backing": {name: dict(image) for name, image in backing.items()},
    }
