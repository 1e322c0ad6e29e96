import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import OsPackage
from dockdj.model.inventory.os_packages import (
    libc_version,
    openssl_version,
    os_packages,
    parse_apk_installed,
    parse_dpkg_status,
    parse_os_release,
    upstream,
)

STATUS = """\
Package: libc6
Status: install ok installed
Source: glibc (2.41-12)
Version: 2.41-12+deb13u4
Description: GNU C Library
 Source: not a field, but text

Package: gone
Status: deinstall ok config-files
Version: 1

Package: bash
Status: hold ok installed
Version: 5.2
"""
WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789.+-~:", min_size=1)


def test_installed_packages_are_listed_with_their_source() -> None:
    assert parse_dpkg_status(STATUS) == {
        "libc6": OsPackage("2.41-12+deb13u4", "glibc"),
        "bash": OsPackage("5.2", "bash"),
    }


STATES = (
    *("not-installed", "config-files", "half-installed", "unpacked", "half-configured", "triggers-awaited"),
    *("triggers-pending", "installed"),
)
QUERY = ("-W", "-f", "${db:Status-Status} ${Package}:${Architecture} ${source:Package} ${Version}\\n")


def stanza(name: str, status: str, version: str = "1.0", architecture: str = "amd64") -> str:
    more = {
        "triggers-pending": "Triggers-Pending: trigger\n",
        "triggers-awaited": "Triggers-Awaited: dpkg\n",
        "unpacked": "Config-Version: 0.9\n",
    }
    kept = f"Version: {version}\n" if version else ""
    text = f"Package: {name}\nStatus: {status}\nMaintainer: a <a@example.com>\nArchitecture: {architecture}\n"
    return f"{text}{kept}{more.get(status.split()[-1], '')}Description: {name}\n"


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="dpkg is Debian's")
def test_packages_of_every_state_with_files_are_listed_as_dpkg_query_lists_them(tmp_path: Path) -> None:
    # dpkg(1), "Package states".
    files = {
        "status": "\n".join(
            [
                stanza("dpkg", "install ok installed"),
                *(stanza(state, f"install ok {state}") for state in STATES),
                *(stanza(f"{state}-broken", f"purge reinstreq {state}") for state in STATES[2:]),
                stanza("begun", "install reinstreq half-installed", ""),
                stanza("multi", "install ok installed").replace("Arch", "Multi-Arch: same\nArch"),
                stanza("multi", "hold ok unpacked", "1.0", "i386").replace("Arch", "Multi-Arch: same\nArch"),
                stanza("both", "install ok installed"),
                stanza("removed", "install ok installed"),
                stanza("lower", "install ok installed")
                .lower()
                .replace("description: ", "source: glibc (2)\ndescription: "),
            ]
        ),
        # dpkg was killed before it joined these with its status; its next start does.
        "updates/0000": stanza("both", "install ok unpacked", "2.0"),
        "updates/0001": stanza("removed", "deinstall ok config-files"),
        "updates/0002": stanza("both", "install ok half-configured", "3.0"),
        "updates/tmp.i": stanza("never", "install ok installed"),
        "info/format": "1\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    answer = subprocess.run(
        ["dpkg-query", "--admindir", str(tmp_path), *QUERY], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(" ") for line in answer.splitlines()]
    listed = {
        name.removesuffix(":amd64").removesuffix(":all"): OsPackage(version, source)
        for status, name, source, version in rows
        if status not in ("config-files", "not-installed")
    }
    tree = Tree(contents={f"/var/lib/dpkg/{path}": text.encode() for path, text in files.items()})
    assert os_packages(tree) == listed
    assert {*STATES[2:], "begun", "multi", "multi:i386", "lower"} < listed.keys()
    assert listed["both"].version == "3.0" and not {"removed", "never", "config-files"} & listed.keys()


def test_package_of_another_architecture_is_listed_separately() -> None:
    stanzas = [("dpkg", "amd64", "1"), ("libc6", "amd64", "2"), ("libc6", "i386", "3"), ("tzdata", "all", "4")]
    text = "\n\n".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: {kind}\nVersion: {version}"
        for name, kind, version in stanzas
    )
    assert {name: one.version for name, one in parse_dpkg_status(text).items()} == {
        "dpkg": "1",
        "libc6": "2",
        "libc6:i386": "3",
        "tzdata": "4",
    }


def test_distroless_image_has_a_status_file_for_each_package() -> None:
    found = os_packages(
        Tree(
            contents={
                "/var/lib/dpkg/status.d/libc6": b"Package: libc6\nVersion: 2.41-12\nSource: glibc\n",
                "/var/lib/dpkg/status.d/libc6.md5sums": b"Package: no\nVersion: 1\n",
                "/var/lib/dpkg/status.d/tzdata": b"Package: tzdata\nVersion: 2026a\n",
            }
        )
    )
    assert found == {"libc6": OsPackage("2.41-12", "glibc"), "tzdata": OsPackage("2026a", "tzdata")}
    assert os_packages(Tree()) is None


def test_alpine_packages_are_listed() -> None:
    found = parse_apk_installed("C:Q1x=\nP:ssl_client\nV:1.36.1-r2\no:busybox\n\nP:musl\nV:1.2.4\n")
    assert found == {"ssl_client": OsPackage("1.36.1-r2", "busybox"), "musl": OsPackage("1.2.4", "musl")}


@given(st.dictionaries(WORDS, st.tuples(WORDS, WORDS), max_size=5))
def test_parsers_read_what_dpkg_and_apk_write(packages: dict[str, tuple[str, str]]) -> None:
    expected = {name: OsPackage(version, source) for name, (version, source) in packages.items()}
    dpkg = "\n".join(
        f"Package: {name}\nStatus: install ok installed\nSource: {source} (9)\nVersion: {version}\n"
        for name, (version, source) in packages.items()
    )
    apk = "\n".join(f"P:{name}\nV:{version}\no:{source}\n" for name, (version, source) in packages.items())
    assert parse_dpkg_status(dpkg) == parse_apk_installed(apk) == expected


@given(st.text())
def test_any_database_is_read_without_an_exception(text: str) -> None:
    assert all(one.version for one in parse_apk_installed(text).values())
    # A package whose installation began has no version yet.
    assert all(one.source for one in parse_dpkg_status(text).values())
    assert parse_os_release(text)[0]


def test_os_release_is_read_with_and_without_quotes() -> None:
    assert parse_os_release('ID=debian\nVERSION_ID="13"\n# comment\n') == ("debian", "13")
    assert parse_os_release("") == ("linux", "")


@pytest.mark.parametrize(
    ("package", "program"),
    [
        ("3.5.7-1~deb13u2", "3.5.7"),
        ("2.41-12+deb13u4", "2.41"),
        ("1.1.1w-0+deb11u2", "1.1.1w"),
        ("1.2.5-r9", "1.2.5"),
        ("1:3.0.7-27.el9", "3.0.7"),
        ("3.14.0~rc2-1", "3.14.0"),
        ("unknown", "unknown"),
    ],
)
def test_upstream_removes_the_packagers_additions(package: str, program: str) -> None:
    assert upstream(package) == program


def test_library_version_comes_from_its_text_or_its_package() -> None:
    debian = {"libssl3t64": OsPackage("3.5.7-1", "openssl"), "libc6": OsPackage("2.41-12", "glibc")}
    assert (openssl_version(debian, b""), libc_version(debian, b"")) == ("3.5.7", "glibc 2.41")
    # A library of one's own in /usr/local is the one that programs load.
    assert openssl_version(debian, b"\0OpenSSL 3.6.0 1 Oct 2025\0") == "3.6.0"
    text = b"GNU C Library (Debian GLIBC 2.41-12) stable release version 2.41.\n"
    assert libc_version({}, text) == "glibc 2.41"
    assert libc_version({"musl": OsPackage("1.2.5-r9", "musl")}, b"") == "musl 1.2.5"
    assert (openssl_version({}, b""), libc_version({}, b"")) == ("", "")
