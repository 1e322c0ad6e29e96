import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.canonical import canonical
from dockdj.model.release.record import Release
from dockdj.model.release.restack import changed_data, drift, new_failures, next_version, unmet
from dockdj.model.release.schema import read
from dockdj.model.version import Version, parse
from tests.support.records import python, release, service

OLD = release("0.7.0")
NAME, CONFIGURATION = "python:3.13-slim-trixie", "sha256:" + "9" * 64
BELOW = {"django": NAME}
BASE = {"name": NAME, "config": CONFIGURATION, "layers": 1}
names = st.sets(st.sampled_from(["a", "b", "c", "d"]))


def restacked(**changes: Any) -> Release:
    return release("0.7.0+stack.1", django=service(base=BASE, **changes))


def edited(made: Release, *path: str, value: Any) -> Release:
    document = json.loads(made.content)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return read(canonical(document))


def test_next_version_takes_the_next_free_stack_number_of_its_application() -> None:
    taken = [parse(text) for text in ("0.7.0", "0.7.0+stack.1", "0.7.0+stack.4", "0.8.0+stack.9")]
    assert str(next_version(parse("0.7.0"), taken)) == "0.7.0+stack.5"
    assert str(next_version(parse("0.7.0+stack.1"), taken)) == "0.7.0+stack.5"
    assert str(next_version(parse("1.0.0"), taken)) == "1.0.0+stack.1"


@given(st.builds(Version, *[st.integers(0, 9)] * 3), st.sets(st.integers(1, 50)))
def test_next_version_is_above_all_versions_of_its_application(of: Version, numbers: set[int]) -> None:
    taken = [Version(of.major, of.minor, of.patch, number) for number in numbers]
    assert all(next_version(of, taken) > one for one in (of, *taken))


@given(names, names)
def test_new_failures_are_those_that_the_control_lacks(control: set[str], now: set[str]) -> None:
    assert set(new_failures(control, now)) == now - control
    assert set(new_failures(None, now)) == now


def test_a_correct_restack_has_no_unmet_condition() -> None:
    assert unmet(OLD, restacked(), {}, BELOW) == ()
    assert unmet(OLD, restacked(), {NAME: CONFIGURATION}, BELOW) == ()


def test_each_condition_is_named() -> None:
    made, wanted = restacked(), {NAME: CONFIGURATION}
    other = edited(made, "fingerprint", "app", value="sha256:" + "0" * 64)
    assert "application" in unmet(OLD, other, {}, BELOW)[0]
    assert "migrations" in unmet(OLD, edited(made, "app", "migrations", value={}), {}, BELOW)[0]
    # Sources name an application by its folder, and Django by its label.
    told = edited(made, "app", "django", value={"django": "6.1.3", "leaves": {}, "migrations": {}})
    assert unmet(OLD, edited(told, "app", "migrations", value={"site": "0001_initial"}), {}, BELOW) == ()
    assert "migrations" in unmet(told, edited(told, "app", "migrations", value={}), {}, BELOW)[0]
    assert "linux/arm64" in unmet(OLD, restacked(platform="linux/arm64"), {}, BELOW)[0]
    unproved = (f"django is not proved to start from the {NAME} that was asked for",)
    assert unmet(OLD, made, {NAME: "sha256:" + "1" * 64}, BELOW) == unproved
    without = edited(made, "services", "django", "base", value=None)
    assert unmet(OLD, without, wanted, BELOW) == unproved
    # Nor was it before.
    bare = edited(OLD, "services", "django", "base", value=None)
    assert unmet(bare, without, wanted, BELOW) == unproved
    # The same image by another of its names.
    renamed = edited(made, "services", "django", "base", "name", value="python:3.13")
    assert unmet(OLD, renamed, wanted, BELOW) == ()
    assert unmet(OLD, without, wanted, {"django": None}) == ()
    assert unmet(OLD, made, {"node:24-trixie-slim": CONFIGURATION}, BELOW) == ()


def test_packages_that_moved_are_drift() -> None:
    assert drift(OLD, restacked()) == ()
    moved = drift(OLD, restacked(python=python(django="6.1.4", sqlparse="1")))
    assert moved == ("django /opt/venv django: 6.1.3 -> 6.1.4", "django /opt/venv sqlparse: absent -> 1")
    own = {"version": "25.1", "origin": "base"}
    place = ("services", "django", "python", "/opt/venv", "packages", "pip")
    old, new = edited(OLD, *place, value=own), edited(restacked(), *place, value={**own, "version": "25.2"})
    assert drift(old, new) == ()
    assert drift(OLD, edited(restacked(), "npm", value={})) == ("npm esbuild: 0.25.0 -> absent",)


def test_another_major_version_of_a_third_party_image_is_found() -> None:
    old = {"redis": "redis:7.2", "cache": "memcached:1.6", "django": None}
    assert changed_data(old, {**old, "cache": "memcached:1.6.30-alpine"}) == ()
    assert changed_data(old, {**old, "redis": "redis:8.0"}) == ("redis: redis:7.2 -> redis:8.0",)
    assert changed_data(old, {"redis": "valkey:8"}) == ()
    pinned = {"redis": "host:5000/redis:7.2@sha256:aa"}
    assert changed_data(pinned, {"redis": "host:5000/redis:7.4@sha256:bb"}) == ()
    assert changed_data(pinned, {"redis": "host:5000/redis:8@sha256:bb"}) != ()
    assert changed_data({"redis": "redis:7@sha256:aa"}, {"redis": "redis:7@sha256:bb"}) == ()
    assert changed_data({"redis": "host:5000/redis"}, {"redis": "host:5000/redis"}) == ()


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("postgres:16", "docker.io/library/postgres:17", True),
        ("postgres:16.1", "docker.io/library/postgres:16.9-alpine", False),
        ("postgres:16", "mirror.example.com:5000/hub/postgres:17", True),
        ("public.ecr.aws/docker/library/postgres:16", "postgres:16", False),
        ("postgres@sha256:aa", "postgres@sha256:bb", True),
        ("postgres@sha256:aa", "mirror.example.com/postgres@sha256:aa", False),
        ("postgres:16", "postgres@sha256:aa", True),
        ("postgres:latest@sha256:aa", "postgres:latest@sha256:bb", True),
        ("postgres:v16", "postgres:v17", True),
        ("postgres", "postgres:latest", False),
        ("postgres", "postgres:17", True),
    ],
)
def test_whichever_registry_and_however_it_is_named(old: str, new: str, changes: bool) -> None:
    assert bool(changed_data({"db": old}, {"db": new})) == changes
    assert bool(changed_data({"db": new}, {"db": old})) == changes
