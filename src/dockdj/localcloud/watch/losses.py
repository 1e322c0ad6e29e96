"""Instances that are lost: which of them an auto scaling group would replace."""

from __future__ import annotations

from collections.abc import Sequence

from dockdj.localcloud.contract import Life
from dockdj.localcloud.watch.window import Sample

STOPPED_SECONDS = 2.0
"""A machine that was seen stopped for so long does not come back."""
SILENT_SECONDS = 30.0
"""A machine that did not answer for so long has failed its status check."""


def lost(samples: Sequence[Sample]) -> frozenset[str]:
    """The ids of the instances that did not live in any sample of the last seconds, samples oldest first."""
    if not samples:
        return frozenset()
    return frozenset(
        item.id
        for item in samples[-1].observation.instances
        if item.life != Life.ANSWERS and _seconds_without(item.id, samples) >= _limit(item.life)
    )


def missing(samples: Sequence[Sample], size: int) -> int:
    """The number of instances that all samples of the last seconds lack."""
    recent = [sample for sample in samples if samples[-1].at - sample.at <= STOPPED_SECONDS * 2]
    if len(recent) < 2:
        return 0
    return max(0, size - max(len(sample.observation.instances) for sample in recent))


def _limit(life: Life) -> float:
    return STOPPED_SECONDS if life == Life.STOPPED else SILENT_SECONDS


def _seconds_without(instance_id: str, samples: Sequence[Sample]) -> float:
    """The time since an instance answered last."""
    since = samples[-1].at
    for sample in reversed(samples):
        lives = {item.id: item.life for item in sample.observation.instances}
        if lives.get(instance_id, Life.ANSWERS) == Life.ANSWERS:
            break
        since = sample.at
    return samples[-1].at - since
