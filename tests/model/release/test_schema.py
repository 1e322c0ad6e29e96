"""The published JSON Schema of release records: it takes what releases are, and nothing else."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.release.release import release as make_release
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release
from dockdj.model.release.validation import SCHEMA
from dockdj.model.verify.record import record_finding
from dockdj.model.version import parse
from tests.support.project import commit, write
from tests.support.records import release, service
from tests.support.schema import DOCUMENT, VALIDATOR, faults

PAGE = (Path(__file__).parents[3] / "docs/reference/release-record.md").read_text(encoding="utf-8")
OPTIONAL = {
    "record": {"containers"},
    "app": {"django"},
    "service": {"os", "python", "npm", "unmanaged"},
    "runtime": {"libc", "openssl", "python"},
    "evidence": {"report", "backing", "known"},
}
BARE = {name: value for name, value in service().items() if name not in ("os", "python")} | {"base": None}
PLACES = {
    "### A service": "service",
    "### Migrations": "django",
    "#### An operation": "operation",
    "### Evidence": "evidence",
    "### A restack": "restack",
}
RESTACK = {
    "version": "1.2.3",
    "digest": "sha256:" + "1" * 64,
    "stack_from": {"version": "1.3.0+stack.1", "digest": "sha256:" + "2" * 64},
    "bases": {"debian:trixie-slim": "debian:trixie-20261101-slim"},
}


def objects(schema: Any, name: str = "record") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the schema that has fields, by the name of what it is."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield name, schema
        for key, inner in schema.items():
            yield from objects(inner, key)


def rows(title: str) -> dict[str, str]:
    """Field -> what the page says of it, in the section of this title."""
    part = re.split(r"^##", PAGE.partition(f"{title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", part.replace("| field | |\n|---|---|", ""), re.MULTILINE))


def fields(title: str) -> set[str]:
    """The fields that a table of the page names."""
    return {name for names in rows(title) for name in re.findall(r"`([a-z_.]+)`", names)}


def test_the_schema_is_a_valid_json_schema() -> None:
    Draft202012Validator.check_schema(DOCUMENT)
    assert DOCUMENT["properties"]["schema"]["const"] == SCHEMA


def test_every_object_of_the_schema_is_closed_and_described() -> None:
    found = dict(objects(DOCUMENT))
    assert {"record", "service", "evidence", "os", "interpreter", "run", "check"} <= set(found)
    for name, one in found.items():
        assert one["additionalProperties"] is False, name
        assert set(one["properties"]) - set(one.get("required", ())) == OPTIONAL.get(name, set()), name
        for field, schema in one["properties"].items():
            assert schema.get("description", "").endswith("."), f"{name}.{field}"


@pytest.mark.parametrize(
    "made",
    [
        release(),
        release("1.2.3", nginx=BARE, postgres=service(source="postgres:17")),
        release("1.2.3+stack.4", restack_of=RESTACK),
    ],
    ids=["plain", "several", "stack"],
)
def test_records_of_releases_are_valid(made: Release) -> None:
    assert faults(made.content) == []


@pytest.mark.docker
def test_the_record_of_a_release_on_a_real_engine_is_valid(tiny: Project) -> None:
    """With names that are not ASCII where a project chooses them."""
    path = "docker/django/Dockerfile"
    write(tiny.root, path, (tiny.root / path).read_text().replace("/etc/app.conf", "/etc/größe.conf"))
    write(tiny.root, "größe/migrations/0001_initial.py", "class Migration:\n    pass\n")
    commit(tiny.root, "names")
    made, _ = make_release(tiny, parse("1.0.0"))
    assert release_tags.find(tiny, parse("1.0.0")) == made
    assert record_finding(made, tiny.name).state == "ok"
    assert list(made.services["django"].files) == ["/etc/größe.conf"]
    assert made.app.migrations == {"größe": "0001_initial"}
    assert faults(made.content) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", 2),
        ("version", "1.2"),
        ("created", "2026-01-02 03:04:05"),
        ("created", "2026-13-02T03:04:05Z"),
        ("parent", ""),
        ("app.dirty", False),
        ("platform.kind", "heroku"),
        ("services.django.config", "sha256:short"),
        ("services.django.size", -1),
        ("services.django.secret", "x"),
        ("services.django.os.packages.zlib1g.version", None),
        ("services.django.files.nginx", "sha256:" + "a" * 64),
        ("app.variables", ["A=secret"]),
        ("services.django.base", {"name": "debian"}),
        ("services.django.python", {"version": "3.13.5", "packages": {}}),
        ("restack_of", {"version": "1.0.0"}),
        ("evidence", []),
        ("evidence.0.failed", -1),
        ("evidence.1.suite", "hope"),
    ],
)
def test_malformed_records_are_invalid(path: str, value: Any) -> None:
    document = deepcopy(json.loads(release().content))
    *way, last = path.split(".")
    place = document
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    assert not VALIDATOR.is_valid(document)


def test_the_page_names_the_same_fields() -> None:
    named = fields("## Fields")
    expected = set(DOCUMENT["properties"])
    for part in ("app", "platform"):
        expected = expected - {part} | {f"{part}.{name}" for name in DOCUMENT["properties"][part]["properties"]}
    assert named == expected
    assert fields("### Fingerprints") == set(DOCUMENT["properties"]["fingerprint"]["properties"])
    for title, definition in PLACES.items():
        assert fields(title) == set(DOCUMENT["$defs"][definition]["properties"])


def test_the_page_names_the_fields_inside_fields() -> None:
    inside = {
        **{
            ("### A service", name): DOCUMENT["$defs"]["service"]["properties"][name]
            for name in ("run", "os", "runtime")
        },
        ("### Evidence", "checks"): DOCUMENT["$defs"]["check"],
        ("#### An operation", "drops"): DOCUMENT["$defs"]["dropped"],
        ("### Migrations", "migrations"): DOCUMENT["$defs"]["migration"],
    }
    for (title, field), schema in inside.items():
        (text,) = [text for names, text in rows(title).items() if f"`{field}`" in names]
        assert set(schema["properties"]) <= set(re.findall(r"[a-z]+", text)), field
