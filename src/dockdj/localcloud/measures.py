"""Measures of instances and balancers, as they count them: since their start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """A request that was answered a short time ago."""

    at: float
    """Seconds since the epoch, when the answer was complete."""
    seconds: float
    """From the request to the end of its answer."""


@dataclass(frozen=True)
class Traffic:
    """Requests that a balancer answered since it started, and the latest ones each."""

    statuses: tuple[int, int, int, int] = (0, 0, 0, 0)
    """How many were answered with 2xx, 3xx, 4xx and 5xx."""
    answers: tuple[Answer, ...] = ()
    """The latest, oldest first. A busy balancer forgets the older ones."""


NO_TRAFFIC = Traffic()


@dataclass(frozen=True)
class Load:
    """The load of an instance."""

    averages: tuple[float, ...]
    """Over one, five and fifteen minutes, of the machine that the containers run on."""
    user: float
    """Seconds of processor time since the instance's start, in user mode."""
    system: float
    """The same in the kernel."""
    processors: int
