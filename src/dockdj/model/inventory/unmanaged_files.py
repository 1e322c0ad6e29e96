"""Files of an image that no package owns, by the lists of dpkg, apk and Python's installers."""

import csv
import posixpath
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.os_packages import APK_INSTALLED

DPKG_LIST = re.compile(r"/var/lib/dpkg/info/[^/]+\.list")
DPKG_SUMS = re.compile(r"/var/lib/dpkg/status\.d/[^/]+\.md5sums")
RECORD = re.compile(r"(?P<site>.+/(?:site|dist)-packages)/[^/]+\.dist-info/RECORD")
COMPILED = re.compile(r"(?P<folder>.+)/__pycache__/(?P<name>[^/]+?)\.[^/.]+(?:\.opt-\d)?\.pyc")
# Folders that are links into /usr on merged systems. Package lists use either path.
MERGED = re.compile(r"/(bin|sbin|lib|lib32|lib64|libx32)/")


def unmanaged(paths: Iterable[str], tree: Tree) -> list[str]:
    """The paths that no package owns, sorted. A compiled Python file belongs to the owner of its source."""
    owned = {_one_name(path) for path in owners(tree)}
    return sorted(path for path in paths if not {_one_name(path), _one_name(_source(path))} & owned)


def owners(tree: Tree) -> Iterable[str]:
    """Every path that a package of the tree lists."""
    for match in tree.matching(DPKG_LIST):
        yield from tree.text(match[0]).splitlines()
    for match in tree.matching(DPKG_SUMS):
        yield from ("/" + line.split(maxsplit=1)[1] for line in tree.text(match[0]).splitlines() if " " in line.strip())
    yield from parse_apk_files(tree.text(APK_INSTALLED))
    for match in tree.matching(RECORD):
        yield from (posixpath.normpath(posixpath.join(match["site"], path)) for path in recorded(tree.text(match[0])))


def recorded(text: str) -> Iterator[str]:
    """The paths in a RECORD (PEP 376), as far as it is CSV."""
    rows = csv.reader(text.splitlines())
    with suppress(csv.Error):
        yield from (row[0] for row in rows if row and row[0])


def parse_apk_files(text: str) -> list[str]:
    """The files in apk's database: `F:` names a folder, each `R:` after it a file there."""
    files, folder = [], ""
    for line in text.splitlines():
        if line.startswith("F:"):
            folder = line[2:]
        elif line.startswith("R:"):
            files.append(posixpath.join("/", folder, line[2:]))
    return files


def _source(path: str) -> str:
    match = COMPILED.fullmatch(path)
    return f"{match['folder']}/{match['name']}.py" if match else path


def _one_name(path: str) -> str:
    return f"/usr{path}" if MERGED.match(path) else path
