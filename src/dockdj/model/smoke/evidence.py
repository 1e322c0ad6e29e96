"""The smoke tests' entry in the evidence of a release record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.release import evidence


@dataclass(frozen=True)
class Check:
    """A check that passed, or did not apply to the project: `skipped` is then the reason."""

    name: str
    milliseconds: int = 0
    skipped: str = ""

    @property
    def title(self) -> str:
        """The name in a record; a skipped check must not look like a passed check."""
        return f"skipped: {self.name}, {self.skipped}" if self.skipped else self.name


def entry(
    checks: Iterable[Check],
    *,
    images: Mapping[str, str],
    backing: Mapping[str, Mapping[str, str]],
    milliseconds: int,
) -> dict[str, Any]:
    """The entry of an assembled release. A failed check ends a run, so all of these passed or were skipped."""
    listed = tuple(checks)
    return evidence.entry(
        evidence.SMOKE,
        images,
        [evidence.Ran(each.title, 0, each.milliseconds) for each in listed],
        passed=sum(not each.skipped for each in listed),
        failed=0,
        skipped=sum(bool(each.skipped) for each in listed),
        milliseconds=milliseconds,
        backing={name: dict(image) for name, image in backing.items()},
    )
