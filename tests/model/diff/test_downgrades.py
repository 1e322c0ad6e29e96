"""What going to another release loses, in one sentence."""

from typing import Any

import pytest

from dockdj.model.diff.changes import diff
from dockdj.model.diff.downgrades import SHOWN, Loss, losses, warning
from dockdj.model.release.record import Release
from tests.support.records import python, release, service


def shop(version: str, *services: str, openssl: str = "3.5.1", django: str = "6.1.3", **fields: Any) -> Release:
    """A release whose images have this OpenSSL, as Debian packages it, and this Django."""
    packages = {
        name: {"source": "openssl", "version": f"{openssl}-1", "origin": "base"} for name in ("libssl3t64", "openssl")
    }
    one = service(
        os={"id": "debian", "version": "13", "packages": packages},
        runtime={"libc": "glibc 2.41", "openssl": openssl, "python": "3.13.5"},
        python=python(django=django),
        **fields,
    )
    images: dict[str, Any] = dict.fromkeys(services or ("django",), one)
    return release(version, **images)


def test_rollback_names_each_downgrade_once() -> None:
    found = diff(shop("0.8.0", "django", "nginx", openssl="3.5.4"), shop("0.7.0", "django", "nginx"))
    assert losses(found) == (Loss("os", "openssl", "3.5.4-1", "3.5.1-1", ("django", "nginx")),)
    assert warning(found) == "going back loses newer versions of: openssl 3.5.4-1 → 3.5.1-1"


def test_a_restack_is_newer_than_its_original() -> None:
    found = diff(shop("0.8.0+stack.1", openssl="3.5.4"), shop("0.8.0"))
    assert warning(found).startswith("going back loses")
    assert warning(diff(shop("0.8.0"), shop("0.8.0+stack.1", openssl="3.5.4"))) == ""


def test_newer_release_with_an_older_stack_is_a_warning() -> None:
    found = diff(shop("0.8.0", openssl="3.5.4"), shop("0.9.0"))
    assert warning(found) == "0.9.0 has older versions of: openssl 3.5.4-1 → 3.5.1-1"


def test_downgraded_runtime_without_a_package_is_named() -> None:
    new = {"libc": "glibc 2.41", "openssl": "3.5.1", "python": "3.13.6"}
    old = {"libc": "glibc 2.41", "openssl": "3.5.1", "python": "3.13.5"}
    found = diff(release("1.1.0", django=service(runtime=new)), release("1.0.0", django=service(runtime=old)))
    assert [(one.kind, one.name, one.before, one.after) for one in losses(found)] == [
        ("runtime", "python", "3.13.6", "3.13.5")
    ]


def test_system_packages_come_first_and_long_lists_are_cut() -> None:
    def many(version: str, number: int) -> Release:
        return release(version, django=service(python=python(**{f"p{n:02}": f"{number}.0" for n in range(SHOWN + 2)})))

    shown = warning(diff(many("1.1.0", 2), many("1.0.0", 1)))
    assert shown.count("2.0 → 1.0") == SHOWN
    assert shown.endswith("and 2 more")
    both = losses(diff(shop("1.1.0", openssl="3.5.4", django="6.1.4"), shop("1.0.0")))
    assert [one.name for one in both] == ["openssl", "django"]


@pytest.mark.parametrize("change", [{}, {"django": "6.1.2"}, {"openssl": "3.5.0"}])
def test_upgrade_has_no_losses(change: dict[str, str]) -> None:
    assert warning(diff(shop("1.0.0", **change), shop("1.1.0"))) == ""
    assert losses(diff(shop("1.0.0", **change), shop("1.1.0"))) == ()
