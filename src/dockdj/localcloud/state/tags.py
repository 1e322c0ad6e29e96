"""Tags of applications, versions, environments and saved configurations, stored by ARN."""

from __future__ import annotations

from collections.abc import Mapping

from dockdj.localcloud.state.database import State


def tags_of(state: State, arn: str) -> dict[str, str]:
    """The tags of a resource, by key."""
    rows = state.rows("SELECT key, value FROM tags WHERE resource = ? ORDER BY key", arn)
    return {row["key"]: row["value"] for row in rows}


def set_tags(state: State, arn: str, tags: Mapping[str, str]) -> None:
    """Replace the tags of a resource."""
    with state.transaction():
        state.change("DELETE FROM tags WHERE resource = ?", arn)
        for key, value in tags.items():
            state.insert("tags", resource=arn, key=key, value=value)
