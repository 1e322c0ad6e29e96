"""Releases in a project's tags, recorded from its last commit without a build."""

from collections.abc import Mapping
from typing import Any

from dockdj.adapters.git.repository import find
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.release.app_fields import print_of
from dockdj.model.canonical import canonical, digest_of
from dockdj.model.diff.changes import COMPOSE
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release
from dockdj.model.release.schema import read
from tests.support.project import git
from tests.support.records import application, document, evidence, service
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
    """Tag the last commit as a release. `files` maps paths in the image to their sources in the project."""
    digests = {path: digest_of((project.root / source).read_bytes()) for path, source in (files or {}).items()}
    packages = python_fields(**(python or {"django": "6.1.3"}))
    own = {"migrations": migrations} if migrations is not None else {}
    commit, tree = git(project.root, "rev-parse", "HEAD"), git(project.root, "rev-parse", "HEAD:./")
    services = {"django": service(files=digests, python=packages, **changes)}
    release = read(
        canonical(
            document(
                version,
                services,
                name=project.name,
                app=application(commit, tree, **own),
                print=print_of(find(project.root), "HEAD") or "",
                npm={},
                compose=digest_of((project.root / COMPOSE).read_bytes()),
                evidence=evidence({"django": service()}),
            )
        )
    )
    git(project.root, "tag", "-a", f"v{version}", "--cleanup=verbatim", "-m", release_tags.message(release))
    return release
