"""What the tests of an assembled release said, as the release record holds it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.release import evidence


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
    """The entry of an assembled release. A check that fails ends a run: all of these passed or were skipped."""
    made = tuple(checks)
    return evidence.entry(
        evidence.SMOKE,
        images,
        [evidence.Ran(each.title, 0, each.milliseconds) for each in made],
        passed=sum(not each.skipped for each in made),
        failed=0,
        skipped=sum(bool(each.skipped) for each in made),
        milliseconds=milliseconds,
        backing={name: dict(image) for name, image in backing.items()},
    )
