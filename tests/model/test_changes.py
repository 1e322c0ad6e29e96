"""Two records compared: what differs, which way it went, and that the way back is the mirror image."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.changes import Changes, PackageChange, diff
from dockdj.model.direction import Change, direction, order_of
from dockdj.model.image_changes import ImageChange
from dockdj.model.package_groups import counts, grouped
from tests.support.records import CONFIG, release, service

MIRRORED: dict[Change, Change] = {"add": "remove", "remove": "add", "up": "down", "down": "up", "other": "other"}


def debian(**versions: str) -> dict[str, Any]:
    packages = {name: {"source": name, "version": version} for name, version in versions.items()}
    return {"id": "debian", "version": "13", "packages": packages}


def test_package_runtime_file_and_image_are_each_found() -> None:
    old = release("1.0.0", django=service())
    new = release(
        "1.1.0",
        django=service(
            config="sha256:new",
            os=debian(jq="1.7", zlib1g="1.4") | {"version": "12"},
            python={"version": "3.13.6", "packages": {}},
            files={"/etc/nginx/nginx.conf": "sha256:b"},
            run={"cmd": ["/start.sh"], "entrypoint": [], "user": "0", "ports": []},
        ),
    )
    found = diff(old, new)
    assert [(one.kind, one.name, one.before, one.after, one.change) for one in found.packages] == [
        ("os", "jq", None, "1.7", "add"),
        ("os", "zlib1g", "1.3", "1.4", "up"),
        ("python", "django", "6.1.3", None, "remove"),
    ]
    assert [(one.name, one.before, one.after, one.change) for one in found.runtimes] == [
        ("os", "13", "12", "down"),
        ("python", "3.13.5", "3.13.6", "up"),
    ]
    assert [one.name for one in found.files] == ["/etc/nginx/nginx.conf"]
    assert [(one.name, one.before, one.after) for one in found.settings] == [("user", "10001", "0")]
    assert [one.service for one in found.images] == ["django"]
    assert found.compose is None
    assert not found.empty


@pytest.mark.parametrize(
    ("kind", "systems", "before", "after", "change"),
    [
        ("os", ("debian", "debian"), "1.9-1", "1.10-1", "up"),
        ("os", ("debian", "debian"), "1.0-1", "1.0~rc1-1", "down"),
        ("os", (None, "debian"), None, "1.0", "add"),
        ("os", ("debian", "ubuntu"), "1.0", "2.0", "other"),
        ("os", ("alpine", "alpine"), "1.0-r1", "1.0-r2", "other"),
        ("python", (None, None), "1.9", "1.10", "up"),
        ("python", (None, None), "6.1", "6.1rc1", "down"),
        ("python", (None, None), "1.0", "1.0.0", "other"),
        ("python", (None, None), "1.0", "a build of mine", "other"),
    ],
)
def test_the_direction_is_that_of_the_packages_own_order(
    kind: str, systems: tuple[str | None, str | None], before: str | None, after: str | None, change: Change
) -> None:
    order = order_of(kind, *systems)
    assert direction(order, before, after) == change
    assert direction(order_of(kind, *reversed(systems)), after, before) == MIRRORED[change]


def test_binary_packages_are_grouped_by_source_and_services() -> None:
    def side(version: str) -> dict[str, Any]:
        packages = {name: {"source": "glibc", "version": version} for name in ("libc6", "libc-bin")}
        return service(os={"id": "debian", "version": "13", "packages": packages})

    found = diff(release(django=side("2.41-12"), nginx=side("2.41-12")), release(django=side("2.41-9")))
    downs = [one for one in grouped(found.packages) if one.change == "down"]
    assert [(one.source, one.names, one.services) for one in downs] == [("glibc", ("libc-bin", "libc6"), ("django",))]
    assert counts(found.packages)["down"] == 2
    both = diff(release(a=side("1"), b=side("1")), release(a=side("2"), b=side("2")))
    assert [(one.names, one.services) for one in grouped(both.packages)] == [(("libc-bin", "libc6"), ("a", "b"))]
    assert counts(both.packages) == {"up": 2, "down": 0, "add": 0, "remove": 0, "other": 0}


VERSIONS = st.text("0123.~a-", max_size=4).map(lambda text: f"1{text}")
NAMES = st.sampled_from(["a", "b", "c"])
SERVICES = st.builds(
    lambda config, layers, size, system, os, python, files: service(
        config=config,
        diff_ids=layers,
        size=size,
        os={"id": system, "version": "13", "packages": os},
        python={"version": "3.13", "packages": python},
        files=files,
    ),
    st.sampled_from([CONFIG, "sha256:x"]),
    st.lists(NAMES, min_size=1, max_size=3),
    st.integers(0, 99),
    st.sampled_from(["debian", "debian", "alpine"]),
    st.dictionaries(NAMES, st.fixed_dictionaries({"source": NAMES, "version": VERSIONS}), max_size=3),
    st.dictionaries(NAMES, VERSIONS, max_size=3),
    st.dictionaries(NAMES, NAMES, max_size=2),
)
RELEASES = st.builds(
    lambda version, services: release(version, **services),
    st.sampled_from(["1.0.0", "1.1.0", "1.0.0+stack.1"]),
    st.dictionaries(st.sampled_from(["django", "nginx", "worker"]), SERVICES, min_size=1, max_size=3),
)


@given(RELEASES)
def test_a_release_does_not_differ_from_itself(one: Any) -> None:
    found = diff(one, one)
    assert found.empty
    assert found == replace(found, packages=(), runtimes=(), files=(), settings=(), images=(), compose=None)


@given(RELEASES, RELEASES)
def test_the_other_way_round_is_the_mirror_image(one: Any, other: Any) -> None:
    there = diff(one, other)
    assert mirrored(there) == without_layers(diff(other, one))
    assert there.empty == (one.document["services"] == other.document["services"] or not content(one, other))


def content(one: Any, other: Any) -> bool:
    """Whether something differs that a comparison names: layers and sizes alone do not, the digest names them."""
    fields = ("config", "os", "python", "files", "run", "platform")
    cut = [
        {name: {key: side[key] for key in fields} for name, side in release.document["services"].items()}
        for release in (one, other)
    ]
    return bool(cut[0] != cut[1])


def mirrored(found: Changes) -> Changes:
    def turned(one: Any) -> Any:
        return replace(one, before=one.after, after=one.before, change=MIRRORED[one.change])

    return replace(
        without_layers(found),
        before=found.after,
        after=found.before,
        packages=tuple(turned(one) for one in found.packages),
        runtimes=tuple(turned(one) for one in found.runtimes),
        files=tuple(turned(one) for one in found.files),
        settings=tuple(turned(one) for one in found.settings),
        images=tuple(
            replace(
                one,
                before=one.after,
                after=one.before,
                source_before=one.source_after,
                source_after=one.source_before,
                size_before=one.size_after,
                size_after=one.size_before,
            )
            for one in without_layers(found).images
        ),
    )


def without_layers(found: Changes) -> Changes:
    """What is to be pulled has a direction and no mirror image."""
    bare: tuple[ImageChange, ...] = tuple(
        replace(one, layers=0, new_layers=0, pull_least=0, pull_most=0) for one in found.images
    )
    return replace(found, images=bare)


def test_a_package_that_changed_its_source_stands_for_itself() -> None:
    def side(source: str, version: str) -> Any:
        return release(
            django=service(
                os={"id": "debian", "version": "13", "packages": {"libx": {"source": source, "version": version}}}
            )
        )

    assert diff(side("x", "1"), side("y", "2")).packages == (
        PackageChange("django", "os", "libx", "1", "2", "up", "libx"),
    )
