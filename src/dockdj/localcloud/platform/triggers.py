"""The trigger and the bounds of an environment's scaling, from its option settings."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dockdj.localcloud.platform.option_rules import ASG, ENVIRONMENT, TRIGGER, Key
from dockdj.localcloud.platform.options import effective, fleet_size
from dockdj.localcloud.watch.scaling import Bounds, Measure, Statistic, Trigger

MEASURES = {**{measure.value: measure for measure in Measure}, "TargetResponseTime": Measure.LATENCY}
"""The measures by the option's words. Network, disk and counts of healthy hosts are not measured here."""
MILLISECONDS = 1000


def trigger_of(options: Mapping[Key, str]) -> Trigger | None:
    """The trigger of an environment; None if it does not scale by a measure that the local cloud takes."""
    texts = effective(options)
    measure = MEASURES.get(texts[TRIGGER, "MeasureName"])
    if measure is None or texts[ENVIRONMENT, "EnvironmentType"] == "SingleInstance":
        return None
    period = int(texts[TRIGGER, "Period"])
    breach = math.ceil(int(texts[TRIGGER, "BreachDuration"]) / period)
    scale = MILLISECONDS if measure == Measure.LATENCY and texts[TRIGGER, "Unit"] == "Milliseconds" else 1
    return Trigger(
        measure=measure,
        statistic=Statistic(texts[TRIGGER, "Statistic"]),
        lower=float(texts[TRIGGER, "LowerThreshold"]) / scale,
        upper=float(texts[TRIGGER, "UpperThreshold"]) / scale,
        shrink=int(texts[TRIGGER, "LowerBreachScaleIncrement"]),
        grow=int(texts[TRIGGER, "UpperBreachScaleIncrement"]),
        period=period,
        periods=max(int(texts[TRIGGER, "EvaluationPeriods"]), breach),
        cooldown=float(texts[ASG, "Cooldown"]),
    )


def bounds_of(options: Mapping[Key, str], size: int) -> Bounds:
    """The size of a fleet that scaled to `size`, 0 if it never did, and the bounds of its options."""
    texts = effective(options)
    return Bounds(fleet_size(options, size), int(texts[ASG, "MinSize"]), int(texts[ASG, "MaxSize"]))
