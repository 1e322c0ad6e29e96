"""Configuration files that one image's label names, read in the image that it is compared with."""

import hashlib
from collections.abc import Collection, Mapping
from contextlib import closing
from typing import Any

from dockdj.adapters.image_files import Files, engine, opened
from dockdj.adapters.tar_stream import FILE


def completed(fields: Mapping[str, Any], tag: str, paths: Collection[str]) -> dict[str, Any]:
    """An image's fields, its `files` with all of `paths` that it has: a label says what matters, not what is there."""
    known = dict(fields["files"])
    if wanted := sorted(set(paths) - set(known)):
        with opened(engine(), tag) as files:
            known |= {path: digest for path in wanted if (digest := _digest(files, path))}
    return {**fields, "files": known}


def _digest(files: Files, path: str) -> str | None:
    with closing(files.following(path)) as found:
        first = next(found, None)
        if first is None or first[1].kind != FILE:
            return None
        return f"sha256:{hashlib.sha256(first[1].read()).hexdigest()}"
