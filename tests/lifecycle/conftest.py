"""Releases that several modules publish: made once in a run, by the worker of the group `two-releases`."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dockdj.model.project.project import Project
from tests.conftest import remove_images
from tests.support import project as projects
from tests.support import runs
from tests.support.loaded import released
from tests.support.project import commit, write
from tests.support.registry import Registry, started


@dataclass(frozen=True)
class Two:
    """A project with the releases 1.0.0 and 1.1.0, the second with another small file, and a registry of its own."""

    project: Project
    registry: Registry


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """For modules with `pytest.mark.xdist_group("two-releases")`."""
    name = runs.name("two")
    project = projects.make(tmp_path_factory.mktemp("releases"), name)
    # What cannot be compressed, so that bytes on the wire are bytes of layers.
    chance = random.Random(name)
    base = [{"base": chance.randbytes(500_000)}, {"packages": chance.randbytes(300_000)}]
    released(project, "1.0.0", [*base, {"greeting.txt": b"hello"}])
    write(project.root, "greeting.txt", "hello, again\n")
    commit(project.root, "Greet again")
    released(project, "1.1.0", [*base, {"greeting.txt": b"hello, again"}, {"new": chance.randbytes(20_000)}])
    with started() as registry:
        yield Two(project, registry)
    remove_images(name)
