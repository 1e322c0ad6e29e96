"""A comparison of two releases as JSON data."""

from dataclasses import asdict
from typing import Any

from dockdj.lifecycle.diff.diff import Comparison
from dockdj.model.diff.changes import KINDS, as_data
from dockdj.model.diff.downgrades import losses
from dockdj.model.diff.images import to_pull
from dockdj.model.diff.package_groups import counts
from dockdj.model.diff.together import together
from dockdj.model.release.schema import suites_fields


def data_of(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON data with sorted lists. Null means absent."""
    data, direct = as_data(comparison.changes), comparison.direct
    for file in [*data["files"], *([data["compose"]] if data["compose"] else [])]:
        file["text"] = comparison.texts.get((file["service"], file["name"]))
    for package in data["packages"]:
        package["direct"] = package["name"] in direct[package["kind"]]
    commits = [{**asdict(commit), "change": "add"} for commit in comparison.commits]
    commits += [{**asdict(commit), "change": "remove"} for commit in comparison.undone]
    return {
        "schema": 1,
        "from": data.pop("from"),
        "to": data.pop("to"),
        "summary": summary(comparison),
        **data,
        "commits": commits,
        "migrations": [asdict(change) for change in comparison.migrations],
        "variables": [asdict(change) for change in comparison.variables],
        "values": [asdict(change) for change in comparison.values],
        "losses": [asdict(loss) for loss in losses(comparison.changes)],
        "evidence": {"from": suites_fields(comparison.before.evidence), "to": suites_fields(comparison.after.evidence)},
        "notes": list(comparison.notes),
    }


def summary(comparison: Comparison) -> dict[str, Any]:
    """Count the differences. Packages count by kind and direction, each once however many services have it."""
    changes = comparison.changes
    least, most = to_pull(changes.images)
    return {
        "empty": comparison.empty,
        "commits": len(comparison.commits),
        "undone": len(comparison.undone),
        **{kind: counts(change for change in changes.packages if change.kind == kind) for kind in KINDS},
        "runtimes": len(changes.runtimes),
        "settings": len(changes.settings),
        "bases": len(together(changes.bases)),
        "files": len({file.name for file in changes.files}),
        "unmanaged": len({file.name for file in changes.unmanaged}),
        "compose": changes.compose is not None,
        "migrations": len(comparison.migrations),
        "leaves": len(changes.leaves),
        "irreversible": any(change.reversible is False for change in comparison.migrations),
        "variables": len(comparison.variables),
        "values": len(comparison.values),
        "images": len(changes.images),
        "pull": {"least": least, "most": most},
    }
