"""Tested images as a registry would give them."""

from typing import Any

from dockdj.model.build.tested_images import QaImages, compose

PROOF = {"suite": "build", "exit": 0, "passed": 3, "failed": 0, "skipped": 0, "images": {"django": "sha256:c"}}


def images(tree: str = "t" * 40, *, index: str = "sha256:i", **changes: Any) -> QaImages:
    """Production's, of one service."""
    services = {"django": {"config": "sha256:c", "diff_ids": [], "platform": "linux/amd64", "size": 1, "source": None}}
    fields: dict[str, Any] = {
        "name": "shop",
        "environment": "prod",
        "created": "2026-01-01T00:00:00Z",
        "by": "Dev",
        "tool": "dockdj",
        "app": {"commit": "c" * 40, "tree": tree, "modified": []},
        "npm": {},
        "services": services,
        "evidence": PROOF,
    } | changes
    return QaImages("registry/shop", index, compose(**fields), {"django": "sha256:m"})
