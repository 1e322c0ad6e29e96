"""Release records for tests, made as a release makes them."""

from collections.abc import Mapping
from typing import Any

from dockdj.model.release import Release, compose
from dockdj.model.version import parse

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
        "os": {"id": "debian", "version": "13", "packages": {"zlib1g": {"source": "zlib", "version": "1.3"}}},
        "python": {"version": "3.13.5", "packages": {"django": "6.1.3"}},
        "files": {"/etc/nginx/nginx.conf": "sha256:" + "a" * 64},
    }
    return {**fields, **changes}


def evidence(images: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the build of these services said: one check, three tests."""
    return {
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


def release(version: str = "1.0.0", *, commit: str = "1" * 40, **services: Any) -> Release:
    """A release of `shop` with these services, or one plain `django`."""
    images = services or {"django": service()}
    return compose(
        name="shop",
        version=parse(version),
        created="2026-01-02T03:04:05Z",
        by="Dev",
        tool="dockdj 0",
        parent=None,
        app={"commit": commit, "tree": "2" * 40},
        services=images,
        compose_file="sha256:" + "e" * 64,
        platform="docker",
        evidence=[evidence(images)],
    )
