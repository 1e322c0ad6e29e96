"""The smoke tests' entry in the evidence of a release record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dockdj.model.release.suites import SMOKE, BackingImage, CheckResult, SuiteResult


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
    checks: Iterable[Check], *, images: Mapping[str, str], backing: Mapping[str, BackingImage], milliseconds: int
) -> SuiteResult:
    """The result of an assembled release. A failed check ends a run, so all of these passed or were skipped."""
    listed = tuple(checks)
    return SuiteResult(
        suite=SMOKE,
        exit=0,
        passed=sum(not check.skipped for check in listed),
        failed=0,
        skipped=sum(bool(check.skipped) for check in listed),
        milliseconds=milliseconds,
        checks=tuple(CheckResult(check.title, 0, check.milliseconds) for check in listed),
        images=images,
        backing=backing,
    )
