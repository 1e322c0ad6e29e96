"""What is inside an image: its packages and files, parsed from the databases the image carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OsPackage:
    """An installed package of the operating system, with the source package it was built from."""

    version: str
    source: str


@dataclass(frozen=True)
class Inventory:
    """An image's contents as the release record holds them."""

    os_id: str = ""
    os_version: str = ""
    os_packages: Mapping[str, OsPackage] = field(default_factory=dict)
    python_version: str = ""
    python_packages: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def parse_os_release(text: str) -> tuple[str, str]:
    """(ID, VERSION_ID) out of /etc/os-release; os-release(5)."""
    fields = dict(line.partition("=")[::2] for line in text.splitlines() if "=" in line)
    return tuple(fields.get(key, "").strip().strip("\"'") for key in ("ID", "VERSION_ID"))  # type: ignore[return-value]


def parse_dpkg_status(text: str) -> dict[str, OsPackage]:
    """The installed packages in a dpkg status file; removed ones that left configuration are not among them."""
    found = {}
    for stanza in text.split("\n\n"):
        fields = _fields(stanza)
        if fields.get("Status", "").split()[-1:] == ["installed"]:
            # `Source: glibc (2.36-9)` names another version only where it differs.
            source = fields.get("Source", fields["Package"]).split()[0]
            found[fields["Package"]] = OsPackage(fields["Version"], source)
    return found


def parse_apk_installed(text: str) -> dict[str, OsPackage]:
    """The packages in /lib/apk/db/installed; the Alpine wiki's apk spec."""
    found = {}
    for stanza in text.split("\n\n"):
        fields = dict((line[0], line[2:]) for line in stanza.splitlines() if line[1:2] == ":")
        if "P" in fields:
            found[fields["P"]] = OsPackage(fields.get("V", ""), fields.get("o", fields["P"]))
    return found


def to_record(inventory: Inventory) -> dict[str, Any]:
    """The inventory as fields of a release record; what the image has not is left out."""
    fields: dict[str, Any] = {}
    if inventory.os_id:
        packages = {
            name: {"source": package.source, "version": package.version}
            for name, package in inventory.os_packages.items()
        }
        fields["os"] = {"id": inventory.os_id, "version": inventory.os_version, "packages": packages}
    if inventory.python_version:
        fields["python"] = {"version": inventory.python_version, "packages": dict(inventory.python_packages)}
    fields["files"] = dict(inventory.files)
    return fields


def _fields(stanza: str) -> dict[str, str]:
    fields = {}
    for line in stanza.splitlines():
        if line[:1] not in (" ", "\t") and ":" in line:
            key, _, value = line.partition(":")
            fields[key] = value.strip()
    return fields
