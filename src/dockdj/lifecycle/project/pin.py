"""Pin a project to the running Dockdj: its version and its source, so that every clone runs the same one."""

import json
import re
from dataclasses import dataclass

from dockdj import __version__
from dockdj.adapters.disk import text_of, write_files
from dockdj.adapters.installation import NAME
from dockdj.errors import ProjectError
from dockdj.lifecycle.project.new import Answers, render
from dockdj.lifecycle.project.source import choose
from dockdj.model import toml_document
from dockdj.model.files import File
from dockdj.model.project.project import PROJECT_FILE, Project
from dockdj.model.project.source import REQUIREMENTS, VENDOR

# The recipe's files that install Dockdj. They belong to its version, not to the project.
PROGRAM = "bin/dockdj"
WHEELS = f"{NAME}-*.whl"


@dataclass(frozen=True)
class Pinned:
    """The version and source that a project is pinned to, and the paths that were written and removed."""

    dockdj: str
    source: str
    written: tuple[str, ...]
    removed: tuple[str, ...]


def pin(project: Project, given: str = "") -> Pinned:
    """Write this Dockdj's version and source into `dockdj.toml`, with the files that install it.

    The project file is written last: a run that ends early leaves the old pin.
    Raises ProjectError if its two lines cannot be found, and what `choose` raises.
    """
    source = choose(given)
    text = pinned_text(text_of(project.root, PROJECT_FILE), __version__, source.text)
    recipe = {file.path: file for file in render(Answers(project.name))}
    new_files = (*source.files, recipe[REQUIREMENTS], recipe[PROGRAM], File(PROJECT_FILE, text.encode()))
    kept = {file.path for file in new_files}
    wheels = [f"{VENDOR}/{path.name}" for path in sorted((project.root / VENDOR).glob(WHEELS))]
    removed = tuple(path for path in wheels if path not in kept)
    write_files(project.root, new_files)
    for path in removed:
        (project.root / path).unlink()
    return Pinned(__version__, source.text, tuple(file.path for file in new_files), removed)


def pinned_text(text: str, version: str, source: str) -> str:
    """The text of a project file with another version and source; every other line is kept."""
    head, table, rest = _parted(text)
    head = _with_key(head, "dockdj", version, after="name")
    head = _with_key(head, "source", source, after="dockdj")
    pinned = head + table + rest
    try:
        intact = toml_document.parse(pinned) == {**toml_document.parse(text), "dockdj": version, "source": source}
    except ValueError:
        intact = False
    if not intact:
        raise ProjectError(
            f"the lines `dockdj` and `source` of {PROJECT_FILE} are written in a form that cannot be changed safely",
            hint=f"write above the first table: dockdj = {json.dumps(version)}; and on the next line: source = ...",
        )
    return pinned


def _parted(text: str) -> tuple[str, str, str]:
    """The keys at the top, and the tables below them."""
    match = re.search(r"^[ \t]*\[", text, re.MULTILINE)
    return (text, "", "") if match is None else (text[: match.start()], match.group(), text[match.end() :])


def _with_key(head: str, key: str, value: str, after: str) -> str:
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    changed, count = re.subn(rf"^[ \t]*{key}[ \t]*=[^\n]*", lambda _: line, head, count=1, flags=re.MULTILINE)
    if count:
        return changed
    return re.sub(rf"^[ \t]*{after}[ \t]*=[^\n]*\n", lambda found: f"{found.group()}{line}\n", head, flags=re.MULTILINE)
