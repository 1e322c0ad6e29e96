"""The part of an image's file system that was read: pure data, so that what it means is decided without an engine."""

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

# As many as Linux follows (path_resolution(7)).
LONGEST_CHAIN = 40


@dataclass(frozen=True)
class Tree:
    """Absolute path -> target of the link, "" for what is none; and the contents of the files that were asked for."""

    paths: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """A file's text, "" when it was not read; bytes that are not UTF-8 are replaced."""
        return self.contents.get(path, b"").decode(errors="replace")

    def matching(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """The matches of whole paths with contents, sorted by path."""
        return [found for path in sorted(self.contents) if (found := pattern.fullmatch(path))]

    def resolve(self, path: str) -> str:
        """Where the links that `path` begins lead, as far as they were read; a circle ends anywhere in it."""
        for _ in range(LONGEST_CHAIN):
            if not (target := self.paths.get(path)):
                break
            path = beside(path, target)
        return path


def beside(link: str, target: str) -> str:
    """The absolute path that a link at an absolute path means."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(link), target))


def outermost(folders: Collection[str]) -> list[str]:
    """The folders that are in no other of them, sorted."""
    return sorted(one for one in set(folders) if not any(below(one, other) for other in folders if other != one))


def below(path: str, folder: str) -> bool:
    """Whether an absolute path is the folder or in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
