"""Where in an image packages are looked for. Reading all of it would take seconds an image."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.inventory import npm_packages, os_packages, python_packages, unmanaged_files
from dockdj.model.inventory.file_tree import below, outermost

# The labels in which an image names paths of its own, absolute, separated by spaces.
CONFIG_LABEL = "org.dockdj.config"
UNMANAGED_LABEL = "org.dockdj.unmanaged"
# Where applications and what they bring are put; dpkg's database is in /var.
FOLDERS = (
    *("/app", "/home", "/node_modules", "/opt", "/root", "/srv", "/usr/lib/node_modules"),
    *("/usr/local/lib/node_modules", "/usr/src", "/var"),
)
# What the system owns: too much to read for what can be in it, and known by the databases.
SYSTEM_FOLDERS = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr")
# Linux looks here where the image sets no PATH (the engine's own default).
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Each the same folder as another on a system with a merged /usr.
MERGED = {"/bin": "/usr/bin", "/sbin": "/usr/sbin"}
PATCH_LEVEL_FILE = re.compile(r".+/include/python\d+\.\d+/patchlevel\.h")
DATABASES = (
    re.compile(re.escape(os_packages.DPKG_STATUS)),
    os_packages.DPKG_STATUS_FOLDER,
    python_packages.VENV,
    python_packages.METADATA,
    npm_packages.HIDDEN_LOCK,
    PATCH_LEVEL_FILE,
)
ENDINGS = ("/METADATA", "/PKG-INFO", "/RECORD", ".egg-info", "/pyvenv.cfg", "/patchlevel.h", "/.package-lock.json")
DPKG_FOLDER = "/var/lib/dpkg/"
OWNERS = (unmanaged_files.DPKG_LIST, unmanaged_files.DPKG_SUMS, unmanaged_files.RECORD)
LIBRARY_FOLDERS = {
    "amd64": "/usr/lib/x86_64-linux-gnu",
    "arm64": "/usr/lib/aarch64-linux-gnu",
}
OTHER_LIBRARIES = ("/usr/lib64", "/usr/lib", "/lib")


@dataclass(frozen=True)
class Search:
    """What an image's configuration says of where to look."""

    path: tuple[str, ...]
    workdir: str
    architecture: str
    config: tuple[str, ...]
    unmanaged: tuple[str, ...] | None

    def folders(self) -> list[str]:
        """The folders that are read whole: the usual ones, and those that PATH and the working folder point to."""
        own = [_top(self.workdir), *(_top(folder) for folder in self.path)]
        return outermost([*FOLDERS, *(folder for folder in own if folder)])

    def programs(self) -> list[str]:
        """Folders of programs that are in none of those, where a Python may be."""
        known = self.folders()
        found = dict.fromkeys((*self.path, "/usr/local/bin", "/usr/bin"))
        return [one for one in found if one.endswith("/bin") and not any(below(one, folder) for folder in known)]

    def libraries(self, name: str) -> list[str]:
        """Where a shared library of the system may be."""
        folders = (*filter(None, [LIBRARY_FOLDERS.get(self.architecture)]), *OTHER_LIBRARIES)
        return [f"{folder}/{name}" for folder in folders]

    def wants(self, path: str) -> bool:
        """Whether the content of a file is needed."""
        # Of ten thousand files, a hundred have such a name: the patterns would cost more than to read the archive.
        if not path.endswith(ENDINGS) and not path.startswith(DPKG_FOLDER):
            return False
        patterns = (*DATABASES, *OWNERS) if self.unmanaged is not None else DATABASES
        return any(pattern.fullmatch(path) for pattern in patterns)


def search_of(document: Mapping[str, Any]) -> Search:
    """Where to look, out of the document of `docker image inspect`."""
    config = document.get("Config") or {}
    labels = config.get("Labels") or {}
    variables = dict(each.partition("=")[::2] for each in config.get("Env") or ())
    folders = [folder.rstrip("/") for folder in (variables.get("PATH") or DEFAULT_PATH).split(":")]
    return Search(
        path=tuple(dict.fromkeys(MERGED.get(one, one) for one in folders if one.startswith("/"))),
        workdir=config.get("WorkingDir") or "/",
        architecture=str(document.get("Architecture", "")),
        config=_paths(labels.get(CONFIG_LABEL, "")),
        unmanaged=_paths(labels[UNMANAGED_LABEL]) if UNMANAGED_LABEL in labels else None,
    )


def _paths(label: str) -> tuple[str, ...]:
    return tuple(sorted(set(label.split())))


def _top(folder: str) -> str:
    """The first part of an absolute path, "" for the system's own."""
    top = "/" + folder.strip("/").partition("/")[0]
    return "" if top == "/" or top in SYSTEM_FOLDERS else top
