"""Reads the part of an image's file system in which packages are."""

from dockdj.adapters.image_files import Files
from dockdj.adapters.tar_stream import FILE, HARD_LINK, LINK
from dockdj.model import inventory_os, inventory_python
from dockdj.model.inventory_places import Search
from dockdj.model.inventory_tree import LONGEST_CHAIN, Tree, below, beside


def read(files: Files, search: Search) -> Tree:
    """What is at the places of `search`, and at those that the Pythons found there look into."""
    reading = _Reading(files, search)
    whole = search.folders()
    for folder in whole:
        reading.folder(folder)
    for folder in search.programs():
        reading.programs(folder)
    for one in inventory_python.found(reading.tree()):
        if not any(below(one.prefix, folder) for folder in whole):
            reading.python(one)
    for path in (*inventory_os.OS_RELEASE, inventory_os.APK_INSTALLED, *reading.linked):
        reading.file(path)
    return reading.tree()


class _Reading:
    def __init__(self, files: Files, search: Search) -> None:
        self.files = files
        self.search = search
        self.paths: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        self.linked: list[str] = []

    def tree(self) -> Tree:
        return Tree(self.paths, self.contents)

    def folder(self, place: str) -> None:
        """A folder and all below it, with the contents that are needed."""
        for path, member in self.files.members(place):
            self.paths[path] = member.target if member.kind == LINK else ""
            if member.kind in (FILE, HARD_LINK) and self.search.wants(path):
                if member.kind == FILE:
                    self.contents[path] = member.read()
                else:
                    self.linked.append(path)

    def file(self, path: str) -> None:
        """One file with its content, the links followed that it may be."""
        self._follow(path)
        content = self.files.content(self.tree().resolve(path))
        if content is not None:
            self.contents[path] = content

    def programs(self, folder: str) -> None:
        """Whether a folder of programs has a Python, where its links lead, and whether it is a venv's."""
        started = [f"{folder}/{program}" for program in inventory_python.PROGRAMS]
        for path in started:
            self._follow(path)
        if any(path in self.paths for path in started):
            self.file(f"{folder.rpartition('/')[0]}/pyvenv.cfg")

    def python(self, one: inventory_python.Found) -> None:
        """Where an interpreter looks for distributions, each folder by one name: lib64 can be a link to lib."""
        self._follow(f"{one.prefix}/lib64")
        for place in inventory_python.reads(one.prefix, one.release):
            twice = self.paths.get(f"{one.prefix}/lib64") and "/lib64/" in place
            if place not in self.paths and not twice:
                self.folder(place)

    def _follow(self, path: str) -> None:
        for _ in range(LONGEST_CHAIN):
            if path in self.paths or (target := self.files.link(path)) is None:
                return
            self.paths[path] = target
            if not target:
                return
            path = beside(path, target)
