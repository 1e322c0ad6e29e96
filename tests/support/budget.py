"""The time budget of a run of the tests."""

CORES = 2


def verdict(seconds: float, budget_minutes: float, load: float, cores: int) -> str:
    """Compare a run's time with its budget, which is for an idle machine with CORES cores; `load` is the load average.

    On a busy machine the load explains an exceeded budget. Nothing fails by the clock.
    """
    minutes = seconds / 60
    used = f"{minutes:.1f} of {budget_minutes:g} minutes"
    machine = f"load average {load:.1f} on {cores} cores"
    if minutes <= budget_minutes:
        return f"budget: {used} ({minutes / budget_minutes:.0%}), {machine}"
    return f"BUDGET EXCEEDED: {used}, {machine}; the budget is for {CORES} idle cores"
