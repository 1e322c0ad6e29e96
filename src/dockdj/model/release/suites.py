"""The results of test suites, as a release record holds them."""

from collections.abc import Mapping
from dataclasses import dataclass

# The suites of a record: inside the build, on the assembled release, and of a restack on the images it was made from.
BUILD, SMOKE, CONTROL = "build", "smoke", "control"
# The check of docker/django/checks.py that runs the project's own tests.
TESTS = "tests"


@dataclass(frozen=True)
class CheckResult:
    """A check of a suite: its name, the exit status of its program, and how long it took."""

    name: str
    exit: int
    milliseconds: int


@dataclass(frozen=True)
class BackingImage:
    """The image of a service that stands in for one of the target's: its name, and its configuration's digest."""

    name: str
    config: str


@dataclass(frozen=True)
class SuiteResult:
    """The result of a suite on a set of images.

    `images` is service -> config digest of the images under test. `known` are the failed tests that fail on the old
    stack, too; `backing` are the smoke test's backing services; `report` is the digest of the JUnit report. Each is
    None where the suite has none.
    """

    suite: str
    exit: int
    passed: int
    failed: int
    skipped: int
    milliseconds: int
    checks: tuple[CheckResult, ...]
    images: Mapping[str, str]
    backing: Mapping[str, BackingImage] | None = None
    known: tuple[str, ...] | None = None
    report: str | None = None
