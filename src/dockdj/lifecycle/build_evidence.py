"""What a build left in its `evidence` stage, as fields of a record."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockdj.errors import ProjectError
from dockdj.lifecycle.checks import SUMMARY
from dockdj.lifecycle.suite import COMPARE_HINT, JUNIT
from dockdj.model import evidence

NPM = "npm.json"


def evidence_of(folder: Path, configs: Mapping[str, str], *, known: tuple[str, ...] = ()) -> dict[str, Any]:
    """The evidence of the images (service -> config digest) that came out of the build.

    Raises ProjectError when there is none, Refused when it says that a check failed that is not `known`.
    """
    if not (folder / SUMMARY).is_file():
        raise ProjectError(
            f"the build gave no evidence of its tests: its `evidence` stage has no {SUMMARY}", hint=COMPARE_HINT
        )
    junit = folder / JUNIT
    report = junit.read_bytes() if junit.is_file() else None
    return evidence.read((folder / SUMMARY).read_bytes(), report, configs, known=known)


def npm_of(folder: Path) -> dict[str, str]:
    """What built the assets; nothing for a project without a frontend. Raises ProjectError for another document."""
    file = folder / NPM
    if not file.is_file():
        return {}
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): str(version) for name, version in document.items()}
    except (ValueError, AttributeError) as error:
        raise ProjectError(
            f"the build's evidence/{NPM} is no table of packages",
            hint="compare docker/assets/checks.mjs with the recipe's",
        ) from error
