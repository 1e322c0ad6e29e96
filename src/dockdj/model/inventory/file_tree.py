"""The files that were read from an image, as plain data: the code that judges them needs no engine."""

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

# The number of links that Linux follows (path_resolution(7)).
LONGEST_CHAIN = 40


@dataclass(frozen=True)
class Tree:
    """Absolute path -> target of the link, "" for other files; and the contents of the files that are needed."""

    paths: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """A file's text, "" if it was not read; invalid UTF-8 is replaced."""
        return self.contents.get(path, b"").decode(errors="replace")

    def matching(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """The matches of whole paths with contents, sorted by path."""
        return [match for path in sorted(self.contents) if (match := pattern.fullmatch(path))]

    def resolve(self, path: str) -> str:
        """The path at the end of the links from `path`, as far as they were read; of a loop, any of its paths."""
        for _ in range(LONGEST_CHAIN):
            if not (target := self.paths.get(path)):
                break
            path = link_target(path, target)
        return path

    def real(self, path: str) -> str:
        """The path without links in any of its folders, as far as they were read; of a loop, any of its paths."""
        place = ""
        for name in path.split("/")[1:]:
            place = self.resolve(f"{place}/{name}")
        return place


def link_target(link: str, target: str) -> str:
    """The absolute path that a link points to, by the link's own absolute path."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(link), target))


def outermost(folders: Collection[str]) -> list[str]:
    """The folders that are not inside another of them, sorted."""
    return sorted(
        folder for folder in set(folders) if not any(below(folder, other) for other in folders if other != folder)
    )


def below(path: str, folder: str) -> bool:
    """True if an absolute path is the folder or inside it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
