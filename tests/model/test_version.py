import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version as Witness

from dockdj.errors import UsageError
from dockdj.model.version import Version, attempt, parse

numbers = st.integers(0, 999_999_999)
versions = st.builds(Version, numbers, numbers, numbers, numbers)


@given(versions)
def test_parse_reads_what_str_writes(version: Version) -> None:
    assert parse(str(version)) == version


@given(versions, versions)
def test_order_is_by_number_and_a_restack_follows_its_version(a: Version, b: Version) -> None:
    assert (a < b) == ((a.major, a.minor, a.patch, a.stack) < (b.major, b.minor, b.patch, b.stack))


small = st.integers(0, 12)
near = st.builds(Version, small, small, small, small)


@given(near, near)
def test_order_agrees_with_pep_440(a: Version, b: Version) -> None:
    """In PEP 440, too, `+stack.N` is above the plain version and ordered by N."""
    one, other = Witness(str(a)), Witness(str(b))
    assert (a < b, a == b) == (one < other, one == other)


@given(st.lists(near))
def test_sorting_agrees_with_pep_440(versions: list[Version]) -> None:
    assert [str(version) for version in sorted(versions)] == sorted(map(str, versions), key=Witness)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "v1.2.3",
        "01.2.3",
        "1.2.3-rc1",
        "1.2.3+stack.0",
        "1.2.3+stack.",
        "1.2.3+build",
        " 1.2.3",
        "1.2.3\n",
        "\u0661.\u0662.\u0663",
    ],
)
def test_invalid_version_is_refused_with_the_expected_form(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert "MAJOR.MINOR.PATCH" in caught.value.hint
    assert attempt(text) is None


def test_tag_branch_and_label_derive_from_the_version() -> None:
    version = parse("1.2.3+stack.4")
    assert (version.tag, version.branch, version.label) == ("v1.2.3+stack.4", "release-v1.2", "1.2.3_stack.4")
