"""Generate `Dockerrun.aws.json` from the production compose file, and require that both agree."""

from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from dockdj.adapters import compose_file
from dockdj.adapters.disk import text_of, write_atomically
from dockdj.errors import ProjectError
from dockdj.lifecycle.bundle.compose_text import ComposeText
from dockdj.model.dockerrun.document import DOCKERRUN_NAME, dockerrun
from dockdj.model.image_names import image_name
from dockdj.model.project.compose_file import released, services
from dockdj.model.project.project import Project, Target, runs_on_ecs
from dockdj.model.project.recipe import PRODUCTION

REMEDY = "dockdj dockerrun"


def committed(project: Project, compose_text: str) -> bytes:
    """The file for the project's repository: images under their tags on this machine.

    Raises ProjectError for a setting that has no equivalent on ECS.
    """
    source = project.production.compose
    document = compose_file.parse(compose_text, source)
    released_services = released(services(document, source))
    images = {
        service.name: image_name(project.name, PRODUCTION, service.name) if service.build else str(service.image)
        for service in released_services
    }
    return dockerrun(document, source, images)


def bundled(source: ComposeText, images: Mapping[str, str], environment: Mapping[str, str], target: Target) -> bytes:
    """The file for Elastic Beanstalk: images by digest, a target's plain values, its role for secrets."""
    document = compose_file.parse(source.text, source.path)
    known = {service.name for service in services(document, source.path)}
    if missing := set(images) - known:
        raise ProjectError(f"{source.path} has no service {', '.join(sorted(missing))}")
    return dockerrun(document, source.path, images, environment, target.execution_role)


def check(project: Project, root: Path | None = None) -> bool:
    """Compare the file with its source, in a checkout at `root` or in the project; whether the project has the file.

    Raises ProjectError with the difference, also when the file is missing.
    """
    if not runs_on_ecs(project):
        return False
    folder = root or project.root
    source = project.production.compose
    wanted = committed(project, text_of(folder, source))
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
    content = committed(project, text_of(project.root, project.production.compose))
    path = project.root / DOCKERRUN_NAME
    if path.is_file() and path.read_bytes() == content:
        return False
    write_atomically(path, content)
    return True
