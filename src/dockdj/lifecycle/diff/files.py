"""The text of configuration files that differ, looked up in the releases' commits by the digests in the records."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockdj.model.canonical import digest_of
from dockdj.model.diff.changes import Changes, ValueChange
from dockdj.model.project.layout import Layout

# Lines shown around a changed line.
CONTEXT = 1


@dataclass(frozen=True)
class Tree:
    """The files of a release's commit (path -> content's id), and of the commits that its stack may come from.

    `layout` names the project's parts in the release's commit.
    """

    own: Mapping[str, str]
    layout: Layout
    behind: tuple[Mapping[str, str], ...] = ()

    @property
    def every(self) -> tuple[Mapping[str, str], ...]:
        return (self.own, *self.behind)


@dataclass(frozen=True)
class Sides:
    """The files of both releases, and their texts (id -> text)."""

    old: Tree
    new: Tree
    content: Mapping[str, str]


def wanted(changes: Changes, trees: tuple[Tree, Tree], paths: tuple[str, ...]) -> set[str]:
    """The ids of the contents that a comparison reads: of `paths`, and of files that may be changed configuration."""
    ids = {tree.own[path] for tree in trees for path in paths if path in tree.own}
    if changes.compose:
        ids |= {
            files[path] for tree in trees for files in tree.every if (path := tree.layout.production.compose) in files
        }
    for file in changes.files:
        for tree, digest in zip(trees, (file.before, file.after), strict=True):
            ids |= set(_candidates(tree, file.name)) if digest else set()
    return ids


def text_of(tree: Mapping[str, str], path: str, content: Mapping[str, str]) -> str | None:
    """A file's text in a commit, or None."""
    return content.get(tree[path]) if path in tree else None


def difference(file: ValueChange, sides: Sides) -> str:
    """The lines in which a file differs, as `diff -U1` shows them below its heading; empty if Git has no such file."""
    one = _find(sides.old, file, file.before, sides.content)
    two = _find(sides.new, file, file.after, sides.content)
    if one is None or two is None:
        return ""
    lines = difflib.unified_diff(one.splitlines(), two.splitlines(), lineterm="", n=CONTEXT)
    return "\n".join(line for number, line in enumerate(lines) if number > 1)


def _find(tree: Tree, file: ValueChange, digest: str | None, content: Mapping[str, str]) -> str | None:
    """The text of a file with this digest; empty for an absent file."""
    if digest is None:
        return ""
    path = file.name if file.service else tree.layout.production.compose
    for name in _candidates(tree, path):
        text = content.get(name)
        if text is not None and digest_of(text.encode()) == digest:
            return text
    return None


def _candidates(tree: Tree, name: str) -> Iterator[str]:
    """The ids of contents that may be those of a file, the likeliest first."""
    last = name.rpartition("/")[2]
    for files in tree.every:
        if name in files:
            yield files[name]
        yield from (id for path, id in files.items() if path.rpartition("/")[2] == last or tree.layout.stack.has(path))
