"""Which versions a lifecycle deletes, and which configurations it refuses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.platform.version_lifecycle import DAY_SECONDS, DEFAULT, changed, surplus
from dockdj.localcloud.state.tables import Version, VersionStatus

NOW = 1_800_000_000.0
ROLE = "arn:aws:iam::123456789012:role/aws-elasticbeanstalk-service-role"
NOTHING: frozenset[str] = frozenset()


def versions(*ages: float) -> list[Version]:
    """Versions of these ages in days, newest first; each has its age as its label."""
    return [
        Version(
            "shop", f"{age:g}", "", "bucket", "key", "bundle", VersionStatus.PROCESSED, NOW - age * DAY_SECONDS, NOW
        )
        for age in sorted(ages)
    ]


def rule(name: str, **values: Any) -> dict[str, Any]:
    return changed(DEFAULT, {"ServiceRole": ROLE, "VersionLifecycleConfig": {name: {"Enabled": True, **values}}})


def labels(config: dict[str, Any], ages: list[float], used: frozenset[str] = NOTHING) -> list[str]:
    gone, _ = surplus(config, versions(*ages), "0", used, NOW)
    return [version.label for version in gone]


def test_nothing_goes_without_an_enabled_rule() -> None:
    assert labels(changed(DEFAULT, {}), [0, 400, 500]) == []


def test_the_oldest_go_and_the_new_version_does_not_count() -> None:
    assert labels(rule("MaxCountRule", MaxCount=2), [0, 1, 2, 3, 4]) == ["4", "3"]


def test_versions_older_than_the_limit_go() -> None:
    assert labels(rule("MaxAgeRule", MaxAgeInDays=3), [0, 1, 2.9, 3.1, 9]) == ["9", "3.1"]


def test_versions_in_use_stay_and_count() -> None:
    assert labels(rule("MaxCountRule", MaxCount=1), [0, 1, 2, 3], frozenset({"3"})) == ["2"]


@pytest.mark.parametrize("delete", [True, False])
def test_sources_go_if_the_rule_says_so(delete: bool) -> None:
    config = rule("MaxCountRule", MaxCount=1, DeleteSourceFromS3=delete)
    assert surplus(config, versions(0, 1, 2), "0", NOTHING, NOW)[1] is delete


@given(st.lists(st.integers(1, 500), unique=True, max_size=150), st.integers(1, 150), st.sets(st.integers(1, 500)))
def test_never_more_than_a_hundred_and_never_a_used_one(ages: list[int], count: int, used: set[int]) -> None:
    in_use = frozenset(str(age) for age in used)
    gone = labels(rule("MaxCountRule", MaxCount=count), [0.0, *map(float, ages)], in_use)
    kept = [age for age in ages if str(age) not in gone]
    assert len(gone) <= 100
    assert "0" not in gone
    assert not in_use & set(gone)
    assert len(gone) == 100 or len(kept) <= max(count, count + len(used))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"VersionLifecycleConfig": {"MaxCountRule": {"Enabled": True}}}, "MissingParameter"),
        (
            {
                "ServiceRole": ROLE,
                "VersionLifecycleConfig": {"MaxCountRule": {"Enabled": True}, "MaxAgeRule": {"Enabled": True}},
            },
            "InvalidParameterCombination",
        ),
        (
            {"ServiceRole": ROLE, "VersionLifecycleConfig": {"MaxCountRule": {"Enabled": True, "MaxCount": 0}}},
            "InvalidParameterValue",
        ),
    ],
)
def test_impossible_lifecycles_are_refused(given: dict[str, Any], code: str) -> None:
    with pytest.raises(ApiError) as refused:
        changed(DEFAULT, given)
    assert refused.value.code == code


def test_a_change_keeps_the_role_and_the_rule_that_it_does_not_name() -> None:
    first = rule("MaxCountRule", MaxCount=5)
    second = changed(first, {"VersionLifecycleConfig": {"MaxAgeRule": {"Enabled": False, "MaxAgeInDays": 7}}})
    assert second["ServiceRole"] == ROLE
    assert second["VersionLifecycleConfig"]["MaxCountRule"]["MaxCount"] == 5
    assert second["VersionLifecycleConfig"]["MaxAgeRule"]["MaxAgeInDays"] == 7
