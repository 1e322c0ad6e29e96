"""The order of Debian versions, with dpkg itself as the witness where it is installed."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockdj.model.diff.debian_version import compare

RISING = [
    ("1.0~rc1-1", "1.0-1"),
    ("1.0~~", "1.0~"),
    ("1.0", "1.0a"),
    ("1.0a", "1.0+b"),
    ("9", "10"),
    ("9.9.9", "1:0"),
    ("2.36-9+deb12u9", "2.36-9+deb12u14"),
    ("1.7.1-6", "1.7.1-6+deb13u4"),
    ("3.5.1-1-1", "3.5.1-1-2"),
    ("1.0-1~bpo12+1", "1.0-1"),
]
SAME = [("1.0", "0:1.0"), ("1.0", "1.0-0"), ("01.002", "1.2"), ("1.a", "1.a0")]


@pytest.mark.parametrize(("lower", "higher"), RISING)
def test_versions_rise_in_dpkgs_order(lower: str, higher: str) -> None:
    assert (compare(lower, higher), compare(higher, lower), compare(lower, lower)) == (-1, 1, 0)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_differently_written_versions_can_be_the_same(one: str, other: str) -> None:
    assert compare(one, other) == compare(other, one) == 0


# Few characters, so that pairs agree far enough for the rules that matter to decide.
UPSTREAM = st.text(alphabet="019.~+-ab", max_size=6).map(lambda text: f"1{text}")
VERSIONS = st.builds(
    lambda epoch, upstream, revision: epoch + upstream + revision,
    st.sampled_from(["", "0:", "1:", "10:"]),
    UPSTREAM,
    st.text(alphabet="01~+a.", min_size=1, max_size=4).map(lambda text: f"-{text}"),
)
OPERATORS = {-1: "lt", 0: "eq", 1: "gt"}


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is Debian's")
@settings(max_examples=400)
@given(VERSIONS, VERSIONS)
def test_dpkg_orders_them_alike(one: str, other: str) -> None:
    argv = ["dpkg", "--compare-versions", one, OPERATORS[compare(one, other)], other]
    asked = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert (asked.returncode, asked.stderr) == (0, "")


@given(VERSIONS, VERSIONS, VERSIONS)
def test_comparison_is_a_total_order(one: str, two: str, three: str) -> None:
    assert compare(one, two) == -compare(two, one)
    if compare(one, two) <= 0 and compare(two, three) <= 0:
        assert compare(one, three) <= 0


@pytest.mark.parametrize(
    "one, other, order",
    [
        ("1." + "9" * 5000, "1.1" + "0" * 5000, -1),
        ("9" * 5000 + ":1", "1:1", 1),
        ("1:" + "0" * 5000, "1:0", 0),
        ("0" * 5000 + "7", "7", 0),
        ("\u0667:1", "1", 1),
    ],
)
def test_numbers_of_any_length_are_compared(one: str, other: str, order: int) -> None:
    assert compare(one, other) == order
