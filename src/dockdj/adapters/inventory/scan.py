"""Take the inventory of one image: read the places of the search, and let the model interpret them."""

import hashlib

from dockdj.adapters.inventory.file_tree import read
from dockdj.adapters.inventory.image_files import Files
from dockdj.adapters.inventory.tar_stream import FILE, HARD_LINK
from dockdj.errors import ProjectError
from dockdj.model.inventory import npm_packages, os_packages, python_packages, unmanaged_files
from dockdj.model.inventory import pythons as python_programs
from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import Inventory
from dockdj.model.inventory.search import CONFIG_LABEL, UNMANAGED_LABEL, Search

CRYPTO = ("libcrypto.so.3", "libcrypto.so.1.1")


def take(files: Files, search: Search, image_name: str) -> Inventory:
    """The inventory of an image, without its base. Raises ProjectError for a label that names a missing file."""
    tree = read(files, search)
    packages = os_packages.os_packages(tree)
    system, version = os_packages.parse_os_release(
        next((text for name in os_packages.OS_RELEASE if (text := tree.text(name))), "")
    )
    pythons = python_packages.interpreters(tree, packages or {}, search.python_path)
    crypto = files.content(f"/usr/local/lib/{CRYPTO[0]}") or b""
    library = b""
    if packages is None and pythons:
        crypto = crypto or _first(files, [path for name in CRYPTO for path in search.libraries(name)])
        library = _first(files, search.libraries("libc.so.6"))
    runtime = {
        "libc": os_packages.libc_version(packages or {}, library),
        "openssl": os_packages.openssl_version(packages or {}, crypto),
        "python": python_programs.on_path(tree, search.path, pythons),
    }
    return Inventory(
        os_id=system,
        os_version=version,
        os_packages=packages,
        python=pythons,
        npm=npm_packages.node_modules(tree),
        runtime={name: version for name, version in runtime.items() if version},
        files={
            path: digest for name in search.config for path, digest in _named(files, name, image_name, CONFIG_LABEL)
        },
        unmanaged=None if search.unmanaged is None else _unmanaged(files, search.unmanaged, tree, image_name),
    )


def _unmanaged(files: Files, names: tuple[str, ...], tree: Tree, image_name: str) -> dict[str, str]:
    digests = {path: digest for name in names for path, digest in _named(files, name, image_name, UNMANAGED_LABEL)}
    return {path: digests[path] for path in unmanaged_files.unmanaged(digests, tree)}


def _named(files: Files, name: str, image_name: str, label: str) -> list[tuple[str, str]]:
    """(path, digest) of the files at or below a path that a label names; links below it are not followed."""
    digests, hard_links, exists = [], [], False
    for path, member in files.following(name):
        exists = True
        if member.kind == FILE:
            content = hashlib.sha256()
            for chunk in member.chunks():
                content.update(chunk)
            digests.append((path, f"sha256:{content.hexdigest()}"))
        elif member.kind == HARD_LINK:
            hard_links.append(path)
    digests += [(path, f"sha256:{hashlib.sha256(files.content(path) or b'').hexdigest()}") for path in hard_links]
    if not (digests or (exists and label == UNMANAGED_LABEL)):
        raise ProjectError(
            f"{image_name} has no file {name}, which its label {label} names",
            hint="correct the LABEL in the Dockerfile",
        )
    return sorted(digests)


def _first(files: Files, paths: list[str]) -> bytes:
    return next((content for path in paths if (content := files.content(path))), b"")
