"""Packages of the operating system, parsed from the databases in an image."""

import re
from collections import Counter
from collections.abc import Collection, Mapping

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import OsPackage

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
DPKG_STATUS = "/var/lib/dpkg/status"
# Images without dpkg itself (distroless) have a file for each package, next to files of checksums.
# Changes that dpkg had not yet copied into its status when it ended, in the order of their numbers.
DPKG_UPDATE = re.compile(r"/var/lib/dpkg/updates/\d+")
DPKG_STATUS_FOLDER = re.compile(r"/var/lib/dpkg/status\.d/[^/]+(?<!\.md5sums)")
APK_INSTALLED = "/lib/apk/db/installed"
# dpkg(1), "Package states": in every other state files of the package are unpacked.
WITHOUT_FILES = ("not-installed", "config-files")
# os-release(5): "If not set, a default of ID=linux may be used".
UNNAMED = "linux"
# Epoch, upstream version, and the distribution's addition. OpenSSL before 3.0 ends its versions with a letter.
UPSTREAM = re.compile(r"(?:\d+:)?(\d+(?:\.\d+)*[a-z]?(?![a-z]))")
OPENSSL_PACKAGES = ("libssl3t64", "libssl3", "libcrypto3", "libssl1.1", "libcrypto1.1")
LIBC_PACKAGES = {"libc6": "glibc", "musl": "musl"}
OPENSSL_TEXT = re.compile(rb"OpenSSL (\d+\.\d+\.\d+[a-z]?) +\d+ [A-Z][a-z]{2} \d{4}")
GLIBC_TEXT = re.compile(rb"GNU C Library [^\0\n]{0,200}version (\d+\.\d+)")


def parse_os_release(text: str) -> tuple[str, str]:
    """(ID, VERSION_ID) in /etc/os-release; see os-release(5)."""
    fields = dict(line.partition("=")[::2] for line in text.splitlines() if "=" in line)
    identity, version = (fields.get(key, "").strip().strip("\"'") for key in ("ID", "VERSION_ID"))
    return identity or UNNAMED, version


def os_packages(tree: Tree) -> dict[str, OsPackage] | None:
    """The installed packages; None if the image has no database that can be read."""
    if has_dpkg(tree):
        parts = [match[0] for pattern in (DPKG_UPDATE, DPKG_STATUS_FOLDER) for match in tree.matching(pattern)]
        return parse_dpkg_status("\n\n".join(map(tree.text, (DPKG_STATUS, *parts))))
    if APK_INSTALLED in tree.contents:
        return parse_apk_installed(tree.text(APK_INSTALLED))
    return None


def has_dpkg(tree: Tree) -> bool:
    """True if the image has dpkg's database."""
    return DPKG_STATUS in tree.contents or bool(tree.matching(DPKG_STATUS_FOLDER))


def parse_dpkg_status(text: str) -> dict[str, OsPackage]:
    """The packages in dpkg's status whose files are in the image: configured, unpacked or in between.

    A later stanza of a package replaces an earlier one. As in dpkg-query, packages of another architecture than dpkg's
    own are named `name:architecture`; without dpkg, the most frequent architecture is its own. A stanza without
    `Status` comes from an image without dpkg, and means installed.
    """
    stanzas: dict[tuple[str, str], Mapping[str, str]] = {}
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields = _fields(stanza)
        if name := fields.get("package"):
            stanzas[name, fields.get("architecture", "all")] = fields
    native = _native(stanzas)
    return {
        name if architecture in (native, "all") else f"{name}:{architecture}": OsPackage(
            fields.get("version", ""),
            # `Source` has a version, `glibc (2.36-9)`, only if it differs from the package's.
            (fields.get("source") or name).split()[0],
        )
        for (name, architecture), fields in stanzas.items()
        if (fields.get("status", "installed").split() or [""])[-1] not in WITHOUT_FILES
        # A package whose installation began has no version before it is unpacked.
        if "version" in fields or "status" in fields
    }


def _native(packages: Collection[tuple[str, str]]) -> str:
    """The architecture of the system, by the names and architectures of its packages."""
    architectures = [architecture for _, architecture in packages if architecture != "all"]
    own = [architecture for name, architecture in packages if name == "dpkg"]
    return (own or [kind for kind, _ in Counter(architectures).most_common(1)] or [""])[0]


def parse_apk_installed(text: str) -> dict[str, OsPackage]:
    """The packages in /lib/apk/db/installed; see the Alpine wiki, "Apk spec"."""
    packages = {}
    for stanza in text.split("\n\n"):
        fields = {line[0]: line[2:].strip() for line in stanza.splitlines() if line[1:2] == ":"}
        if fields.get("P") and fields.get("V"):
            packages[fields["P"]] = OsPackage(fields["V"], fields.get("o") or fields["P"])
    return packages


def upstream(version: str) -> str:
    """The version of a packaged program without the packager's additions: 1:3.5.1-1+deb13u1 -> 3.5.1."""
    match = UPSTREAM.match(version)
    return match[1] if match else version


def openssl_version(packages: Mapping[str, OsPackage], library: bytes) -> str:
    """The version of the libcrypto that programs load: from its own text if that was read, else from its package."""
    if match := OPENSSL_TEXT.search(library):
        return match[1].decode()
    return next((upstream(packages[name].version) for name in OPENSSL_PACKAGES if name in packages), "")


def libc_version(packages: Mapping[str, OsPackage], library: bytes) -> str:
    """The C library, `glibc 2.41` or `musl 1.2.5`: from its package, else from glibc's own text."""
    for name, kind in LIBC_PACKAGES.items():
        if name in packages:
            return f"{kind} {upstream(packages[name].version)}"
    match = GLIBC_TEXT.search(library)
    return f"glibc {match[1].decode()}" if match else ""


def _fields(stanza: str) -> dict[str, str]:
    fields = {}
    for line in stanza.splitlines():
        if line[:1] not in (" ", "\t") and ":" in line:
            key, _, value = line.partition(":")
            # deb822(5): "the names of fields are not case-sensitive".
            fields[key.lower()] = value.strip()
    return fields
