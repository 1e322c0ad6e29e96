"""Write the record of a version from its commit and its tested images."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dockdj import __version__
from dockdj.adapters.git import repository as git
from dockdj.events import Report, step
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.release import app_fields
from dockdj.lifecycle.release.image_fields import ImageFields
from dockdj.model.project.project import Project
from dockdj.model.release.fingerprint import fingerprint
from dockdj.model.release.record import Platform, Record, Release, Restack
from dockdj.model.release.schema import write
from dockdj.model.version import Version


@dataclass(frozen=True)
class Candidate:
    """A version that is not released yet: its commit, and the origin of a restack."""

    version: Version
    commit: str
    restack_of: Restack | None = None


def record(
    project: Project, repository: git.Repository, candidate: Candidate, fields: ImageFields, report: Report
) -> Release:
    """Write the record of a candidate whose images were built and tested. Sealing makes it a release."""
    with step(report, "write the release record"):
        # A repository may hold releases of other projects.
        earlier = [release for release in release_tags.listed(project) if release.version < candidate.version]
        parent = earlier[-1] if earlier else None
        app, application_print = app_fields.describe(repository, candidate.commit, parent.commit if parent else None)
        return write(
            Record(
                name=project.name,
                version=candidate.version,
                created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                by=git.identity(repository).partition(" <")[0],
                tool=f"dockdj {__version__}",
                parent=parent.digest if parent else None,
                restack_of=candidate.restack_of,
                app=app,
                npm=fields.npm,
                services=fields.services,
                compose=fields.compose,
                containers=fields.containers,
                platform=Platform(project.recipe.answers.get("platform", "docker")),
                fingerprint=fingerprint(application_print, fields.services, fields.npm),
                evidence=fields.evidence,
            )
        )
