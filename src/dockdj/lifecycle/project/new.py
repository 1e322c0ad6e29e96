"""A new project: recipe + answers -> files, a Git repository and this machine's secrets."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from dockdj import __version__
from dockdj.adapters import project_file
from dockdj.adapters.disk import write_files
from dockdj.adapters.git import new_repository
from dockdj.errors import Refused, UsageError
from dockdj.events import Report, silent, step
from dockdj.lifecycle.bundle import dockerrun
from dockdj.lifecycle.bundle.compose import Files
from dockdj.lifecycle.environments.variables import write_dotenv
from dockdj.lifecycle.project import base
from dockdj.lifecycle.project.source import choose
from dockdj.model.canonical import canonical, digest_of
from dockdj.model.dockerrun.document import DOCKERRUN_NAME
from dockdj.model.files import File
from dockdj.model.project.project import ENVIRONMENT, NAME, PROJECT_FILE

# Files that are programs: an installed package need not have kept their permission bits.
PROGRAMS = (
    "app/manage.py",
    "docker/django/start.sh",
    ".platform/hooks/predeploy/10_release",
    "docker/nginx/start.sh",
    "bin/dockdj",
    "bin/image",
    "bin/stevedore",
    "bin/deploy",
)
TEMPLATE = ".jinja"
HIDDEN = "dot-"


@dataclass(frozen=True)
class Answers:
    """The values that the recipe is rendered with. `new` chooses the source of `dockdj` if none is given."""

    name: str
    platform: str = "docker"
    database: str = "postgres"
    dockdj: str = __version__
    source: str = ""


@dataclass(frozen=True)
class NewProject:
    """A project on disk: its folder, its first commit, and whether the commit's author had to be made up."""

    root: Path
    name: str
    commit: str
    neutral_author: bool


def name_for(folder: Path) -> str:
    """The project name that a folder's name suggests."""
    return folder.resolve().name.lower().replace("_", "-").replace(" ", "-").replace(".", "-")


def check_name(name: str) -> None:
    """Raise UsageError unless images, containers and Elastic Beanstalk environments can bear this name."""
    if NAME.fullmatch(name) is None or ENVIRONMENT.fullmatch(f"{name}-local") is None:
        raise UsageError(
            f"`{name}` cannot be a project's name: 3-34 lower-case letters, digits and hyphens, starting with a letter",
            hint="choose one: dockdj new DIR --name NAME",
        )


def render(answers: Answers) -> tuple[File, ...]:
    """The files of a new project, in the order of their paths; equal answers give equal files."""
    # These delimiters leave Django's, nginx's and Compose's own alone.
    jinja = Environment(
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    jinja.filters["quoted"] = lambda text: json.dumps(text, ensure_ascii=False)
    values = {**asdict(answers), "digest": digest()}
    files = []
    for stored, content in _stored():
        path = "/".join(_shown(part) for part in stored.split("/"))
        if path.endswith(TEMPLATE):
            path = path.removesuffix(TEMPLATE)
            content = jinja.from_string(content.decode()).render(values).encode()
            # A file that these answers leave empty is none of this project.
            if not content:
                continue
        files.append(File(path, content, 0o755 if path in PROGRAMS else 0o644))
    if answers.platform == "ecs":
        texts = {file.path: file.content.decode() for file in files}
        project = project_file.parse(texts[PROJECT_FILE], Path())
        source = Files(lambda path: texts[path].encode() if path in texts else None, texts.__contains__)
        files.append(File(DOCKERRUN_NAME, dockerrun.committed(project, source)))
    return tuple(sorted(files))


def digest() -> str:
    """The digest of the recipe: of its templates' paths and contents."""
    return digest_of(canonical([[path, digest_of(content)] for path, content in sorted(_stored())]))


def new(folder: Path, answers: Answers, report: Report = silent) -> NewProject:
    """Write a project into a folder that is empty or not there, and commit it.

    The commit has all that a clone needs: the source of Dockdj, and the recipe as it was written.
    Raises UsageError for an impossible name or source, Refused when the folder holds something; then nothing was
    touched.
    """
    check_name(answers.name)
    source = choose(answers.source)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not an empty folder", hint="name another one: dockdj new DIR")
    new_repository.require()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        draft = Path(temporary) / folder.name
        with step(report, f"write {folder}"):
            recipe = render(replace(answers, source=source.text))
            write_files(draft, (*recipe, base.archive(recipe), *source.files))
            project = project_file.load(draft)
            for environment in project_file.environments(project):
                write_dotenv(draft, project.files(environment))
            _open_folders(draft)
        with step(report, "first commit"):
            commit, neutral = new_repository.first_commit(
                draft, f"{answers.name}, from the recipe of dockdj {answers.dockdj}"
            )
        _move(draft, folder)
    return NewProject(folder.resolve(), answers.name, commit, neutral)


@cache
def _stored() -> tuple[tuple[str, bytes], ...]:
    """The recipe's templates: their paths and contents."""
    return tuple(_below(resources.files("dockdj") / "recipe" / "project", ""))


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if not entry.is_dir():
            yield f"{prefix}{entry.name}", entry.read_bytes()
        elif entry.name != "__pycache__":
            yield from _below(entry, f"{prefix}{entry.name}/")


def _shown(part: str) -> str:
    return f".{part.removeprefix(HIDDEN)}" if part.startswith(HIDDEN) else part


def _open_folders(root: Path) -> None:
    """Readable for others whatever the umask: images copy these permissions, and run as nobody's user."""
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def _move(draft: Path, folder: Path) -> None:
    """Into place at once; into a folder that exists (it may be the current one), entry by entry."""
    if not folder.exists():
        draft.rename(folder)
        return
    for entry in sorted(draft.iterdir()):
        entry.rename(folder / entry.name)
