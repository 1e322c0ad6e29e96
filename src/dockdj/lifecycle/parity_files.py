"""Configuration files that one image's label names, read in the image that it is compared with."""

from collections.abc import Collection, Mapping
from typing import Any

from dockdj.adapters.image_files import engine, opened
from dockdj.model.release import digest_of


def completed(fields: Mapping[str, Any], tag: str, paths: Collection[str]) -> dict[str, Any]:
    """An image's fields, its `files` with all of `paths` that it has: a label says what matters, not what is there."""
    known = dict(fields["files"])
    if wanted := sorted(set(paths) - set(known)):
        with opened(engine(), tag) as files:
            contents = {path: files.content(path) for path in wanted}
        known |= {path: digest_of(content) for path, content in contents.items() if content is not None}
    return {**fields, "files": known}
