"""Build, test and record a version: from a commit, never from the working tree.

Observe what the repository holds, decide whether this version may be released, then do it. The tag and the
release branch appear in one Git transaction at the very end, so a killed run leaves nothing to clean up.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from dockdj import __version__
from dockdj.adapters import disk
from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import remote as git_remote
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.worktree import worktree
from dockdj.errors import DockdjError, Refused
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle import leak_gate
from dockdj.lifecycle.build import bases
from dockdj.lifecycle.bundle import dockerrun
from dockdj.lifecycle.bundle import files as bundle_files
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.project.load import of_commit
from dockdj.lifecycle.release import app_fields
from dockdj.lifecycle.release.image_fields import ImageFields, assemble, unfinished
from dockdj.model.image_names import local_tag
from dockdj.model.listing import in_words
from dockdj.model.project.project import Project
from dockdj.model.release.fingerprint import fingerprint
from dockdj.model.release.image import is_recorded
from dockdj.model.release.record import Platform, Record, Release, Restack
from dockdj.model.release.rules import TAGS, AlreadyReleased, MakeRelease, Observed, decide
from dockdj.model.release.schema import write
from dockdj.model.version import Version

# In Git's folder, which all worktrees share.
LOCK = "dockdj-release"


def release(
    project: Project, version: Version, *, revision: str | None = None, report: Report = silent
) -> tuple[Release, bool]:
    """Release a version; returns it, and whether it was made now.

    All of it is the commit's but [build], which belongs to the machine. Raises Refused when the state forbids it, a
    test fails or a secret would be part of it, UsageError for an unknown revision, ProjectError for wrong files in it.
    """
    repository = git.find(project.root)
    with alone(repository, project.name):
        with step(report, f"look at the repository for {version}"):
            observed = observe(repository, version, revision)
            project = of_commit(project, repository, observed.commit)
            decision = decide(version, replace(observed, project=project.name))
        if isinstance(decision, AlreadyReleased):
            return decision.release, False
        return _make(project, repository, version, decision, report), True


@contextmanager
def alone(repository: git.Repository, name: str) -> Iterator[None]:
    """Whoever makes a release of project `name` in a repository and its worktrees is the only one meanwhile.

    What is made holds names that are not taken yet: local tags of images, a number, a branch. Freed by the kernel,
    however this run ends. Raises Refused when another run makes a release.
    """
    path = repository.shared / LOCK
    with ExitStack() as held:
        try:
            held.enter_context(disk.locked(path, wait=False))
        except BlockingIOError as error:
            other, _, process = path.read_text(errors="replace").partition(" ")
            whose = f" of {other}" if other else ""
            raise Refused(
                f"another release{whose} is under way" + (f" (pid {process})" if process else ""),
                hint="wait until it has ended, and release again",
            ) from error
        except OSError as error:
            raise Refused(f"{path} cannot be locked: {error.strerror}", hint="see who owns it: ls -l") from error
        path.write_text(f"{name} {os.getpid()}")
        yield


def _make(
    project: Project, repository: git.Repository, version: Version, decision: MakeRelease, report: Report
) -> Release:
    if git.text_at(repository, decision.commit, ".gitmodules") is not None:
        report(Warned("submodules are not part of a release: their folders are empty in the build"))
    if left_out := git.untracked(repository):
        report(Warned(f"not tracked by Git, so not part of the release: {in_words(left_out)}"))
    docker.require_engine()
    require_sealing(project, repository)
    with unfinished(project, repository, version):
        with worktree(repository, decision.commit) as folder:
            dockerrun.check(project, folder)
            bundle_files.check(project, folder)
            fields = assemble(project, version, folder, report, tree=git.tree(repository, decision.commit))
            made = record(project, repository, version, decision.commit, fields, report)
        seal(project, repository, made, decision.branch, report)
    return made


def require_sealing(project: Project, repository: git.Repository) -> None:
    """Raise ProjectError before a long build for what its end needs: who releases, and secrets to search for."""
    git.identity(repository)
    leak_gate.of_machine(project)


def record(
    project: Project,
    repository: git.Repository,
    version: Version,
    commit: str,
    fields: ImageFields,
    report: Report,
    *,
    restack_of: Restack | None = None,
) -> Release:
    """The release record of images that were built and tested from a commit, not yet the release of its version."""
    with step(report, "write the release record"):
        # Releases of other projects in the repository are not ours.
        earlier = [one for one in release_tags.listed(project) if one.version < version]
        parent = earlier[-1] if earlier else None
        app, application_print = app_fields.describe(repository, commit, parent.commit if parent else None)
        return write(
            Record(
                name=project.name,
                version=version,
                created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                by=git.identity(repository).partition(" <")[0],
                tool=f"dockdj {__version__}",
                parent=parent.digest if parent else None,
                restack_of=restack_of,
                app=app,
                npm=fields.npm,
                services=fields.services,
                compose=fields.compose,
                platform=Platform(project.recipe.answers.get("platform", "docker")),
                fingerprint=fingerprint(application_print, fields.services, fields.npm),
                evidence=fields.evidence,
            )
        )


def seal(project: Project, repository: git.Repository, made: Release, branch: str | None, report: Report) -> None:
    """Make a record the release of its version: search secrets, then tag its commit, and make the branch if named.

    Raises Refused when a secret would be part of it, and when an image is not the one that was tested any more.
    """
    version = made.version
    tags = {name: local_tag(project.name, version, name) for name in made.configs}
    _require_unmoved(made, tags)
    with step(report, "search for secrets"):
        leak_gate.check(project, repository, made, tags)
    bases.keep(project, made)
    with step(report, f"tag {version.tag}" + (f" and branch {branch}" if branch else "")):
        git_references.create_release(repository, version.tag, made.commit, release_tags.message(made), branch)


def _require_unmoved(made: Release, tags: Mapping[str, str]) -> None:
    """Raise Refused when a local tag names other content than the record: nobody but the engine keeps them apart."""
    for service, tag in tags.items():
        image = docker.image(tag)
        if not is_recorded(image, made.services[service]):
            raise Refused(
                f"{tag} was {'removed' if image is None else 'moved'} while it was released",
                hint="does another clone of the project release on this engine? wait until it has ended, "
                "and release again",
            )


def observe(repository: git.Repository, version: Version, revision: str | None) -> Observed:
    """What a release of this version meets in the repository."""
    commit = git.resolve(repository, revision or "HEAD")
    remote = git_remote.name(repository)
    references = git_references.read(repository, remote)
    tagged = f"{TAGS}{version.tag}" in references.commits
    theirs = None if tagged or remote is None else _of_remote(repository, remote)
    default = references.default_branch(theirs if isinstance(theirs, Mapping) else ())
    default_places, release_places = references.places(default), references.places(version.branch)
    holders = git_references.containing(repository, commit, (*default_places, *release_places))
    return Observed(
        commit=commit,
        explicit=revision is not None,
        modified=git.modified(repository),
        existing=release_tags.of_tag(repository, version) if tagged else None,
        references=references.commits,
        default_branch=default,
        on_default=not holders.isdisjoint(default_places),
        on_release=not holders.isdisjoint(release_places),
        has_default_branch=bool(default_places),
        has_release_branch=bool(release_places),
        shallow=repository.shallow,
        remote=remote or "",
        theirs=theirs,
    )


def _of_remote(repository: git.Repository, remote: str) -> Mapping[str, str] | DockdjError | None:
    """A remote's references, or why they are not known; None where this clone is a whole one and needs no network."""
    if git_remote.is_whole(repository, remote):
        return None
    try:
        return git_remote.references(repository, remote)
    except DockdjError as error:
        return error
