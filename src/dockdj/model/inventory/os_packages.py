"""Packages of the operating system, parsed from the databases that an image carries."""

import re
from collections.abc import Mapping

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import OsPackage

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
DPKG_STATUS = "/var/lib/dpkg/status"
# Images without dpkg itself (distroless) have a file a package. The checksums beside them are no packages.
DPKG_STATUS_FOLDER = re.compile(r"/var/lib/dpkg/status\.d/[^/]+(?<!\.md5sums)")
APK_INSTALLED = "/lib/apk/db/installed"
# os-release(5): "If not set, a default of ID=linux may be used".
UNNAMED = "linux"
# Epoch, upstream version, then what the distribution adds. OpenSSL before 3.0 counts with a letter.
UPSTREAM = re.compile(r"(?:\d+:)?(\d+(?:\.\d+)*[a-z]?(?![a-z]))")
OPENSSL_PACKAGES = ("libssl3t64", "libssl3", "libcrypto3", "libssl1.1", "libcrypto1.1")
LIBC_PACKAGES = {"libc6": "glibc", "musl": "musl"}
OPENSSL_TEXT = re.compile(rb"OpenSSL (\d+\.\d+\.\d+[a-z]?) +\d+ [A-Z][a-z]{2} \d{4}")
GLIBC_TEXT = re.compile(rb"GNU C Library [^\0\n]*version (\d+\.\d+)")


def parse_os_release(text: str) -> tuple[str, str]:
    """(ID, VERSION_ID) out of /etc/os-release; os-release(5)."""
    fields = dict(line.partition("=")[::2] for line in text.splitlines() if "=" in line)
    identity, version = (fields.get(key, "").strip().strip("\"'") for key in ("ID", "VERSION_ID"))
    return identity or UNNAMED, version


def os_packages(tree: Tree) -> dict[str, OsPackage] | None:
    """The installed packages, None where the image has no database of them that can be read."""
    if has_dpkg(tree):
        parts = [found[0] for found in tree.matching(DPKG_STATUS_FOLDER)]
        return parse_dpkg_status("\n\n".join(map(tree.text, (DPKG_STATUS, *parts))))
    if APK_INSTALLED in tree.contents:
        return parse_apk_installed(tree.text(APK_INSTALLED))
    return None


def has_dpkg(tree: Tree) -> bool:
    """Whether the packages are Debian's."""
    return DPKG_STATUS in tree.contents or bool(tree.matching(DPKG_STATUS_FOLDER))


def parse_dpkg_status(text: str) -> dict[str, OsPackage]:
    """The installed packages in dpkg's status; removed ones that left configuration are not among them.

    Like dpkg-query, packages of another architecture than dpkg's own are called `name:architecture`. A stanza without
    `Status` is of an image without dpkg, and installed.
    """
    stanzas = [_fields(stanza) for stanza in re.split(r"\n[ \t]*\n", text)]
    native = next((fields.get("Architecture") for fields in stanzas if fields.get("Package") == "dpkg"), None)
    found = {}
    for fields in stanzas:
        name, version = fields.get("Package"), fields.get("Version")
        if name and version and fields.get("Status", "installed").split()[-1:] == ["installed"]:
            architecture = fields.get("Architecture", "all")
            foreign = native and architecture not in (native, "all")
            # `Source: glibc (2.36-9)` names another version only where it differs.
            source = (fields.get("Source") or name).split()[0]
            found[f"{name}:{architecture}" if foreign else name] = OsPackage(version, source)
    return found


def parse_apk_installed(text: str) -> dict[str, OsPackage]:
    """The packages in /lib/apk/db/installed; the Alpine wiki's apk spec."""
    found = {}
    for stanza in text.split("\n\n"):
        fields = {line[0]: line[2:].strip() for line in stanza.splitlines() if line[1:2] == ":"}
        if fields.get("P") and fields.get("V"):
            found[fields["P"]] = OsPackage(fields["V"], fields.get("o") or fields["P"])
    return found


def upstream(version: str) -> str:
    """What the authors of a packaged program call its version: 1:3.5.1-1+deb13u1 -> 3.5.1."""
    found = UPSTREAM.match(version)
    return found[1] if found else version


def openssl_version(packages: Mapping[str, OsPackage], library: bytes) -> str:
    """Of the libcrypto that programs load: by its own text where that was read, else by its package."""
    if found := OPENSSL_TEXT.search(library):
        return found[1].decode()
    return next((upstream(packages[name].version) for name in OPENSSL_PACKAGES if name in packages), "")


def libc_version(packages: Mapping[str, OsPackage], library: bytes) -> str:
    """`glibc 2.41` or `musl 1.2.5`: by its package, else by glibc's own text."""
    for name, kind in LIBC_PACKAGES.items():
        if name in packages:
            return f"{kind} {upstream(packages[name].version)}"
    found = GLIBC_TEXT.search(library)
    return f"glibc {found[1].decode()}" if found else ""


def _fields(stanza: str) -> dict[str, str]:
    fields = {}
    for line in stanza.splitlines():
        if line[:1] not in (" ", "\t") and ":" in line:
            key, _, value = line.partition(":")
            fields[key] = value.strip()
    return fields
