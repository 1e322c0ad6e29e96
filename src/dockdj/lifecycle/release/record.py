"""Write the record of a version from its commit and its tested images."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from dockdj import __version__
from dockdj.adapters.git import repository as git
from dockdj.errors import DockdjError
from dockdj.events import Report, Warned, step
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.release import app_fields
from dockdj.lifecycle.release.app_fields import Predecessor
from dockdj.lifecycle.release.image_fields import ImageFields
from dockdj.lifecycle.release.migrations import NoAnswer
from dockdj.model.project.project import Project
from dockdj.model.release.application import Application
from dockdj.model.release.fingerprint import fingerprint
from dockdj.model.release.loader_answer import LoaderAnswer
from dockdj.model.release.record import Platform, Record, Release, Restack
from dockdj.model.release.schema import write
from dockdj.model.release.summary import Listed
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
        app, application_print = app_fields.describe(
            repository, candidate.commit, _predecessor(project, parent), fields.migrations
        )
        _warn_of_sources(app, fields.migrations, report)
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


def _predecessor(project: Project, parent: Listed | None) -> Predecessor | None:
    """The parent release's commit and migrations. A damaged record has none, and stops no release."""
    if parent is None:
        return None
    django = None
    with suppress(DockdjError):
        django = release_tags.find(project, parent.version).app.django
    return Predecessor(parent.commit, django)


def _warn_of_sources(app: Application, migrations: LoaderAnswer | NoAnswer, report: Report) -> None:
    """Warn that the sources alone told the migrations. A project without a sign of Django gets no warning."""
    if isinstance(migrations, NoAnswer) and (migrations.asked or app.migrations):
        report(
            Warned(
                f"Django did not list the migrations: {migrations.reason}. The record has what their source files "
                "show; where those do not show whether a migration can be undone, that is unknown"
            )
        )
