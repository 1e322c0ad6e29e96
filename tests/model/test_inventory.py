from dockdj.model.inventory import OsPackage, parse_apk_installed, parse_dpkg_status, parse_os_release

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
Status: install ok installed
Version: 5.2
"""


def test_only_installed_packages_count_and_each_names_its_source() -> None:
    assert parse_dpkg_status(STATUS) == {
        "libc6": OsPackage("2.41-12+deb13u4", "glibc"),
        "bash": OsPackage("5.2", "bash"),
    }


def test_the_package_database_of_alpine() -> None:
    found = parse_apk_installed("C:Q1x=\nP:ssl_client\nV:1.36.1-r2\no:busybox\n\nP:musl\nV:1.2.4\n")
    assert found == {"ssl_client": OsPackage("1.36.1-r2", "busybox"), "musl": OsPackage("1.2.4", "musl")}


def test_the_system_names_itself_with_or_without_quotes() -> None:
    assert parse_os_release('ID=debian\nVERSION_ID="13"\n# comment\n') == ("debian", "13")
    assert parse_os_release("") == ("", "")
