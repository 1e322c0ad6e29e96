"""Which version may be released from which commit, and what makes the answer unknown."""

from dataclasses import replace

import pytest

from dockdj.errors import Refused
from dockdj.model.release.rules import AlreadyReleased, MakeRelease, Observed, RemoteReferences, RemoteSilent, decide
from dockdj.model.version import parse
from tests.support.records import release as record

HEAD = "1" * 40
FRESH = Observed(HEAD, False, (), None, {"refs/heads/main": HEAD}, "main", on_default=True, on_release=False)


def refused(version: str, observed: Observed) -> str:
    with pytest.raises(Refused) as caught:
        decide(parse(version), observed)
    assert caught.value.hint
    return caught.value.message


def test_a_first_release_makes_its_branch() -> None:
    assert decide(parse("1.0.0"), FRESH) == MakeRelease(HEAD, "release-v1.0")
    assert decide(parse("1.0.3"), FRESH) == MakeRelease(HEAD, "release-v1.0")


def test_a_patch_comes_from_its_release_branch() -> None:
    branched = replace(FRESH, has_release_branch=True)
    assert decide(parse("1.0.1"), replace(branched, on_release=True)) == MakeRelease(HEAD, None)
    assert "release-v1.0" in refused("1.0.1", branched)


def test_a_commit_outside_the_default_branch_makes_no_new_series() -> None:
    assert "main" in refused("1.1.0", replace(FRESH, on_default=False))


def test_the_same_version_of_the_same_commit_is_there_already() -> None:
    there = record("1.0.0", commit=HEAD)
    same = replace(FRESH, existing=there, references={**FRESH.references, "refs/tags/v1.0.0": HEAD})
    assert decide(parse("1.0.0"), same) == AlreadyReleased(there)


def test_a_tag_with_other_content_refuses() -> None:
    other = replace(FRESH, references={**FRESH.references, "refs/tags/v1.0.0": "2" * 40})
    assert "other content" in refused("1.0.0", other)
    assert "other content" in refused("1.0.0", replace(other, existing=record("1.0.0", commit=HEAD)))


def test_a_tag_on_this_commit_that_is_no_release_of_it_is_told_from_one() -> None:
    here = replace(FRESH, references={**FRESH.references, "refs/tags/v1.0.0": HEAD})
    assert refused("1.0.0", here).endswith("it holds no release record")
    assert refused("1.0.0", replace(here, existing=record("1.0.0", commit="2" * 40))).endswith("commit, 222222222222")


def test_modified_files_refuse_unless_a_commit_is_named() -> None:
    dirty = replace(FRESH, modified=("app/views.py",))
    assert "app/views.py" in refused("1.0.0", dirty)
    assert decide(parse("1.0.0"), replace(dirty, explicit=True)) == MakeRelease(HEAD, "release-v1.0")


def hint(version: str, observed: Observed) -> str:
    with pytest.raises(Refused) as caught:
        decide(parse(version), observed)
    return caught.value.hint


def test_a_part_of_a_clone_needs_what_the_remote_has() -> None:
    part = replace(FRESH, remote="origin", remote_state=RemoteReferences({"refs/heads/main": HEAD}))
    assert decide(parse("1.0.0"), part) == MakeRelease(HEAD, "release-v1.0")

    tags = {"refs/tags/v1.0.0": "2" * 40, "refs/tags/v1.0.0^{}": HEAD}
    tagged = replace(part, remote_state=RemoteReferences({"refs/heads/main": HEAD, **tags}))
    assert refused("1.0.0", tagged) == refused("1.1.0", tagged)
    assert refused("1.0.0", tagged).endswith("only a part of `origin`; it lacks v1.0.0")
    assert hint("1.0.0", tagged).startswith("git fetch --tags origin,")
    assert hint("1.0.0", replace(tagged, shallow=True)).startswith("git fetch --unshallow --tags origin,")

    branches = {"refs/heads/main": HEAD, "refs/heads/release-v1.0": "2" * 40}
    branched = replace(part, remote_state=RemoteReferences(branches))
    assert refused("1.0.1", branched).endswith("it lacks the branch release-v1.0")
    assert hint("1.0.1", branched).startswith("git fetch --tags origin release-v1.0:release-v1.0,")
    known = replace(branched, has_release_branch=True, on_release=True)
    assert decide(parse("1.0.1"), known) == MakeRelease(HEAD, None)

    elsewhere = replace(part, has_default_branch=False, on_default=False)
    assert refused("1.0.0", elsewhere).endswith("it lacks the branch main")


def test_what_a_silent_remote_has_is_not_guessed() -> None:
    silent = replace(FRESH, remote="origin", remote_state=RemoteSilent("`origin` does not answer"), shallow=True)
    assert refused("1.0.0", silent).endswith("`origin` does not answer")
    assert hint("1.0.0", silent).startswith("git fetch --unshallow --tags origin")


def test_a_series_that_is_begun_is_not_begun_again() -> None:
    begun = replace(FRESH, references={**FRESH.references, "refs/tags/v1.0.2+stack.1": HEAD, "refs/tags/v1.0.2": HEAD})
    assert refused("1.0.3", begun) == "1.0.2+stack.1 is released, and its branch release-v1.0 is not here"
    assert hint("1.0.3", begun) == "git branch release-v1.0 v1.0.2+stack.1"
    assert hint("1.0.0", replace(begun, remote="origin")).startswith(
        "git fetch --tags origin release-v1.0:release-v1.0;"
    )
    assert decide(parse("1.1.0"), begun) == MakeRelease(HEAD, "release-v1.1")


@pytest.mark.parametrize(
    ("reference", "command"),
    [
        ("refs/heads/release-v1.0/fix", "git branch --move release-v1.0/fix release-v1.0-fix"),
        ("refs/tags/v1.0.0/draft", "git tag v1.0.0-draft v1.0.0/draft && git tag --delete v1.0.0/draft"),
        (
            "refs/remotes/origin/release-v1.0/fix",
            "git push origin refs/remotes/origin/release-v1.0/fix:refs/heads/release-v1.0-fix && "
            "git push origin --delete release-v1.0/fix",
        ),
    ],
)
def test_a_name_that_blocks_the_releases_own_is_refused_with_the_command_that_moves_it(
    reference: str, command: str
) -> None:
    blocked = replace(FRESH, remote="origin", references={**FRESH.references, reference: "2" * 40})
    message = refused("1.0.0", blocked)
    assert reference.split("/", 2)[2].removeprefix("origin/") in message and "impossible" in message
    assert command in hint("1.0.0", blocked)
    # It blocks no other version.
    assert decide(parse("1.1.0"), blocked) == MakeRelease(HEAD, "release-v1.1")


def test_a_branch_that_blocks_at_the_remote_alone_is_refused() -> None:
    theirs = RemoteReferences({"refs/heads/main": HEAD, "refs/heads/release-v1.0/fix": HEAD})
    message = refused("1.0.0", replace(FRESH, remote="origin", remote_state=theirs))
    assert message == "branch release-v1.0/fix of `origin` makes branch release-v1.0 impossible"


def test_a_patch_needs_no_free_name_for_a_branch_that_exists() -> None:
    branched = replace(FRESH, has_release_branch=True, on_release=True, remote="origin")
    # Another remote has its own names, and a branch's name is no tag's.
    for other in ("refs/remotes/fork/release-v1.1/x", "refs/heads/v1.0.1/x", "refs/tags/release-v1.1/x"):
        assert decide(parse("1.0.1"), replace(branched, references={**FRESH.references, other: HEAD}))
        assert decide(parse("1.1.0"), replace(FRESH, remote="origin", references={**FRESH.references, other: HEAD}))
