"""Broken links and paths that do not exist fail on a small sample."""

from pathlib import Path

import pytest

from tests.house.links import offences


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a page and a module."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/page.md").write_text("# Page\n\n## A `part` of it\n")
    (tmp_path / "src/dockdj/model").mkdir(parents=True)
    (tmp_path / "src/dockdj/model/version.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "[a](docs/page.md)",
        "[a](docs/page.md#a-part-of-it)",
        "[a](https://example.com/nowhere)",
        "# Here\n[a](#here)",
        "`model/version.py`, `src/dockdj/model`, `cli/commands/VERB.py`",
    ],
)
def test_links_and_paths_that_exist_pass(root: Path, text: str) -> None:
    (root / "README.md").write_text(text)
    assert list(offences(root)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[a](docs/none.md)", "README.md:1: the link docs/none.md leads nowhere"),
        ("x\n[a](docs/page.md#other)", "README.md:2: the link docs/page.md#other leads nowhere"),
        ("[a](#here)", "README.md:1: the link #here leads nowhere"),
        ("`adapters/beanstalk.py`", "README.md:1: adapters/beanstalk.py does not exist"),
    ],
)
def test_broken_links_and_missing_paths_fail(root: Path, text: str, reason: str) -> None:
    (root / "README.md").write_text(text)
    assert [str(offence) for offence in offences(root)] == [reason]
