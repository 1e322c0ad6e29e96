from tests.support.budget import verdict


def test_run_within_its_budget_reports_the_used_part() -> None:
    assert verdict(1350, 30, 2.44, 2) == "budget: 22.5 of 30 minutes (75%), load average 2.4 on 2 cores"


def test_run_at_its_budget_is_within_it() -> None:
    assert verdict(1800, 30, 1, 2).startswith("budget: 30.0 of 30 minutes (100%)")


def test_exceeded_budget_is_reported_with_the_load() -> None:
    assert verdict(2460, 30, 8.06, 2) == (
        "BUDGET EXCEEDED: 41.0 of 30 minutes, load average 8.1 on 2 cores; the budget is for 2 idle cores"
    )
