"""What people write in a project and an editor saved in another encoding is named, whoever reads it first."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dockdj.errors import ProjectError, UsageError
from dockdj.lifecycle import parity
from dockdj.lifecycle.build import bases as base_images
from dockdj.lifecycle.build import suite
from dockdj.lifecycle.build.gate import check_gate
from dockdj.lifecycle.build.services import read_services
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION, PRODUCTION_COMPOSE_FILE
from tests.support import project as projects

DOCKERFILE = "docker/django/Dockerfile"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return projects.make(tmp_path)


def gate(project: Project) -> None:
    check_gate(read_services(project, PRODUCTION), project.root)


def bases(project: Project) -> object:
    return [base_images.named(project.root, one) for one in read_services(project, PRODUCTION)]


def own_suite(project: Project) -> object:
    return suite.on_image(project, project.root, "none")


def environment(project: Project) -> object:
    return parity.read(project, PRODUCTION)


@pytest.mark.parametrize(
    ("path", "read"),
    [
        (PRODUCTION_COMPOSE_FILE, gate),
        (DOCKERFILE, gate),
        (DOCKERFILE, bases),
        (DOCKERFILE, own_suite),
        (f"environments/{PRODUCTION}/Procfile", environment),
    ],
)
def test_a_file_that_is_not_utf_8_is_refused_by_name(
    project: Project, path: str, read: Callable[[Project], object]
) -> None:
    file = project.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes("# für\n".encode("latin-1") + (file.read_bytes() if file.exists() else b""))
    with pytest.raises(ProjectError, match=rf"{path} is not UTF-8: line 1, byte 3 "):
        read(project)


@pytest.mark.parametrize("name", ["Dockerfile", "none", "a" * 300])
def test_an_unknown_environment_is_refused(project: Project, name: str) -> None:
    with pytest.raises(UsageError, match=f"there is no environment `{name}`"):
        read_services(project, name)
