"""A comparison of two releases as JSON data."""

from dataclasses import asdict
from typing import Any

from dockdj.lifecycle.diff.diff import Comparison
from dockdj.model.diff.changes import KINDS, as_data
from dockdj.model.diff.downgrades import losses
from dockdj.model.diff.images import to_pull
from dockdj.model.diff.package_groups import counts
from dockdj.model.release.schema import suites_fields


def data_of(found: Comparison) -> dict[str, Any]:
    """Absence is null; lists are sorted and stable."""
    data = as_data(found.changes)
    for entry in [*data["files"], *([data["compose"]] if data["compose"] else [])]:
        entry["text"] = found.texts.get((entry["service"], entry["name"]))
    for entry in data["packages"]:
        entry["direct"] = None if found.direct is None else entry["name"] in found.direct[entry["kind"]]
    commits = [{**asdict(commit), "change": "add"} for commit in found.commits]
    commits += [{**asdict(commit), "change": "remove"} for commit in found.undone]
    return {
        "schema": 1,
        "from": data.pop("from"),
        "to": data.pop("to"),
        "summary": summary(found),
        **data,
        "commits": commits,
        "migrations": [asdict(one) for one in found.migrations],
        "variables": [asdict(one) for one in found.variables],
        "values": [asdict(one) for one in found.values],
        "losses": [asdict(one) for one in losses(found.changes)],
        "evidence": {"from": suites_fields(found.before.evidence), "to": suites_fields(found.after.evidence)},
        "notes": list(found.notes),
    }


def summary(found: Comparison) -> dict[str, Any]:
    """How much differs, in numbers; packages by kind and direction, each once whatever services have it."""
    changes = found.changes
    least, most = to_pull(changes.images)
    return {
        "empty": found.empty,
        "commits": len(found.commits),
        "undone": len(found.undone),
        **{kind: counts(one for one in changes.packages if one.kind == kind) for kind in KINDS},
        "runtimes": len(changes.runtimes),
        "settings": len(changes.settings),
        "bases": len({(one.name_before, one.before, one.name_after, one.after) for one in changes.bases}),
        "files": len({file.name for file in changes.files}),
        "unmanaged": len({file.name for file in changes.unmanaged}),
        "compose": changes.compose is not None,
        "migrations": len(found.migrations),
        "leaves": len(changes.leaves),
        "irreversible": any(one.reversible is False for one in found.migrations),
        "variables": len(found.variables),
        "values": len(found.values),
        "images": len(changes.images),
        "pull": {"least": least, "most": most},
    }
