"""The Pythons of an image and the distributions that each finds, by the rules of `site` and of PEP 376 and 405."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import Distribution, Interpreter, OsPackage
from dockdj.model.inventory.os_packages import upstream

SYSTEM = "/usr"
PROGRAMS = ("python", "python3")
PROGRAM = re.compile(r"(?P<folder>/.+)/python(?P<release>\d{1,9}\.\d{1,9})?(?:\d*)")
VENV = re.compile(r"(?P<prefix>.+)/pyvenv\.cfg")
STANDARD_LIBRARY = re.compile(r"(?P<prefix>.+)/lib/python(?P<release>\d{1,9}\.\d{1,9})/os\.py")
RELEASE_FOLDER = re.compile(r"(?P<prefix>.+)/lib(?:64)?/python(?P<release>\d{1,9}\.\d{1,9})/site-packages")
PATCH_LEVEL = re.compile(r'^#define\s+PY_VERSION\s+"([^"]+)"', re.MULTILINE)
METADATA = re.compile(
    r"(?P<site>.+/(?:site|dist)-packages)/"
    r"(?P<name>[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info))"
)
Packages = Mapping[str, str]
RELEASE = re.compile(r"\d{1,9}\.\d{1,9}")


@dataclass(frozen=True)
class Installation:
    """A Python's prefix and its release, as 3.13; `settings` are the contents of pyvenv.cfg for a venv, else None."""

    prefix: str
    release: str
    settings: Mapping[str, str] | None = None


def interpreters(tree: Tree, packages: Mapping[str, OsPackage]) -> dict[str, Interpreter]:
    """Every interpreter in the tree by its prefix, with the distributions that it finds outside of home folders."""
    known = {python.prefix: python for python in installations(tree)}
    dists = _distributions(tree)
    system = known.get(SYSTEM)
    debian = system is not None and any(name in packages for name in _minimal(system.release))
    return {
        prefix: Interpreter(
            _version(tree, python, known, packages),
            {name: Distribution(version) for name, version in sorted(_visible(python, known, dists, debian).items())},
        )
        for prefix, python in sorted(known.items())
    }


def installations(tree: Tree) -> tuple[Installation, ...]:
    """The Pythons of a tree; venvs come last, so that their prefix means the venv."""
    return (*_installed(tree), *_venvs(tree))


def on_path(tree: Tree, folders: Sequence[str], known: Mapping[str, Interpreter]) -> str:
    """The version of the first Python on PATH, "" without one."""
    for program in PROGRAMS:
        for folder in folders:
            if (path := f"{folder}/{program}") not in tree.paths:
                continue
            # PEP 405: Python looks for pyvenv.cfg near the called program, before it follows links.
            prefix = _parent(folder)
            if f"{prefix}/pyvenv.cfg" not in tree.contents:
                prefix = _parent(_parent(tree.resolve(path)))
            return known[prefix].version if prefix in known else ""
    return ""


def reads(python: Installation, debian: bool) -> tuple[str, ...]:
    """The paths that tell a Python's distributions and version; `debian` is true for an image with dpkg."""
    own, debians = _own(python.prefix, python.release), _debians(python.prefix, python.release)
    if debian:
        # Debian's Pythons have no lib64. Below /usr/local, only the folders are used that `site` reads for /usr, too.
        return (*(debians if python.prefix == SYSTEM else (own[0], debians[-1])), *_headers(python))
    return (*own, *_headers(python))


def _headers(python: Installation) -> tuple[str, ...]:
    path = f"{python.prefix}/include/python{python.release}/patchlevel.h"
    return () if python.settings is not None or python.prefix == SYSTEM else (path,)


def parse_settings(text: str) -> dict[str, str]:
    """The settings in pyvenv.cfg: lines `key = value`, keys in lower case."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def parse_metadata(text: str) -> tuple[str, str] | None:
    """(normalised name, version) in METADATA or PKG-INFO (core metadata, PEP 566); None if either is missing."""
    head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    fields: dict[str, str] = {}
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if colon and not key[:1].isspace():
            fields.setdefault(key.strip().lower(), value.strip())
    name, version = fields.get("name"), fields.get("version")
    return (canonicalize_name(name), version) if name and version else None


def _installed(tree: Tree) -> Iterable[Installation]:
    # Plain comparisons come first, because patterns are slow on ten thousand paths.
    for path in tree.paths:
        if path.endswith("/os.py") and (match := STANDARD_LIBRARY.fullmatch(path)):
            yield Installation(match["prefix"], match["release"])
        elif "/bin/python" in path and PROGRAM.fullmatch(path):
            end = PROGRAM.fullmatch(tree.resolve(path))
            if end and end["release"] and end["folder"].endswith("/bin") and tree.paths.get(end[0]) == "":
                yield Installation(_parent(end["folder"]), end["release"])


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
        # An upgrade may leave the folder of another release.
        release = named[0] if named and (named[0] in folders or not folders) else max(folders, default="", key=_number)
        if release:
            yield Installation(venv["prefix"], release, settings)


def _version(
    tree: Tree, python: Installation, known: Mapping[str, Installation], packages: Mapping[str, OsPackage]
) -> str:
    if python.settings is not None:
        # pyvenv.cfg has the version at the venv's creation; the interpreter may have been replaced since.
        home = known.get(_parent(python.settings.get("home", "")))
        if home and home.settings is None and home.release == python.release:
            return _version(tree, home, known, packages)
        return _named(python.settings) or python.release
    header = PATCH_LEVEL.search(tree.text(f"{python.prefix}/include/python{python.release}/patchlevel.h"))
    if header:
        return header[1]
    if python.prefix == SYSTEM:
        for name in (*_minimal(python.release), f"python{python.release}", "python3"):
            if name in packages and upstream(packages[name].version).startswith(f"{python.release}."):
                return upstream(packages[name].version)
    venvs = (
        venv for venv in known.values() if venv.settings and _parent(venv.settings.get("home", "")) == python.prefix
    )
    return next((_named(venv.settings or {}) for venv in venvs if venv.release == python.release), "") or python.release


def _minimal(release: str) -> tuple[str, ...]:
    """Debian's packages of an interpreter."""
    return f"python{release}-minimal", f"libpython{release}-minimal"


def _named(settings: Mapping[str, str]) -> str:
    """The version in pyvenv.cfg: venv writes `version`, virtualenv and uv `version_info` (3.13.5.final.0)."""
    return settings.get("version") or settings.get("version_info", "").partition(".final")[0]


def _visible(
    python: Installation, known: Mapping[str, Installation], dists: Mapping[str, Packages], debian: bool
) -> Packages:
    base = python if python.settings is None else known.get(_parent(python.settings.get("home", "")))
    folders: tuple[str, ...] = ()
    # Debian's own Python looks into site-packages only in a venv.
    if python.settings is not None or not (debian and python.prefix == SYSTEM):
        folders = _own(python.prefix, python.release)
    if debian and base and base.prefix == SYSTEM:
        folders += _debians(python.prefix, python.release)
    visible: dict[str, str] = {}
    for folder in reversed(folders):
        visible |= dists.get(folder, {})
    system = python.settings and python.settings.get("include-system-site-packages", "").lower() == "true"
    if system and base and base.settings is None:
        visible = {**_visible(base, known, dists, debian), **visible}
    return visible


def _own(prefix: str, release: str) -> tuple[str, ...]:
    return (f"{prefix}/lib/python{release}/site-packages", f"{prefix}/lib64/python{release}/site-packages")


def _debians(prefix: str, release: str) -> tuple[str, ...]:
    """The folders that Debian's `site` module adds for a prefix, in its order."""
    return (
        f"{prefix}/local/lib/python{release}/dist-packages",
        f"{prefix}/lib/python3/dist-packages",
        f"{prefix}/lib/python{release}/dist-packages",
    )


def _distributions(tree: Tree) -> dict[str, dict[str, str]]:
    """Folder -> name -> version. If a folder has a name twice, which no installer leaves, the last path wins."""
    distributions: dict[str, dict[str, str]] = {}
    for match in tree.matching(METADATA):
        if named := parse_metadata(tree.text(match[0])):
            distributions.setdefault(match["site"], {})[named[0]] = named[1]
    return distributions


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))
