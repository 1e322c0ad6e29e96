"""The source of a project's Dockdj: `source` in `dockdj.toml`."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

# The distribution: the name `dockdj` belongs to another project on the package index.
PACKAGE = "dockdj-cli"
# Files that Dockdj keeps in a project for itself.
VENDOR = "vendor"
REQUIREMENTS = f"{VENDOR}/dockdj-requirements.txt"
RECIPE = f"{VENDOR}/dockdj-recipe.zip"
# The value of `--source` that puts the wheel into the project.
WHEEL = "wheel"

COMMIT = re.compile(r"git\+[a-z][a-z+]*://[^\s\"'#]+@[0-9a-f]{40}(#subdirectory=[^\s\"'#]+)?")
ADDRESS = re.compile(r"https?://[^\s\"'#]+#sha256=[0-9a-f]{64}")
VENDORED = re.compile(rf"{VENDOR}/[A-Za-z0-9_.+-]+\.whl#sha256=[0-9a-f]{{64}}")
FOLDER = re.compile(r"(/|\.\.?/).*")
SHA1 = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")
EXPECTED = (
    "a Git address with a commit (git+https://HOST/PATH@COMMIT), an address of a file with its hash "
    "(https://HOST/FILE#sha256=HASH), a folder, or `wheel`"
)


def is_pinned(source: str) -> bool:
    """Tell whether a source names its content: by a commit or a hash. A folder is not pinned."""
    return any(kind.fullmatch(source) for kind in (COMMIT, ADDRESS, VENDORED))


def is_folder(source: str) -> bool:
    """Tell whether a source is a folder, which only its own machine has."""
    return FOLDER.fullmatch(source) is not None and "#sha256=" not in source


def of_installation(direct_url: Mapping[str, Any]) -> str | None:
    """The pinned address that Dockdj was installed from, by its `direct_url.json` (PEP 610).

    None if there is no such address, if other machines cannot reach it, or if it has no commit or hash.
    """
    url = direct_url.get("url")
    if not isinstance(url, str) or not _is_public(url):
        return None
    vcs, archive = direct_url.get("vcs_info"), direct_url.get("archive_info")
    source = None
    if isinstance(vcs, Mapping):
        source = _commit_of(url, vcs, direct_url.get("subdirectory"))
    elif isinstance(archive, Mapping) and not direct_url.get("subdirectory"):
        source = _file_of(url, archive)
    return source if source and is_pinned(source) else None


def _commit_of(url: str, vcs: Mapping[str, Any], folder: object) -> str | None:
    commit = vcs.get("commit_id")
    if vcs.get("vcs") != "git" or not isinstance(commit, str) or not SHA1.fullmatch(commit):
        return None
    subdirectory = f"#subdirectory={folder}" if folder else ""
    return f"git+{_without_secrets(url)}@{commit}{subdirectory}"


def _file_of(url: str, archive: Mapping[str, Any]) -> str | None:
    hashes = archive.get("hashes")
    sha256 = hashes.get("sha256") if isinstance(hashes, Mapping) else None
    older = archive.get("hash")
    if sha256 is None and isinstance(older, str):
        sha256 = older.removeprefix("sha256=")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256) or urlsplit(url).scheme not in ("http", "https"):
        return None
    # A query may hold a signature: it would be published, and it expires.
    return None if urlsplit(url).query else f"{_without_secrets(url)}#sha256={sha256}"


def _is_public(url: str) -> bool:
    """Tell whether an address may lead other machines to the same place: not a file, not this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme not in ("https", "http", "ssh", "git") or not host:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")
    return not address.is_loopback and not address.is_unspecified


def _without_secrets(url: str) -> str:
    """The address without password, and without a user where a user may be a token; without query and fragment."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    name = user.partition(":")[0] + at if parts.scheme == "ssh" else ""
    return urlunsplit((parts.scheme, name + place, parts.path, "", ""))
