"""The distributions that each Python of an image finds, by the rules of `site`, `importlib.metadata` and PEP 376."""

import posixpath
import re
from collections.abc import Mapping, Sequence

from packaging.utils import canonicalize_name
from packaging.version import Version

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import Distribution, Interpreter, OsPackage
from dockdj.model.inventory.pythons import (
    SYSTEM,
    Installation,
    base_of,
    dist_packages,
    installations,
    minimal,
    site_packages,
    version_of,
)

METADATA = re.compile(
    r"(?P<folder>/.+)/[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info)|(?P<egg>/.+\.egg)/EGG-INFO/PKG-INFO"
)
# Files that add folders to the search path.
PATHS_ENDING = ".pth"
PATHS = re.compile(r"/.+/(?:site|dist)-packages/[^/]+\.pth")
STATEMENTS = ("import ", "import\t")
Packages = Mapping[str, str]


def interpreters(
    tree: Tree, packages: Mapping[str, OsPackage], python_path: Sequence[str] = ()
) -> dict[str, Interpreter]:
    """Every interpreter in the tree by its name, with the distributions that it finds outside of home folders.

    `python_path` are the folders in the image's PYTHONPATH.
    """
    pythons = installations(tree)
    dists = _distributions(tree)
    debian = any(name in packages for python in pythons if python.prefix == SYSTEM for name in minimal(python.release))
    return {
        python.name: Interpreter(
            version_of(tree, python, pythons, packages),
            {
                name: Distribution(version)
                for name, version in sorted(
                    _visible(tree, (*python_path, *search_path(tree, python, pythons, debian)), dists).items()
                )
            },
        )
        for python in sorted(pythons, key=lambda python: python.name)
    }


def search_path(tree: Tree, python: Installation, pythons: Sequence[Installation], debian: bool) -> list[str]:
    """The folders in which a Python looks for distributions, in its order; `debian` is true for Debian's `site`."""
    return [folder for site in _sites(python, pythons, debian) for folder in (site, *added_by(tree, site))]


def added_folders(tree: Tree, pythons: Sequence[Installation], debian: bool) -> list[str]:
    """The folders that `.pth` files add to the search paths of all Pythons."""
    sites = dict.fromkeys(site for python in pythons for site in _sites(python, pythons, debian))
    return [folder for site in sites for folder in added_by(tree, site)]


def _sites(python: Installation, pythons: Sequence[Installation], debian: bool) -> tuple[str, ...]:
    base = base_of(python, pythons)
    sites: tuple[str, ...] = ()
    # Debian's own Python looks into site-packages only in a venv.
    if python.settings is not None or not (debian and python.prefix == SYSTEM):
        sites = site_packages(python.prefix, python.release)
    if debian and base and base.prefix == SYSTEM:
        sites += dist_packages(python.prefix, python.release)
    system = python.settings and python.settings.get("include-system-site-packages", "").lower() == "true"
    return (*sites, *_sites(base, pythons, debian)) if system and base else sites


def added_by(tree: Tree, site: str) -> list[str]:
    """The folders that the `.pth` files of a folder add to the search path. What their lines of code add is unknown."""
    folders = []
    place = tree.real(site)
    # `site` takes the files in the order of their names.
    for path in sorted(path for path in tree.contents if path.endswith(PATHS_ENDING)):
        folder, _, name = path.rpartition("/")
        if folder == place and not name.startswith("."):
            lines = (line.rstrip() for line in tree.text(path).removeprefix("\ufeff").splitlines())
            named = (line for line in lines if line and not line.startswith(("#", *STATEMENTS)))
            folders += [posixpath.normpath(posixpath.join(site, line)) for line in named]
    return folders


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


def _visible(tree: Tree, folders: Sequence[str], dists: Mapping[str, Packages]) -> Packages:
    visible: dict[str, str] = {}
    for folder in reversed(folders):
        visible |= dists.get(tree.real(folder), {})
    return visible


def _distributions(tree: Tree) -> dict[str, dict[str, str]]:
    """Folder -> name -> version.

    If a folder has a name twice, Python takes the one that the file system lists first. That is unknown here, so the
    highest version is listed: an installation that does not remove the older one leaves it behind.
    """
    distributions: dict[str, dict[str, str]] = {}
    for match in tree.matching(METADATA):
        if named := parse_metadata(tree.text(match[0])):
            name, version = named
            versions = distributions.setdefault(match["egg"] or match["folder"], {})
            versions[name] = max(versions.get(name, version), version, key=_order)
    return distributions


def _order(version: str) -> tuple[bool, Version, str]:
    try:
        return True, Version(version), version
    # InvalidVersion, and the error for a number of thousands of digits.
    except ValueError:
        return False, Version("0"), version
