"""Two records compared: what differs, and which way it went."""

import json
from typing import Any

import pytest

from dockdj.model.diff.application import direct
from dockdj.model.diff.changes import PackageChange, diff
from dockdj.model.diff.direction import Change, direction, order_of
from dockdj.model.diff.package_groups import counts, grouped
from dockdj.model.diff.suites import Verdict
from dockdj.model.release.record import Release
from tests.support.records import CONFIG, application, changed, release, service

MIRRORED: dict[Change, Change] = {"add": "remove", "remove": "add", "up": "down", "down": "up", "other": "other"}


def debian(**versions: str) -> dict[str, Any]:
    packages = {name: {"source": name, "version": version, "origin": "ours"} for name, version in versions.items()}
    return {"id": "debian", "version": "13", "packages": packages}


def test_each_kind_of_change_is_found() -> None:
    old = release("1.0.0", django=service())
    new = release(
        "1.1.0",
        django=service(
            config="sha256:new",
            base={"name": "python:3.13-slim-trixie", "config": "sha256:newer", "layers": 1},
            os=debian(jq="1.7", zlib1g="1.4") | {"version": "12"},
            python={"/opt/venv": {"version": "3.13.6", "packages": {}}},
            npm={"/srv/node_modules": {"esbuild": "0.28.0"}},
            runtime={"libc": "glibc 2.36", "openssl": "1.1.1w", "python": "3.13.6"},
            files={"/etc/nginx/nginx.conf": "sha256:b"},
            unmanaged={"/usr/local/bin/tool": "sha256:t"},
            run={"cmd": ["/start.sh"], "entrypoint": [], "user": "0", "ports": []},
            platform="linux/arm64",
        ),
    )
    found = diff(old, new)
    assert [(one.kind, one.name, one.before, one.after, one.change) for one in found.packages] == [
        ("os", "jq", None, "1.7", "add"),
        ("os", "zlib1g", "1.3", "1.4", "up"),
        ("python", "django", "6.1.3", None, "remove"),
        ("npm", "esbuild", None, "0.28.0", "add"),
    ]
    assert [(one.origin_before, one.origin_after) for one in found.packages[:3]] == [
        (None, "ours"),
        ("base", "ours"),
        ("ours", None),
    ]
    assert [(one.name, one.before, one.after, one.change) for one in found.runtimes] == [
        ("os", "debian 13", "debian 12", "down"),
        ("libc", "glibc 2.41", "glibc 2.36", "down"),
        ("openssl", "3.5.1", "1.1.1w", "down"),
        ("python", "3.13.5", "3.13.6", "up"),
    ]
    assert [(one.name_after, one.after, one.change) for one in found.bases] == [
        ("python:3.13-slim-trixie", "sha256:newer", "other")
    ]
    assert [one.name for one in found.files] == ["/etc/nginx/nginx.conf"]
    assert [(one.name, one.change) for one in found.unmanaged] == [("/usr/local/bin/tool", "add")]
    assert [(one.name, one.before, one.after) for one in found.settings] == [
        ("platform", "linux/amd64", "linux/arm64"),
        ("user", "10001", "0"),
    ]
    assert found.platforms == found.settings[:1]
    assert [one.service for one in found.images] == ["django"]
    assert found.compose is None
    assert not found.empty


def test_interpreters_are_named_if_there_are_several_and_listed_once() -> None:
    def side(system: str, venv: str, django: str) -> dict[str, Any]:
        interpreters = {
            "/usr/local": {"version": system, "packages": {"pip": {"version": "25.1", "origin": "base"}}},
            "/opt/venv": {"version": venv, "packages": {"django": {"version": django, "origin": "ours"}}},
        }
        return service(python=interpreters, runtime={"python": venv})

    both = diff(release(django=side("3.13.5", "3.13.5", "6.1.3")), release(django=side("3.13.6", "3.13.6", "6.1.4")))
    assert [(one.name, one.place) for one in both.packages] == [("django", "/opt/venv")]
    assert [(one.name, one.after) for one in both.runtimes] == [("python", "3.13.6")]
    one = diff(release(django=side("3.13.5", "3.13.5", "6.1.3")), release(django=side("3.13.6", "3.13.5", "6.1.3")))
    assert [(one.name, one.after) for one in one.runtimes] == [("python /usr/local", "3.13.6")]


def test_the_only_interpreter_is_compared_whatever_its_prefix() -> None:
    moved = {"/srv/venv": service()["python"]["/opt/venv"]}
    assert diff(release(django=service()), release(django=service(python=moved))).packages == ()


def test_npm_packages_of_the_assets_belong_to_no_service() -> None:
    old = release("1.0.0")
    found = diff(old, changed(old, npm={"esbuild": "0.9.0"}))
    assert [(one.service, one.kind, one.name, one.change) for one in found.packages] == [("", "npm", "esbuild", "down")]


def with_app(version: str, **changes: Any) -> Release:
    return changed(release(version), app=application(**changes))


def test_migrations_variables_and_direct_packages_are_compared() -> None:
    old = with_app("1.0.0", migrations={"shop": "0009_a", "gone": "0001_x", "same": "0002_b"}, variables=["A!", "B"])
    new = with_app(
        "1.1.0",
        migrations={"shop": "0010_c", "new": "0001_x", "same": "0002_b"},
        irreversible=["shop.0010_c"],
        variables=["A", "C!"],
        direct={"npm": [], "os": ["curl"], "python": []},
    )
    there, back = diff(old, new), diff(new, old)
    assert [(one.app, one.before, one.after, one.change) for one in there.leaves] == [
        ("gone", "0001_x", None, "remove"),
        ("new", None, "0001_x", "add"),
        ("shop", "0009_a", "0010_c", "up"),
    ]
    assert [one.change for one in back.leaves] == ["add", "remove", "down"]
    assert there.irreversible == back.irreversible == ("shop.0010_c",)
    assert [(one.name, one.before, one.after, one.change) for one in there.variables] == [
        ("A", "required", "optional", "other"),
        ("B", "optional", None, "remove"),
        ("C", None, "required", "add"),
    ]
    named = direct(old, new)
    assert {kind: sorted(names) for kind, names in named.items()} == {
        "npm": ["esbuild"],
        "os": ["curl", "jq"],
        "python": ["django"],
    }


def test_records_without_optional_fields_are_compared() -> None:
    bare = {name: value for name, value in service(base=None, runtime={}).items() if name not in ("os", "python")}
    app = application(migrations={}, variables=[], direct={"npm": [], "os": [], "python": []})
    old = changed(release("1.0.0", django=bare), npm={}, app=app)
    found = diff(old, release("1.1.0"))
    assert {package.change for package in found.packages} == {base.change for base in found.bases} == {"add"}
    assert {runtime.change for runtime in found.runtimes} == {leaf.change for leaf in found.leaves} == {"add"}
    assert found.restacks == ()
    assert diff(old, old).empty
    assert direct(old, old) == {"os": frozenset(), "python": frozenset(), "npm": frozenset()}


def test_suites_and_the_origin_of_a_restack_are_compared() -> None:
    old = release("0.7.0")
    restacked = release(
        "0.7.0+stack.1",
        restack_of={
            "version": "0.7.0",
            "digest": old.digest,
            "stack_from": {"version": "0.8.0+stack.1", "digest": CONFIG},
            "bases": {"debian:trixie-slim": "debian:new"},
        },
    )
    build = json.loads(restacked.content)["evidence"][0]
    evidence = [{**build, "passed": 2, "failed": 1, "known": ["a::b"]}, {**build, "suite": "control"}]
    found = diff(old, changed(restacked, evidence=evidence))
    assert [(one.suite, one.before, one.after) for one in found.suites] == [
        ("build", Verdict(3, 0, 0), Verdict(2, 1, 0, 1)),
        ("control", None, Verdict(3, 0, 0)),
        ("smoke", Verdict(1, 0, 0), None),
    ]
    (restack,) = found.restacks
    assert str(restack) == (
        "0.7.0+stack.1 is 0.7.0 on the stack of 0.8.0+stack.1, debian:trixie-slim replaced by debian:new"
    )
    assert found.empty


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
        ("npm", (None, None), "0.9.0", "0.10.0", "up"),
        ("npm", (None, None), "1.0.0", "1.0.0-rc.1", "down"),
        ("npm", (None, None), "1.0.0-rc.9", "1.0.0-rc.10", "up"),
        ("npm", (None, None), "1.0.0-1", "1.0.0-a", "up"),
        ("npm", (None, None), "1.0.0-a", "1.0.0-a.b", "up"),
        ("npm", (None, None), "1.0.0+x", "1.0.0+y", "other"),
        ("npm", (None, None), "1.0.0", "git+ssh://x", "other"),
        ("npm", (None, None), "npm:@s/a@1.9.0", "npm:@s/a@1.10.0", "up"),
        ("npm", (None, None), "npm:@s/a@1.9.0", "npm:@s/b@1.10.0", "other"),
        ("npm", (None, None), "1.0.0", "npm:a@2.0.0", "other"),
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
        packages = {name: {"source": "glibc", "version": version, "origin": "ours"} for name in ("libc6", "libc-bin")}
        return service(os={"id": "debian", "version": "13", "packages": packages})

    found = diff(release(django=side("2.41-12"), nginx=side("2.41-12")), release(django=side("2.41-9")))
    downs = [one for one in grouped(found.packages) if one.change == "down"]
    assert [(one.source, one.names, one.services) for one in downs] == [("glibc", ("libc-bin", "libc6"), ("django",))]
    assert counts(found.packages)["down"] == 2
    both = diff(release(a=side("1"), b=side("1")), release(a=side("2"), b=side("2")))
    assert [(one.names, one.services) for one in grouped(both.packages)] == [(("libc-bin", "libc6"), ("a", "b"))]
    assert counts(both.packages) == {"up": 2, "down": 0, "add": 0, "remove": 0, "other": 0}


def test_a_package_with_another_source_is_its_own_source() -> None:
    def side(source: str, version: str) -> Any:
        package = {"source": source, "version": version, "origin": "ours"}
        return release(django=service(os={"id": "debian", "version": "13", "packages": {"libx": package}}))

    assert diff(side("x", "1"), side("y", "2")).packages == (
        PackageChange("django", "os", "libx", "1", "2", "up", "libx", None, "ours", "ours"),
    )
