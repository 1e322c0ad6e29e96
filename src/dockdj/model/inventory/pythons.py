"""The Pythons of an image: their prefixes, releases and versions, by the rules of `site` and of PEP 405 and 703."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import Interpreter, OsPackage
from dockdj.model.inventory.os_packages import upstream

SYSTEM = "/usr"
PROGRAMS = ("python", "python3")
# `make altinstall` and the like put only these names into /usr/local/bin. A newer release is found by `python3` alone.
PROBED = tuple(f"python3.{minor}" for minor in range(9, 17))
# A free-threaded Python has a `t` in its program's name and in its folders.
THREADED = "t"
PROBED_FOLDER = "/usr/local/bin"
PROGRAM = re.compile(r"(?P<folder>/.+)/python(?P<release>\d{1,9}\.\d{1,9}t?)?(?:\d*)")
VENV = re.compile(r"(?P<prefix>.+)/pyvenv\.cfg")
STANDARD_LIBRARY = re.compile(r"(?P<prefix>.+)/lib/python(?P<release>\d{1,9}\.\d{1,9}t?)/os\.py")
RELEASE_FOLDER = re.compile(r"(?P<prefix>.+)/lib(?:64)?/python(?P<release>\d{1,9}\.\d{1,9}t?)/site-packages")
PATCH_LEVEL = re.compile(r'^#define\s+PY_VERSION\s+"([^"]+)"', re.MULTILINE)
RELEASE = re.compile(r"\d{1,9}\.\d{1,9}")


@dataclass(frozen=True)
class Installation:
    """A Python's prefix and its release, as 3.13 or 3.13t; `settings` are those of a venv's pyvenv.cfg, else None.

    Of several Pythons with one prefix, one is the `main` one: `python3` names it.
    """

    prefix: str
    release: str
    settings: Mapping[str, str] | None = None
    main: bool = True

    @property
    def name(self) -> str:
        """The prefix, or the folder of a further Python's standard library."""
        return self.prefix if self.main else f"{self.prefix}/lib/python{self.release}"


def installations(tree: Tree) -> tuple[Installation, ...]:
    """The Pythons of a tree, each once. A prefix with a pyvenv.cfg is a venv's."""
    venvs = {venv.prefix: venv for venv in _venvs(tree)}
    releases: dict[str, dict[str, None]] = {}
    for prefix, release in _installed(tree):
        if prefix not in venvs:
            releases.setdefault(prefix, {})[release] = None
    return (
        *(
            Installation(prefix, release, main=release == main)
            for prefix, known in releases.items()
            for main in [_main(tree, prefix, known)]
            for release in known
        ),
        *venvs.values(),
    )


def base_of(python: Installation, pythons: Iterable[Installation]) -> Installation | None:
    """The Python that a venv was made from; of a Python that is not a venv, itself. None if it is not in the image."""
    if python.settings is None:
        return python
    prefix = parent(python.settings.get("home", ""))
    bases = [base for base in pythons if base.prefix == prefix and base.settings is None]
    same = [base for base in bases if base.release == python.release]
    return next(iter((*same, *(base for base in bases if base.main))), None)


def on_path(tree: Tree, folders: Sequence[str], known: Mapping[str, Interpreter]) -> str:
    """The version of the first Python on PATH, "" without one."""
    for program in PROGRAMS:
        for folder in folders:
            if (path := f"{folder}/{program}") not in tree.paths:
                continue
            # PEP 405: Python looks for pyvenv.cfg near the called program, before it follows links.
            prefix = parent(folder)
            if f"{prefix}/pyvenv.cfg" not in tree.contents:
                prefix = parent(parent(tree.resolve(path)))
            return known[prefix].version if prefix in known else ""
    return ""


def reads(python: Installation, debian: bool) -> tuple[str, ...]:
    """The paths that tell a Python's distributions and version; `debian` is true for an image with dpkg."""
    own, debians = site_packages(python.prefix, python.release), dist_packages(python.prefix, python.release)
    if debian:
        # Debian's Pythons have no lib64. Below /usr/local, only the folders are used that `site` reads for /usr, too.
        return (*(debians if python.prefix == SYSTEM else (own[0], debians[-1])), *_headers(python))
    return (*own, *_headers(python))


def threaded(python: Installation) -> Installation | None:
    """The free-threaded Python that may be next to a Python, or be what its program links to; None for a venv."""
    if python.settings is not None or python.release.endswith(THREADED):
        return None
    return replace(python, release=python.release + THREADED)


def site_packages(prefix: str, release: str) -> tuple[str, ...]:
    """The folders of distributions that Python's `site` module adds for a prefix."""
    return (f"{prefix}/lib/python{release}/site-packages", f"{prefix}/lib64/python{release}/site-packages")


def dist_packages(prefix: str, release: str) -> tuple[str, ...]:
    """The folders that Debian's `site` module adds for a prefix, in its order."""
    return (
        f"{prefix}/local/lib/python{release}/dist-packages",
        f"{prefix}/lib/python3/dist-packages",
        f"{prefix}/lib/python{release}/dist-packages",
    )


def parse_settings(text: str) -> dict[str, str]:
    """The settings in pyvenv.cfg: lines `key = value`, keys in lower case."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def version_of(
    tree: Tree, python: Installation, pythons: Sequence[Installation], packages: Mapping[str, OsPackage]
) -> str:
    """An interpreter's version; its release if nothing in the image tells more."""
    plain = python.release.removesuffix(THREADED)
    if python.settings is not None:
        # pyvenv.cfg has the version at the venv's creation; the interpreter may have been replaced since.
        home = base_of(python, pythons)
        if home and home.release == python.release:
            return version_of(tree, home, pythons, packages)
        return _named(python.settings) or plain
    header = PATCH_LEVEL.search(tree.text(_header(python)))
    if header:
        return header[1]
    if python.prefix == SYSTEM:
        for name in (*minimal(python.release), f"python{python.release}", "python3"):
            if name in packages and upstream(packages[name].version).startswith(f"{plain}."):
                return upstream(packages[name].version)
    venvs = [venv for venv in pythons if venv.settings and venv.release == python.release]
    names = (_named(venv.settings or {}) for venv in venvs if base_of(venv, pythons) == python)
    return next(names, "") or plain


def minimal(release: str) -> tuple[str, ...]:
    """Debian's packages of an interpreter."""
    return f"python{release}-minimal", f"libpython{release}-minimal"


def parent(path: str) -> str:
    """The folder of a path."""
    return path.rpartition("/")[0]


def _main(tree: Tree, prefix: str, releases: Iterable[str]) -> str:
    """The release that a prefix's `python3` or `python` names, else the highest; a plain one before a threaded one."""
    ordered = sorted(releases, key=lambda release: (not release.endswith(THREADED), _number(release)), reverse=True)
    for program in reversed(PROGRAMS):
        end = PROGRAM.fullmatch(tree.resolve(f"{prefix}/bin/{program}"))
        named = (end and end["release"]) or ""
        for release in (named, named + THREADED):
            if release in ordered:
                return release
    return ordered[0]


def _headers(python: Installation) -> tuple[str, ...]:
    return () if python.settings is not None or python.prefix == SYSTEM else (_header(python),)


def _header(python: Installation) -> str:
    return f"{python.prefix}/include/python{python.release}/patchlevel.h"


def _installed(tree: Tree) -> Iterable[tuple[str, str]]:
    """Prefix and release of each Python, from its standard library or its program."""
    # Plain comparisons come first, because patterns are slow on ten thousand paths.
    for path in tree.paths:
        if path.endswith("/os.py") and (match := STANDARD_LIBRARY.fullmatch(path)):
            yield match["prefix"], match["release"]
        elif "/bin/python" in path and PROGRAM.fullmatch(path):
            end = PROGRAM.fullmatch(tree.resolve(path))
            if end and end["release"] and end["folder"].endswith("/bin") and tree.paths.get(end[0]) == "":
                yield from ((parent(end["folder"]), release) for release in _flavours(tree, end))


def _flavours(tree: Tree, program: re.Match[str]) -> list[str]:
    """The releases whose folders are in the tree; `python3.13` is another name of the program of a lone 3.13t."""
    prefix, release = parent(program["folder"]), program["release"]
    flavours = [release] if release.endswith(THREADED) else [release, release + THREADED]
    present = [each for each in flavours if _has_folders(tree, prefix, each)]
    return present or flavours[:1]


def _has_folders(tree: Tree, prefix: str, release: str) -> bool:
    folders = (f"{prefix}/lib/python{release}", *site_packages(prefix, release), *dist_packages(prefix, release)[::2])
    return any(folder in tree.paths for folder in folders)


def _venvs(tree: Tree) -> Iterable[Installation]:
    for venv in tree.matching(VENV):
        settings = parse_settings(tree.text(venv[0]))
        folders = {
            match["release"]
            for path in tree.paths
            if path.endswith("/site-packages")
            if (match := RELEASE_FOLDER.fullmatch(path)) and match["prefix"] == venv["prefix"]
        }
        named = RELEASE.match(_named(settings))
        candidates = [named[0], named[0] + THREADED] if named else []
        program = PROGRAM.fullmatch(settings.get("executable", ""))
        if program and (program["release"] or "").endswith(THREADED):
            candidates.reverse()
        # An upgrade may leave the folder of another release.
        present = [release for release in candidates if release in folders]
        newest = max(folders, default="", key=_number)
        if release := (present or [newest] if folders else candidates or [""])[0]:
            yield Installation(venv["prefix"], release, settings)


def _named(settings: Mapping[str, str]) -> str:
    """The version in pyvenv.cfg: venv writes `version`, virtualenv and uv `version_info` (3.13.5.final.0)."""
    return settings.get("version") or settings.get("version_info", "").partition(".final")[0]


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.removesuffix(THREADED).split(".")))
