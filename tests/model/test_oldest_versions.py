"""The oldest versions of other programs: read from any answer, stated once."""

import re
from pathlib import Path

import pytest

from dockdj.errors import MissingTool
from dockdj.model.oldest_versions import BUILDX, COMPOSE, ENGINE, GIT, Program, require

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        (ENGINE, "26.1.0"),
        (ENGINE, "26.1.5+dfsg1"),
        (ENGINE, "28.2.2"),
        (ENGINE, "100.0.1-rc.1"),
        (COMPOSE, "2.26.0\n"),
        (COMPOSE, "v2.40.3\n"),
        (COMPOSE, "2.29.2-desktop.2\n"),
        (COMPOSE, "5.0.0\n"),
        (BUILDX, "github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3\n"),
        (BUILDX, "github.com/docker/buildx v0.29.1 28f6246ff24e3d6f0bb1ee4d5b1d1a1d7b0e6a1f\n"),
        (GIT, "git version 2.39.5\n"),
        (GIT, "git version 2.50.1 (Apple Git-155)\n"),
        (GIT, "git version 2.47.0.windows.2\n"),
    ],
)
def test_supported_versions_are_accepted(program: Program, answer: str) -> None:
    assert require(program, answer) == ""


@pytest.mark.parametrize(
    ("program", "answer", "error"),
    [
        (ENGINE, "20.10.24+dfsg1", "Docker Engine is 20.10.24, and 26.1 or newer is needed"),
        (ENGINE, "26.0.2", "Docker Engine is 26.0.2, and 26.1 or newer is needed"),
        (COMPOSE, "v2.3.4\n", "Docker Compose is 2.3.4, and 2.26 or newer is needed"),
        (COMPOSE, "1.29.2\n", "Docker Compose is 1.29.2, and 2.26 or newer is needed"),
        (
            BUILDX,
            "github.com/docker/buildx v0.9.1 ed00243a0ce2a0aee75311b06e32d33b44729689\n",
            "Docker Buildx is 0.9.1",
        ),
        (GIT, "git version 2.25.1\n", "Git is 2.25.1, and 2.39 or newer is needed"),
        (GIT, "git version 1.8.3.1\n", "Git is 1.8.3.1, and 2.39 or newer is needed"),
    ],
)
def test_older_versions_are_refused_with_both_versions_and_a_way_out(program: Program, answer: str, error: str) -> None:
    with pytest.raises(MissingTool) as caught:
        require(program, answer)
    assert caught.value.message.startswith(error)
    assert caught.value.hint == f"{program.upgrade}, then again"


@pytest.mark.parametrize("answer", ["", "dev\n", "library-import", "git version unknown", "v2", "1234567.1"])
def test_versions_that_cannot_be_read_are_a_warning(answer: str) -> None:
    warning = require(COMPOSE, answer)
    assert warning.startswith("the version of Docker Compose cannot be read from ")
    assert "2.26 or newer is needed" in warning


def test_the_reference_and_the_test_bed_state_the_same_versions() -> None:
    rows = re.findall(
        r"^\| ([\w ]+) \| ([\d.]+) \|", (ROOT / "docs/reference/requirements.md").read_text(), re.MULTILINE
    )
    stated = {name: version for name, version in rows if name != "Python"}
    assert stated == {program.name: program.oldest for program in (ENGINE, COMPOSE, BUILDX, GIT)}
    bed = (ROOT / "testbed/lib/engine.sh").read_text()
    assert f"\nCOMPOSE_AT_LEAST={COMPOSE.oldest}\n" in bed and f"\nBUILDX_AT_LEAST={BUILDX.oldest}\n" in bed
