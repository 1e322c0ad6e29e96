"""The folder of evidence: complete, replaced atomically, and never a reason to fail."""

from pathlib import Path

import pytest

from dockdj.events import Event, Warned
from dockdj.lifecycle.build.evidence_folder import keep, kept
from dockdj.lifecycle.tested_images import evidence
from dockdj.model.project.project import Project, Recipe
from tests.support.project import write
from tests.support.qa import images


@pytest.fixture
def project(tmp_path: Path) -> Project:
    write(tmp_path, "one/junit.xml", "<junit/>")
    write(tmp_path, "two/summary.json", "{}")
    return Project("shop", "0.1.0", Recipe("0"), root=tmp_path)


def names(project: Project) -> list[str]:
    """The names in the folder of evidence, hidden files included."""
    return sorted(entry.name for entry in (project.root / ".dockdj/evidence").iterdir())


def test_evidence_is_kept_by_version_and_replaced_as_a_whole(project: Project) -> None:
    place = keep(project.root / "one", project, "1.0.0")
    assert place == kept(project, "1.0.0") == project.root / ".dockdj/evidence/1.0.0"
    assert (place / "junit.xml").read_text() == "<junit/>"
    keep(project.root / "two", project, "1.0.0")
    keep(project.root / "two", project, "1.0.1")
    assert [file.name for file in place.iterdir()] == ["summary.json"]
    assert names(project) == ["1.0.0", "1.0.1"]
    assert (project.root / ".dockdj/.gitignore").read_text() == "*\n"


def test_evidence_that_cannot_be_kept_is_only_a_warning(project: Project) -> None:
    events: list[Event] = []
    write(project.root, ".dockdj", "a file")
    keep(project.root / "one", project, "1.0.0", events.append)
    [warned] = events
    assert isinstance(warned, Warned) and ".dockdj/evidence/1.0.0" in warned.message


def test_evidence_that_a_killed_run_moved_away_is_restored_and_the_rest_removed(project: Project) -> None:
    write(project.root, ".dockdj/evidence/.1.0.0-x/old/junit.xml", "of before")
    write(project.root, ".dockdj/evidence/.1.0.0-y/new/junit.xml", "half")
    write(project.root, ".dockdj/evidence/.1.0.0+stack.1-z/old/junit.xml", "another version's")
    events: list[Event] = []
    # This run writes nothing either.
    place = keep(project.root / "not-there", project, "1.0.0", events.append)
    assert len(events) == 1
    assert (place / "junit.xml").read_text() == "of before"
    assert names(project) == [".1.0.0+stack.1-z", "1.0.0"]


def test_evidence_of_tested_images_is_kept_as_long_as_the_images_are_remembered(project: Project) -> None:
    one, two = (images(index=f"sha256:{digit * 64}") for digit in "12")
    evidence.remember(project.root / "one", project, one, ())
    evidence.remember(project.root / "two", project, two, (one,))
    keep(project.root / "one", project, "1.0.0")
    copy = project.root / "copy"
    write(copy, "control.junit.xml", "")
    evidence.take(project, one, copy)
    assert sorted(file.name for file in copy.iterdir()) == ["control.junit.xml", "junit.xml"]

    evidence.remember(project.root / "two", project, two, ())
    assert names(project) == ["1.0.0", f"qa-{'2' * 12}"]
