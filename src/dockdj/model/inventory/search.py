"""The places in an image where packages are looked for. Reading the whole image would take seconds."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.inventory import npm_packages, os_packages, python_packages, pythons, unmanaged_files
from dockdj.model.inventory.file_tree import below, outermost

# The labels in which an image names absolute paths, separated by spaces.
CONFIG_LABEL = "org.dockdj.config"
UNMANAGED_LABEL = "org.dockdj.unmanaged"
# The folders of applications and their packages; dpkg's database is in /var.
FOLDERS = (
    *("/app", "/home", "/node_modules", "/opt", "/root", "/srv", "/usr/lib/node_modules"),
    *("/usr/local/lib/node_modules", "/usr/src", "/var"),
)
# The system's folders are too large to read, and the databases know their packages.
SYSTEM_FOLDERS = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr")
# Folders that are too large to be read for the sake of a Python's search path.
LARGE_FOLDERS = ("/", *SYSTEM_FOLDERS, *(f"/usr/{name}" for name in ("bin", "lib", "lib64", "local", "sbin", "share")))
# The engine's default for images without a PATH.
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The same folders on a system with a merged /usr.
MERGED = {"/bin": "/usr/bin", "/sbin": "/usr/sbin"}
PATCH_LEVEL_FILE = re.compile(r".+/include/python\d+\.\d+t?/patchlevel\.h")
DATABASES = (
    re.compile(re.escape(os_packages.DPKG_STATUS)),
    os_packages.DPKG_UPDATE,
    os_packages.DPKG_STATUS_FOLDER,
    pythons.VENV,
    python_packages.METADATA,
    python_packages.PATHS,
    npm_packages.HIDDEN_LOCK,
    PATCH_LEVEL_FILE,
)
ENDINGS = (
    *("/METADATA", "/PKG-INFO", "/RECORD", ".egg-info", python_packages.PATHS_ENDING, "/pyvenv.cfg", "/patchlevel.h"),
    "/.package-lock.json",
)
DPKG_FOLDER = "/var/lib/dpkg/"
OWNERS = (unmanaged_files.DPKG_LIST, unmanaged_files.DPKG_SUMS, unmanaged_files.RECORD)
LIBRARY_FOLDERS = {
    "amd64": "/usr/lib/x86_64-linux-gnu",
    "arm64": "/usr/lib/aarch64-linux-gnu",
}
OTHER_LIBRARIES = ("/usr/lib64", "/usr/lib", "/lib")


@dataclass(frozen=True)
class Search:
    """The places to search, from an image's configuration."""

    path: tuple[str, ...]
    workdir: str
    architecture: str
    config: tuple[str, ...]
    unmanaged: tuple[str, ...] | None
    python_path: tuple[str, ...] = ()

    def folders(self) -> list[str]:
        """The folders that are read whole: FOLDERS, and the top folders of PATH, PYTHONPATH and the working folder."""
        configured = [_top(self.workdir), *(_top(folder) for folder in (*self.path, *self.python_path))]
        return outermost([*FOLDERS, *(folder for folder in configured if folder)])

    def programs(self) -> list[str]:
        """Further folders of programs, outside of `folders()`, that may have a Python."""
        whole = self.folders()
        candidates = dict.fromkeys((*self.path, "/usr/local/bin", "/usr/bin"))
        return [path for path in candidates if path.endswith("/bin") and not any(below(path, each) for each in whole)]

    def libraries(self, name: str) -> list[str]:
        """The paths at which a shared library of the system may be."""
        folders = (*filter(None, [LIBRARY_FOLDERS.get(self.architecture)]), *OTHER_LIBRARIES)
        return [f"{folder}/{name}" for folder in folders]

    def wants(self, path: str) -> bool:
        """True if the content of a file is needed."""
        # Plain comparisons come first, because matching every path would take longer than reading the archive.
        if not path.endswith(ENDINGS) and not path.startswith(DPKG_FOLDER):
            return False
        patterns = (*DATABASES, *OWNERS) if self.unmanaged is not None else DATABASES
        return any(pattern.fullmatch(path) for pattern in patterns)


def search_of(document: Mapping[str, Any]) -> Search:
    """The places to search in an image, by its document of `docker image inspect`."""
    config = document.get("Config") or {}
    labels = config.get("Labels") or {}
    variables = dict(each.partition("=")[::2] for each in config.get("Env") or ())
    workdir = config.get("WorkingDir") or "/"
    # An empty entry is the working folder, as is a relative one's start.
    python_path = paths.split(":") if (paths := variables.get("PYTHONPATH")) else ()
    folders = [folder.rstrip("/") for folder in (variables.get("PATH") or DEFAULT_PATH).split(":")]
    return Search(
        path=tuple(dict.fromkeys(MERGED.get(folder, folder) for folder in folders if folder.startswith("/"))),
        workdir=workdir,
        architecture=str(document.get("Architecture", "")),
        config=_paths(labels.get(CONFIG_LABEL, "")),
        unmanaged=_paths(labels[UNMANAGED_LABEL]) if UNMANAGED_LABEL in labels else None,
        python_path=tuple(dict.fromkeys(posixpath.normpath(posixpath.join(workdir, path)) for path in python_path)),
    )


def _paths(label: str) -> tuple[str, ...]:
    return tuple(sorted(set(label.split())))


def _top(folder: str) -> str:
    """The top folder of an absolute path, "" for the system's folders."""
    top = "/" + folder.strip("/").partition("/")[0]
    return "" if top == "/" or top in SYSTEM_FOLDERS else top
