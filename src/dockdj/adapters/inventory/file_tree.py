"""Read the part of an image's file system that has packages."""

from dockdj.adapters.inventory.image_files import Files
from dockdj.adapters.inventory.tar_stream import FILE, HARD_LINK, LINK
from dockdj.model.inventory import os_packages, python_packages, pythons
from dockdj.model.inventory.file_tree import LONGEST_CHAIN, Tree, below, link_target
from dockdj.model.inventory.search import LARGE_FOLDERS, Search


def read(files: Files, search: Search) -> Tree:
    """Read the places of `search`, and the places in which the Pythons found there look."""
    reading = _Reading(files, search)
    whole = search.folders()
    for folder in whole:
        reading.folder(folder)
    debian = os_packages.has_dpkg(reading.tree())
    for folder in search.programs():
        reading.programs(folder)
    for python in pythons.installations(reading.tree()):
        if not any(below(python.prefix, folder) for folder in whole):
            reading.python(python, debian)
    reading.search_paths(debian)
    reading.first_of(os_packages.OS_RELEASE)
    for path in (*(() if debian else (os_packages.APK_INSTALLED,)), *reading.linked):
        reading.first_of((path,))
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
        """Read a folder and everything below it, with the contents that are needed."""
        for path, member in self.files.members(place):
            self.paths[path] = member.target if member.kind == LINK else ""
            if member.kind in (FILE, HARD_LINK) and self.search.wants(path):
                if member.kind == FILE:
                    self.contents[path] = member.read()
                else:
                    self.linked.append(path)

    def first_of(self, names: tuple[str, ...]) -> None:
        """Read the first of these paths that is a file, with its content; links are followed."""
        for path in names:
            content = self.files.content(path)
            if content is not None:
                self.contents[path] = content
                return

    def programs(self, folder: str) -> None:
        """Read the Pythons of a folder of programs with the targets of their links, and its pyvenv.cfg."""
        python, python3 = (f"{folder}/{program}" for program in pythons.PROGRAMS)
        self._follow(python3)
        if folder == pythons.PROBED_FOLDER:
            for program in pythons.PROBED:
                self._follow(f"{folder}/{program}")
                self._follow(f"{folder}/{program}{pythons.THREADED}")
        # A system has `python` only together with `python3`; in /usr/local, people may have put it alone.
        if python3 in self.paths or folder == "/usr/local/bin":
            self._follow(python)
        if python in self.paths or python3 in self.paths:
            self.first_of((f"{folder.rpartition('/')[0]}/pyvenv.cfg",))

    def python(self, python: pythons.Installation, debian: bool) -> None:
        """Read the folders in which a Python looks for distributions, each once: lib64 can be a link to lib."""
        for place in pythons.reads(python, debian):
            if "/lib64/" in place:
                self._follow(f"{python.prefix}/lib64")
            if place not in self.paths and not ("/lib64/" in place and self.paths.get(f"{python.prefix}/lib64")):
                self.folder(place)

        if (threaded := pythons.threaded(python)) and python.prefix != pythons.SYSTEM:
            self.python(threaded, debian)

    def search_paths(self, debian: bool) -> None:
        """Read the folders of PYTHONPATH and of `.pth` files, as far as they were not read yet."""
        tree = self.tree()
        known = pythons.installations(tree)
        added = python_packages.added_folders(tree, known, debian)
        whole = self.search.folders()
        for folder in dict.fromkeys(map(tree.real, (*self.search.python_path, *added))) if known else ():
            if folder not in (*self.paths, *LARGE_FOLDERS) and not any(below(folder, place) for place in whole):
                self.folder(folder)

    def _follow(self, path: str) -> None:
        for _ in range(LONGEST_CHAIN):
            if path in self.paths or not (member := self.files.look(path)):
                return
            self.paths[path] = member.target if member.kind == LINK else ""
            path = link_target(path, member.target) if member.kind == LINK else path
