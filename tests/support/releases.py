"""Releases in a project's tags, recorded from its last commit as a release records them; nothing is built."""

from collections.abc import Mapping
from typing import Any

from dockdj.adapters.git.repository import find
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.release.app_fields import print_of
from dockdj.model.canonical import digest_of
from dockdj.model.diff.changes import COMPOSE
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release, compose
from dockdj.model.version import parse
from tests.support.project import git
from tests.support.records import application, release, service
from tests.support.records import python as python_fields


def tagged(
    project: Project,
    version: str,
    *,
    files: Mapping[str, str] | None = None,
    python: Mapping[str, str] | None = None,
    migrations: Mapping[str, str] | None = None,
    **changes: Any,
) -> Release:
    """Tag the last commit as a release. `files` are paths in the image and, in the project, where they come from."""
    found = {path: digest_of((project.root / source).read_bytes()) for path, source in (files or {}).items()}
    packages = python_fields(**(python or {"django": "6.1.3"}))
    old = release(version).document
    made = compose(
        name=project.name,
        version=parse(version),
        created=old["created"],
        by=old["by"],
        tool=old["tool"],
        parent=None,
        app=application(
            git(project.root, "rev-parse", "HEAD"),
            git(project.root, "rev-parse", "HEAD:./"),
            **({} if migrations is None else {"migrations": dict(migrations)}),
        ),
        application=print_of(find(project.root), "HEAD") or "",
        services={"django": service(files=found, python=packages, **changes)},
        npm={},
        compose_file=digest_of((project.root / COMPOSE).read_bytes()),
        platform="docker",
        evidence=list(old["evidence"]),
    )
    git(project.root, "tag", "-a", f"v{version}", "--cleanup=verbatim", "-m", release_tags.message(made))
    return made
