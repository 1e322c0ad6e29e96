"""What happens while a use-case runs. Logic tells; the command line decides what is shown."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Started:
    """A step begins; `step` is what a person reads."""

    step: str


@dataclass(frozen=True)
class Output:
    """One line of an outside program that the current step runs."""

    line: str


@dataclass(frozen=True)
class Finished:
    """The step of this name is done; `detail` is its result in a few words."""

    step: str
    detail: str = ""


@dataclass(frozen=True)
class Warned:
    """Something a person should know that does not stop the work."""

    message: str


Event = Started | Output | Finished | Warned
Report = Callable[[Event], None]


def silent(event: Event) -> None:
    """The default listener."""


@contextmanager
def step(report: Report, name: str) -> Iterator[None]:
    """Report that a step starts, and that it finished unless it raises."""
    report(Started(name))
    yield
    report(Finished(name))
