"""The text of configuration files that differ, found in the releases' commits by what the records hold: digests."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockdj.model.changes import COMPOSE, Changes, ValueChange
from dockdj.model.release import digest_of

# Lines shown around a changed line.
CONTEXT = 1
# Where a project keeps files that get other names in an image.
FOLDER = "docker/"


@dataclass(frozen=True)
class Sides:
    """The files of both commits (path -> content's id), and the texts that were read (id -> text)."""

    old: Mapping[str, str]
    new: Mapping[str, str]
    content: Mapping[str, str]


def wanted(changes: Changes, trees: tuple[Mapping[str, str], Mapping[str, str]], paths: tuple[str, ...]) -> set[str]:
    """The ids of the contents that a comparison reads: `paths`, and where changed configuration may stand."""
    found = {tree[path] for tree in trees for path in paths if path in tree}
    if changes.compose:
        found |= {tree[COMPOSE] for tree in trees if COMPOSE in tree}
    for file in changes.files:
        for tree, digest in zip(trees, (file.before, file.after), strict=True):
            found |= {tree[path] for path in _candidates(tree, file.name)} if digest else set()
    return found


def text_of(tree: Mapping[str, str], path: str, content: Mapping[str, str]) -> str | None:
    """A file's text in a commit, or None."""
    return content.get(tree[path]) if path in tree else None


def difference(file: ValueChange, sides: Sides) -> str:
    """The lines in which a file differs, as `diff -U1` shows them below its heading; empty when it is not in Git."""
    one = _find(sides.old, file, file.before, sides.content)
    two = _find(sides.new, file, file.after, sides.content)
    if one is None or two is None:
        return ""
    lines = difflib.unified_diff(one.splitlines(), two.splitlines(), lineterm="", n=CONTEXT)
    return "\n".join(line for number, line in enumerate(lines) if number > 1)


def _find(tree: Mapping[str, str], file: ValueChange, digest: str | None, content: Mapping[str, str]) -> str | None:
    """The text with this digest; empty for a file that is not there."""
    if digest is None:
        return ""
    for path in _candidates(tree, file.name):
        text = content.get(tree[path])
        if text is not None and digest_of(text.encode()) == digest:
            return text
    return None


def _candidates(tree: Mapping[str, str], name: str) -> Iterator[str]:
    last = name.rpartition("/")[2]
    if name in tree:
        yield name
    yield from (path for path in tree if path.rpartition("/")[2] == last or path.startswith(FOLDER))
