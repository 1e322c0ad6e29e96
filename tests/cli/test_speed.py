"""`history` and `diff` stay quick with many large releases: by processor time, and beside what they must not do.

Reading all records whole is the measure: on a slow machine it is slow, too, and what others do there counts for both.
How long the commands take is in docs/performance.md: a sixth and a twelfth of that.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dockdj.adapters.git.repository import find
from dockdj.adapters.git.tags import message
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.project.project import Project
from tests.support import many

RELEASES = 1000
# Of what reading all takes. Only another order fails.
MOST = 0.5
READING_ALL = """
import sys
from pathlib import Path
from dockdj.adapters import project_file
from dockdj.lifecycle.history import tags as release_tags
sys.exit(len(release_tags.of_project(project_file.load(Path(sys.argv[1])))) != int(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("many")
    made = many.make(folder, RELEASES, system=180, python=60, npm=100)
    size = len(message(find(folder), "v1.0.0") or b"")
    assert 22_000 < size < 32_000, size
    return made


@pytest.fixture(scope="module")
def whole(shop: Project) -> float:
    """The processor time of reading every record whole."""
    return seconds(sys.executable, "-c", READING_ALL, str(shop.root), str(RELEASES))


def seconds(*command: str) -> float:
    """The processor time of a program, and of those that it starts."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    # Of this one alone: the sum over all children grows by whatever else is collected meanwhile.
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_utime + used.ru_stime


def dockdj(project: Project, *arguments: str) -> float:
    """The processor time of a command."""
    return seconds(str(Path(sys.executable).with_name("dockdj")), "--project", str(project.root), *arguments)


def test_a_thousand_releases_are_listed_without_reading_all_of_each(shop: Project, whole: float) -> None:
    assert dockdj(shop, "history", "--json") < MOST * whole


def test_two_of_them_are_compared_by_themselves(shop: Project, whole: float) -> None:
    assert dockdj(shop, "diff", "1.997.0", "1.998.0") < MOST * whole


def test_all_are_listed_in_order_and_as_they_are(shop: Project) -> None:
    found = release_tags.listed(shop)
    assert [str(one.version) for one in found] == [f"1.{number}.0" for number in range(RELEASES)]
    for one in found[:: RELEASES // 5]:
        whole = release_tags.find(shop, one.version)
        assert (one.digest, one.commit, one.created) == (whole.digest, whole.commit, whole.created)


def test_a_mistake_in_dockdj_toml_stops_no_comparison(shop: Project) -> None:
    """In an incident it must not; nor is time spent on reading the file."""
    file = shop.root / "dockdj.toml"
    text = file.read_text()
    file.write_text("name = ")
    try:
        dockdj(shop, "diff", "1.997.0", "1.998.0")
        dockdj(shop, "show", "1.997.0")
    finally:
        file.write_text(text)
