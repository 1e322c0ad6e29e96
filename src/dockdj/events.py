"""Events of a running use-case. Use-cases report them; the command line decides how they look."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Started:
    """A step begins. `step` is its name, for people."""

    step: str


@dataclass(frozen=True)
class Output:
    """A line of output of the program that the current step runs."""

    line: str


@dataclass(frozen=True)
class Finished:
    """The step of this name ended; `detail` is its result in a few words."""

    step: str
    detail: str = ""


@dataclass(frozen=True)
class Warned:
    """A problem that does not stop the work."""

    message: str


Event = Started | Output | Finished | Warned
Report = Callable[[Event], None]


def silent(event: Event) -> None:
    """Ignore an event: the default listener."""


@contextmanager
def step(report: Report, name: str) -> Iterator[None]:
    """Report the start of a step, and its end unless the body raises."""
    report(Started(name))
    yield
    report(Finished(name))
