"""Generate `Dockerrun.aws.json` from the production compose file, and require that both agree."""

from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from dockdj.adapters.disk import write_atomically
from dockdj.errors import ProjectError
from dockdj.lifecycle.bundle import containers
from dockdj.lifecycle.bundle.compose import Files, checkout, resolve
from dockdj.model.beanstalk.containers import Containers
from dockdj.model.dockerrun.document import DOCKERRUN_NAME, NoEquivalent, dockerrun
from dockdj.model.image_names import image_name
from dockdj.model.project.project import Project, Target, runs_on_ecs
from dockdj.model.project.recipe import PRODUCTION

REMEDY = "dockdj dockerrun"


def committed(project: Project, files: Files) -> bytes:
    """The file for the project's repository: images under their tags on this machine.

    Raises ProjectError for a setting that has no equivalent on ECS.
    """
    released = containers.of_files(project.production, files)
    images = {
        name: released.images.get(name) or image_name(project.name, PRODUCTION, name)
        for name in released.compose["services"]
    }
    source = project.production.compose
    try:
        return dockerrun(released.compose, source, images)
    except NoEquivalent as error:
        raise NoEquivalent(error.mistakes, resolve(source, files).place) from None


def bundled(
    released: Containers, source: str, images: Mapping[str, str], environment: Mapping[str, str], target: Target
) -> bytes:
    """The file for Elastic Beanstalk: images by digest, a target's plain values, its role for secrets."""
    return dockerrun(released.compose, source, images, environment, target.execution_role)


def check(project: Project, root: Path | None = None) -> bool:
    """Compare the file with its source, in a checkout at `root` or in the project; whether the project has the file.

    Raises ProjectError with the difference, also when the file is missing.
    """
    if not runs_on_ecs(project):
        return False
    folder = root or project.root
    source = project.production.compose
    wanted = committed(project, checkout(folder))
    path = folder / DOCKERRUN_NAME
    present = path.read_bytes() if path.is_file() else b""
    if present == wanted:
        return True
    lines = unified_diff(
        present.decode(errors="replace").splitlines(),
        wanted.decode().splitlines(),
        fromfile=DOCKERRUN_NAME if present else "/dev/null",
        tofile=f"{DOCKERRUN_NAME} of {source}",
        lineterm="",
    )
    raise ProjectError(
        f"{DOCKERRUN_NAME} is not what {source} generates:\n" + "\n".join(lines),
        hint=f"generate it again and commit it: {REMEDY}",
    )


def require_current(project: Project, environment: str) -> None:
    """Raise what `check` raises, for production; other environments have no such file."""
    if environment == PRODUCTION:
        check(project)


def write(project: Project) -> bool:
    """Generate the file; whether it changed. Raises ProjectError for a setting that has no equivalent on ECS."""
    if not runs_on_ecs(project):
        raise ProjectError(
            f'no target has platform = "ecs": the project needs no {DOCKERRUN_NAME}',
            hint='set platform = "ecs" for a target in dockdj.toml',
        )
    content = committed(project, checkout(project.root))
    path = project.root / DOCKERRUN_NAME
    if path.is_file() and path.read_bytes() == content:
        return False
    write_atomically(path, content)
    return True
