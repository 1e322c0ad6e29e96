"""Configuration files of a release, checked before it is built."""

from pathlib import Path

import pytest

from dockdj.errors import ProjectError
from dockdj.events import Event, Warned
from dockdj.lifecycle.bundle import extensions
from tests.support.project import write

BROKEN = "option_settings:\n  A: b: c\n"
FILES = {
    ".ebextensions/10.config": BROKEN,
    ".ebextensions/20.config": "files: {}\n\nfiles: {}\n",
    ".ebextensions/30.config": "commands:\n  1: {command: x}\n",
    ".ebextensions/40.txt": BROKEN,
    ".ebextensions/more/50.config": BROKEN,
    "app/.ebextensions/60.config": BROKEN,
    "docs/60.config": BROKEN,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        write(tmp_path, path, text)
    (tmp_path / ".ebextensions/70.config").symlink_to("40.txt")
    return tmp_path


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(ProjectError) as caught:
        extensions.check(folder)
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


def test_every_mistake_is_named_with_file_and_line(folder: Path) -> None:
    assert mistakes(folder) == [
        ".ebextensions/10.config:2: mapping values are not allowed here",
        ".ebextensions/20.config:3: files is already in line 1; one of the two is dropped",
    ]


def test_only_what_is_in_the_bundle_is_checked(folder: Path) -> None:
    write(folder, ".ebignore", "*.txt\n/.ebextensions/20.config\n")
    assert mistakes(folder) == [
        ".ebextensions/10.config:2: mapping values are not allowed here",
        "app/.ebextensions/60.config:2: mapping values are not allowed here",
    ]
    write(folder, ".ebignore", ".ebextensions/\n")
    extensions.check(folder)


def test_a_key_for_which_the_file_is_skipped_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, ".ebextensions/10.config", "option_settings: {}\nOptionSettings: {}\n")
    events: list[Event] = []
    extensions.check(tmp_path, events.append)
    [warning] = events
    assert isinstance(warning, Warned)
    assert warning.message.startswith(".ebextensions/10.config:2: ") and "OptionSettings" in warning.message


def test_a_project_without_such_files_has_no_mistake(tmp_path: Path) -> None:
    extensions.check(tmp_path)
