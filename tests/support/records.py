"""Release records for tests: their JSON written by hand, so that it is a witness of the schema."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dockdj.model.canonical import canonical
from dockdj.model.release.fingerprint import fingerprint
from dockdj.model.release.record import Release
from dockdj.model.release.schema import image_of, read

CONFIG = "sha256:" + "c" * 64


def service(**changes: Any) -> dict[str, Any]:
    """A service's fields of a record."""
    fields: dict[str, Any] = {
        "config": CONFIG,
        "diff_ids": ["sha256:" + "d" * 64],
        "platform": "linux/amd64",
        "size": 1000,
        "source": None,
        "run": {"cmd": ["/start.sh"], "entrypoint": [], "user": "10001", "ports": []},
        "base": {"name": "python:3.13-slim-trixie", "config": "sha256:" + "b" * 64, "layers": 1},
        "os": {
            "id": "debian",
            "version": "13",
            "packages": {"zlib1g": {"source": "zlib", "version": "1.3", "origin": "base"}},
        },
        "python": python(django="6.1.3"),
        "runtime": {"libc": "glibc 2.41", "openssl": "3.5.1", "python": "3.13.5"},
        "files": {"/etc/nginx/nginx.conf": "sha256:" + "a" * 64},
    }
    return {**fields, **changes}


def python(**versions: str) -> dict[str, Any]:
    """The `python` of a service whose one interpreter has these packages, in layers of our own."""
    packages = {name: {"version": version, "origin": "ours"} for name, version in versions.items()}
    return {"/opt/venv": {"version": "3.13.5", "packages": packages}}


def evidence(images: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the suites said of these services: in the build one check and three tests, and a smoke check."""
    build = {
        "suite": "build",
        "exit": 0,
        "passed": 3,
        "failed": 0,
        "skipped": 0,
        "milliseconds": 200,
        "checks": [{"name": "tests", "exit": 0, "milliseconds": 300}],
        "images": {name: one["config"] for name, one in images.items() if not one["source"]},
        "report": "sha256:" + "f" * 64,
    }
    smoke = {
        "suite": "smoke",
        "exit": 0,
        "passed": 1,
        "failed": 0,
        "skipped": 0,
        "milliseconds": 900,
        "checks": [{"name": "containers", "exit": 0, "milliseconds": 900}],
        "images": {name: one["config"] for name, one in images.items()},
        "backing": {},
    }
    return [build, smoke]


def application(commit: str = "1" * 40, tree: str = "2" * 40, **changes: Any) -> dict[str, Any]:
    """The application's fields of a record."""
    fields: dict[str, Any] = {
        "commit": commit,
        "tree": tree,
        "migrations": {"webroot": "0001_initial"},
        "irreversible": [],
        "variables": ["ENV_SECRET_KEY!", "ENV_LOG_LEVEL"],
        "direct": {"npm": ["esbuild"], "os": ["jq"], "python": ["django"]},
    }
    return {**fields, **changes}


def document(version: str, services: Mapping[str, Mapping[str, Any]], **fields: Any) -> dict[str, Any]:
    """The JSON of a record of `shop` with these services; `fields` replace others, `print` the application's digest."""
    application_print = fields.pop("print", "sha256:" + "2" * 64)
    whole = {
        "schema": 1,
        "name": "shop",
        "version": version,
        "created": "2026-01-02T03:04:05Z",
        "by": "Dev",
        "tool": "dockdj 0",
        "parent": None,
        "restack_of": None,
        "app": application(),
        "npm": {"esbuild": "0.25.0"},
        "services": services,
        "compose": "sha256:" + "e" * 64,
        "platform": {"kind": "docker"},
        "evidence": evidence(services),
        **fields,
    }
    return {**whole, "fingerprint": fingerprints(application_print, services, whole["npm"])}


def fingerprints(application: str, services: Mapping[str, Mapping[str, Any]], npm: Mapping[str, str]) -> dict[str, str]:
    """The JSON of the fingerprint of these services."""
    images = {name: image_of(fields) for name, fields in services.items()}
    return asdict(fingerprint(application, images, npm))


def release(
    version: str = "1.0.0", *, commit: str = "1" * 40, restack_of: Mapping[str, Any] | None = None, **services: Any
) -> Release:
    """A release of `shop` with these services, or one plain `django`."""
    images = services or {"django": service()}
    return read(canonical(document(version, images, app=application(commit), restack_of=restack_of)))


def changed(one: Release, **fields: Any) -> Release:
    """A release whose record has these JSON fields instead."""
    return read(canonical({**json.loads(one.content), **fields}))
