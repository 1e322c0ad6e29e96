"""The Pythons of an image and what each of them finds, by the rules of `site` and of PEP 376 and 405."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import Distribution, Interpreter, OsPackage
from dockdj.model.inventory.os_packages import upstream

SYSTEM = "/usr"
PROGRAMS = ("python", "python3")
PROGRAM = re.compile(r"(?P<folder>/.+)/python(?P<release>\d+\.\d+)?(?:\d*)")
VENV = re.compile(r"(?P<prefix>.+)/pyvenv\.cfg")
STANDARD_LIBRARY = re.compile(r"(?P<prefix>.+)/lib/python(?P<release>\d+\.\d+)/os\.py")
RELEASE_FOLDER = re.compile(r"(?P<prefix>.+)/lib(?:64)?/python(?P<release>\d+\.\d+)/site-packages")
PATCH_LEVEL = re.compile(r'^#define\s+PY_VERSION\s+"([^"]+)"', re.MULTILINE)
METADATA = re.compile(
    r"(?P<site>.+/(?:site|dist)-packages)/"
    r"(?P<name>[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info))"
)
Packages = Mapping[str, str]
RELEASE = re.compile(r"\d+\.\d+")


@dataclass(frozen=True)
class Found:
    """An interpreter's prefix and its release, 3.13; `settings` are those of pyvenv.cfg where it is a venv."""

    prefix: str
    release: str
    settings: Mapping[str, str] | None = None


def interpreters(tree: Tree, packages: Mapping[str, OsPackage]) -> dict[str, Interpreter]:
    """Every interpreter in the tree by its prefix, with the distributions that it finds without a user's own."""
    known = {one.prefix: one for one in found(tree)}
    dists = _distributions(tree)
    system = known.get(SYSTEM)
    debian = system is not None and any(name in packages for name in _minimal(system.release))
    return {
        prefix: Interpreter(
            _version(tree, one, known, packages),
            {name: Distribution(version) for name, version in sorted(_visible(one, known, dists, debian).items())},
        )
        for prefix, one in sorted(known.items())
    }


def found(tree: Tree) -> tuple[Found, ...]:
    """The interpreters of a tree; a venv's own comes after the one that it would be without pyvenv.cfg."""
    return (*_installed(tree), *_venvs(tree))


def on_path(tree: Tree, folders: Sequence[str], known: Mapping[str, Interpreter]) -> str:
    """The version of the Python that PATH finds, "" where it finds none."""
    for program in PROGRAMS:
        for folder in folders:
            if (path := f"{folder}/{program}") not in tree.paths:
                continue
            # PEP 405: the file is looked for beside the program that was called, not beside where its links lead.
            prefix = _parent(folder)
            if f"{prefix}/pyvenv.cfg" not in tree.contents:
                prefix = _parent(_parent(tree.resolve(path)))
            return known[prefix].version if prefix in known else ""
    return ""


def reads(one: Found, debian: bool) -> tuple[str, ...]:
    """What says which distributions an interpreter has, and its version; `debian` is whether the system is Debian's."""
    own, debians = _own(one.prefix, one.release), _debians(one.prefix, one.release)
    if debian:
        # Debian has no lib64 of Pythons; below /usr/local, only what its `site` reads for /usr, too, is ever used.
        return (*(debians if one.prefix == SYSTEM else (own[0], debians[-1])), *_headers(one))
    return (*own, *_headers(one))


def _headers(one: Found) -> tuple[str, ...]:
    path = f"{one.prefix}/include/python{one.release}/patchlevel.h"
    return () if one.settings is not None or one.prefix == SYSTEM else (path,)


def parse_settings(text: str) -> dict[str, str]:
    """pyvenv.cfg: `key = value` a line, keys in any case."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def parse_metadata(text: str) -> tuple[str, str] | None:
    """(normalised name, version) out of METADATA or PKG-INFO; core metadata, PEP 566. None when one is missing."""
    head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    fields: dict[str, str] = {}
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if colon and not key[:1].isspace():
            fields.setdefault(key.strip().lower(), value.strip())
    name, version = fields.get("name"), fields.get("version")
    return (canonicalize_name(name), version) if name and version else None


def _installed(tree: Tree) -> Iterable[Found]:
    # Plain comparisons first: of ten thousand paths, a handful are left for the patterns.
    for path in tree.paths:
        if path.endswith("/os.py") and (found := STANDARD_LIBRARY.fullmatch(path)):
            yield Found(found["prefix"], found["release"])
        elif "/bin/python" in path and PROGRAM.fullmatch(path):
            end = PROGRAM.fullmatch(tree.resolve(path))
            if end and end["release"] and end["folder"].endswith("/bin") and tree.paths.get(end[0]) == "":
                yield Found(_parent(end["folder"]), end["release"])


def _venvs(tree: Tree) -> Iterable[Found]:
    for found in tree.matching(VENV):
        settings = parse_settings(tree.text(found[0]))
        folders = {
            match["release"]
            for path in tree.paths
            if path.endswith("/site-packages")
            if (match := RELEASE_FOLDER.fullmatch(path)) and match["prefix"] == found["prefix"]
        }
        named = RELEASE.match(_named(settings))
        # The folder of another release is what an upgrade left.
        release = named[0] if named and (named[0] in folders or not folders) else max(folders, default="", key=_number)
        if release:
            yield Found(found["prefix"], release, settings)


def _version(tree: Tree, one: Found, known: Mapping[str, Found], packages: Mapping[str, OsPackage]) -> str:
    if one.settings is not None:
        # What the file says is from when the venv was made; the interpreter may have been replaced since.
        home = known.get(_parent(one.settings.get("home", "")))
        if home and home.settings is None and home.release == one.release:
            return _version(tree, home, known, packages)
        return _named(one.settings) or one.release
    header = PATCH_LEVEL.search(tree.text(f"{one.prefix}/include/python{one.release}/patchlevel.h"))
    if header:
        return header[1]
    if one.prefix == SYSTEM:
        for name in (*_minimal(one.release), f"python{one.release}", "python3"):
            if name in packages and upstream(packages[name].version).startswith(f"{one.release}."):
                return upstream(packages[name].version)
    venvs = (venv for venv in known.values() if venv.settings and _parent(venv.settings.get("home", "")) == one.prefix)
    return next((_named(venv.settings or {}) for venv in venvs if venv.release == one.release), "") or one.release


def _minimal(release: str) -> tuple[str, ...]:
    """Debian's packages of an interpreter."""
    return f"python{release}-minimal", f"libpython{release}-minimal"


def _named(settings: Mapping[str, str]) -> str:
    """`version` is venv's, `version_info` that of virtualenv and uv: 3.13.5.final.0."""
    return settings.get("version") or settings.get("version_info", "").partition(".final")[0]


def _visible(one: Found, known: Mapping[str, Found], dists: Mapping[str, Packages], debian: bool) -> Packages:
    base = one if one.settings is None else known.get(_parent(one.settings.get("home", "")))
    folders: tuple[str, ...] = ()
    # Debian's own Python looks into site-packages in a venv alone.
    if one.settings is not None or not (debian and one.prefix == SYSTEM):
        folders = _own(one.prefix, one.release)
    if debian and base and base.prefix == SYSTEM:
        folders += _debians(one.prefix, one.release)
    found: dict[str, str] = {}
    for folder in reversed(folders):
        found |= dists.get(folder, {})
    system = one.settings and one.settings.get("include-system-site-packages", "").lower() == "true"
    if system and base and base.settings is None:
        found = {**_visible(base, known, dists, debian), **found}
    return found


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
    """Folder -> name -> version. Of two of one name, which an installer would not leave, the last by its folder."""
    found: dict[str, dict[str, str]] = {}
    for match in tree.matching(METADATA):
        if named := parse_metadata(tree.text(match[0])):
            found.setdefault(match["site"], {})[named[0]] = named[1]
    return found


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))
