"""Fingerprints say what the content is: equal for builds that share nothing, and each changes with its own part."""

import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import repository as git
from dockdj.adapters.inventory import inventory
from dockdj.lifecycle.release.app_fields import print_of
from dockdj.lifecycle.release.image_fields import service_image
from dockdj.model.release.fingerprint import fingerprint
from tests.conftest import remove_images
from tests.support import project as projects
from tests.support import runs
from tests.support.project import commit, write

pytestmark = pytest.mark.docker

DOCKERFILE = """\
FROM python:3.13-slim-trixie
RUN apt-get update && apt-get install -y --no-install-recommends {packages} && rm -rf /var/lib/apt/lists/*
RUN pip install --quiet --no-cache-dir sqlparse==0.5.3
COPY app /app
LABEL org.dockdj.config="/app/app.conf"
"""
BUILDS = {
    "first": ("jq", "--no-cache"),
    "second": ("jq", "--no-cache"),
    "third": ("jq", "--no-cache"),
    "another package": ("jq tree", "--quiet"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Build -> image: three of one commit that share no layer but the base's, and one with a package more."""
    name = runs.name("fingerprint-")
    folder = tmp_path_factory.mktemp("fingerprints")
    write(folder, "app/app.conf", "size 1m\n")

    def build(one: str) -> str:
        packages, option = BUILDS[one]
        tag = f"{name}:{one.replace(' ', '-')}"
        argv = ["docker", "buildx", "build", "--quiet", option, "--tag", tag, "--file", "-", str(folder)]
        subprocess.run(argv, input=DOCKERFILE.format(packages=packages), text=True, check=True, capture_output=True)
        return tag

    # One after the other: BuildKit does steps once that several builds want at a time.
    yield {one: build(one) for one in BUILDS}
    remove_images(name)


def prints(image: str) -> dict[str, str]:
    contents = inventory.read_all({"django": image}, bases={"django": ("python:3.13-slim-trixie",)})["django"]
    inspected = docker.image(image)
    assert inspected
    return asdict(fingerprint("same", {"django": service_image(inspected, contents)}, {}))


def test_uncached_builds_of_a_commit_have_equal_fingerprints_and_different_layers(built: dict[str, str]) -> None:
    images = [docker.image(built[one]) for one in ("first", "second", "third")]
    assert len({image.diff_ids for image in images if image}) == 3
    first, second, third = (prints(built[one]) for one in ("first", "second", "third"))
    assert first == second == third


def test_another_package_changes_only_the_stack_fingerprint(built: dict[str, str]) -> None:
    before, after = prints(built["first"]), prints(built["another package"])
    assert {name for name in before if before[name] != after[name]} == {"stack", "pair"}


def test_a_changed_view_changes_the_application_fingerprint_but_a_changed_package_list_does_not(tmp_path: Path) -> None:
    project = projects.make(tmp_path)
    repository = git.find(project.root)
    first = print_of(repository, "HEAD")
    write(project.root, "docker/django/packages.txt", "jq\n")
    commit(project.root, "A package")
    assert print_of(repository, "HEAD") == first
    write(project.root, "app/views.py", "GREETING = 'hello'\n")
    commit(project.root, "A view")
    assert print_of(repository, "HEAD") != first
