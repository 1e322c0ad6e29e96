"""Tested images that several modules use: published once in a run, by the worker of the group `tested-images`."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dockdj.adapters import project_file
from dockdj.lifecycle.tested_images import fetch
from dockdj.model.build.tested_images import QaImages
from dockdj.model.image_names import image_name
from dockdj.model.project.project import Project
from tests.conftest import remove_images
from tests.lifecycle.build.test_suite import DOCKERFILE, STAGES
from tests.support import project as projects
from tests.support import runs
from tests.support.command import dockdj
from tests.support.project import commit, git, write

COMPOSE = """\
services:
  django:
    image: {name}/django:prod
    build:
      context: ../../..
      dockerfile: docker/django/Dockerfile
      target: prod
    env_file: ../../../environments/prod/.env
    stop_grace_period: 1s
    init: true
"""
REPORT = "RUN mkdir /evidence; echo '<testsuite/>' > /evidence/junit.xml;"
TARGET = """\
[targets.qa]
region = "eu-west-1"
repository = "{repository}"
application = "{name}"
environment = "{name}-qa"
"""


@dataclass(frozen=True)
class Published:
    """The images of a project's last commit under the tag `qa`, and the JSON data of the publishing command."""

    project: Project
    repository: str
    commit: str
    images: QaImages
    data: dict[str, Any]

    def copy(self, folder: Path) -> Project:
        """Copy the publishing checkout, with all that this machine remembers."""
        shutil.copytree(self.project.root, folder, symlinks=True)
        return project_file.load(folder)


@pytest.fixture(scope="session")
def published(registry: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """For modules with `pytest.mark.xdist_group("tested-images")`. No test changes its checkout."""
    name = runs.name("qa")
    root = tmp_path_factory.mktemp("tested-images") / name
    root.mkdir()
    project = projects.make(root, name)
    repository = f"{registry}/{name}"
    text = (root / DOCKERFILE).read_text().replace("RUN mkdir /evidence;", REPORT)
    write(root, DOCKERFILE, text + STAGES)
    write(root, "docker/django/prod/docker-compose.yml", COMPOSE.format(name=name))
    write(root, "environments/prod/.env.example", "")
    # The base image holds this text, in /etc/os-release.
    write(root, "environments/prod/.env", "HOME_URL=https://www.debian.org/\n")
    write(root, ".gitignore", ".dockdj/\n.env\n")
    with (root / "dockdj.toml").open("a") as file:
        file.write(TARGET.format(name=name, repository=repository))
    head = commit(root, "Add a target for tests")
    write(root, "notes.txt", "not tracked\n")
    code, document = dockdj(project, "image", "publish", "prod", "--tag", "qa", "--to", "qa")
    assert code == 0, document
    images = fetch.fetch(repository, "qa")
    yield Published(project_file.load(root), repository, head, images, document["data"])
    # An image that was pulled by digest has no tag, so `remove_images` would not find it.
    remove(image_name(name, "prod", "django"), images.pinned("django"))
    remove_images(name)


@pytest.fixture
def elsewhere(published: Published, tmp_path: Path) -> Project:
    """A clone of the project on a machine without any of its images."""
    git(tmp_path, "clone", "--quiet", str(published.project.root), str(tmp_path / "elsewhere"))
    local = image_name(published.project.name, "prod", "django")
    remove(local, f"{published.repository}:django-qa", published.images.pinned("django"))
    return project_file.load(tmp_path / "elsewhere")


def remove(*images: str) -> None:
    for image in images:
        subprocess.run(["docker", "image", "rm", "--force", image], capture_output=True, check=False)
