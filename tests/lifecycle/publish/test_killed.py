"""`release` and `publish` killed at every step boundary, and run again: no half release is ever visible."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.lifecycle.history import log, registry_index
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.support.killed import die_at_next
from tests.support.project import commit, git
from tests.support.small import TARGET, small
from tests.support.whole import has_its_images, no_half_release_is_visible, nothing_is_left_over

__all__ = ["small"]
pytestmark = pytest.mark.docker
ONE = parse("1.0.0")


@pytest.fixture
def away(small: Project, registry: str, tmp_path: Path) -> Iterator[Project]:
    """The small project with a bare remote, and a target whose registry is the test's."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(small.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    repository = f"{registry}/{small.name}"
    with (small.root / "dockdj.toml").open("a") as file:
        file.write(TARGET.format(repository=repository))
    commit(small.root, "A target")
    yield project_file.load(small.root)


def test_release_and_publish_converge_after_a_kill_at_every_step_boundary(away: Project, tmp_path: Path) -> None:
    repository = away.targets["away"].repository
    assert repository
    environment = {"TMPDIR": str(tmp_path)}
    died = tmp_path / "release-died"
    seen = []
    while die_at_next(died, away.root, "release", "1.0.0", environment=environment):
        seen.append(no_half_release_is_visible(away, ONE, repository))
    steps = died.read_text().splitlines()
    assert seen == ["not released"] * (len(steps) - 1) + ["not published"]
    assert steps[0] == "after: nothing"
    assert steps[-1].startswith("after: tag v1.0.0")
    assert git(away.root, "tag") == "v1.0.0"
    has_its_images(away, ONE)
    nothing_is_left_over(away)

    died = tmp_path / "publish-died"
    seen = []
    while die_at_next(died, away.root, "publish", "1.0.0", "--to", "away", environment=environment):
        seen.append(no_half_release_is_visible(away, ONE, repository))
    steps = died.read_text().splitlines()
    written = next(number for number, step in enumerate(steps) if step.startswith("after: write the index"))
    assert seen == ["not published"] * written + ["published"] * (len(steps) - written)
    assert {"after: push the record", "after: push django"} <= set(steps)
    assert steps[-1].startswith("after: push v1.0.0")
    assert registry_index.require(repository, ONE).missing == ()
    assert [(one.what, one.target, one.outcome) for one in log.read(away)] == [("published", "away", "ok")]
    remote = away.root.parent / "remote.git"
    assert git(remote, "rev-parse", "v1.0.0") == git(away.root, "rev-parse", "v1.0.0")
    nothing_is_left_over(away)
