"""Tested images as a registry would give them."""

from typing import Any

from dockdj.model.build.tested_images import QaImages
from dockdj.model.build.tested_record import read
from dockdj.model.canonical import canonical

PROOF = {
    "suite": "build",
    "exit": 0,
    "passed": 3,
    "failed": 0,
    "skipped": 0,
    "milliseconds": 0,
    "checks": [],
    "images": {"django": "sha256:c"},
}


def document(tree: str = "t" * 40, **changes: Any) -> dict[str, Any]:
    """The JSON of the record of production's images: one service."""
    service = {"config": "sha256:c", "diff_ids": [], "platform": "linux/amd64", "size": 1, "source": None, "base": None}
    return {
        "schema": 1,
        "kind": "qa",
        "name": "shop",
        "environment": "prod",
        "created": "2026-01-01T00:00:00Z",
        "by": "Dev",
        "tool": "dockdj",
        "app": {"commit": "c" * 40, "tree": tree, "modified": []},
        "npm": {},
        "services": {"django": service},
        "evidence": [PROOF],
        **changes,
    }


def images(tree: str = "t" * 40, *, index: str = "sha256:i", **changes: Any) -> QaImages:
    """Production's images, of one service; `changes` are fields of the record's JSON."""
    return QaImages("registry/shop", index, read(canonical(document(tree, **changes))), {"django": "sha256:m"})
