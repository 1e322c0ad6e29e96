"""`history` and `diff` stay quick with many large releases, by processor time: a busy machine changes that least.

The limits are several times what an idle machine takes (docs/performance.md), so that only another order fails.
"""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from dockdj.adapters.git import find, tag_message
from dockdj.lifecycle import records
from dockdj.model.project import Project
from tests.support import many

RELEASES = 1000
HISTORY_SECONDS = 1.5
DIFF_SECONDS = 1.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("many")
    made = many.make(folder, RELEASES, system=180, python=60, npm=100)
    size = len(tag_message(find(folder), "v1.0.0") or "")
    assert 22_000 < size < 32_000, size
    return made


def seconds(project: Project, *arguments: str) -> float:
    """The processor time of a command, the programs it starts included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(Path(sys.executable).with_name("dockdj")), "--project", str(project.root), *arguments]
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_thousand_releases_are_listed_without_reading_all_of_each(shop: Project) -> None:
    assert seconds(shop, "history", "--json") < HISTORY_SECONDS


def test_two_of_them_are_compared_by_themselves(shop: Project) -> None:
    assert seconds(shop, "diff", "1.997.0", "1.998.0") < DIFF_SECONDS


def test_all_are_listed_in_order_and_as_they_are(shop: Project) -> None:
    found = records.listed(shop)
    assert [str(one.version) for one in found] == [f"1.{number}.0" for number in range(RELEASES)]
    for one in found[:: RELEASES // 5]:
        whole = records.find(shop, one.version)
        assert (one.digest, one.commit, one.created) == (whole.digest, whole.commit, whole.document["created"])


def test_a_mistake_in_dockdj_toml_stops_no_comparison(shop: Project) -> None:
    """In an incident it must not; nor is time spent on reading the file."""
    file = shop.root / "dockdj.toml"
    text = file.read_text()
    file.write_text("name = ")
    try:
        seconds(shop, "diff", "1.997.0", "1.998.0")
        seconds(shop, "show", "1.997.0")
    finally:
        file.write_text(text)
