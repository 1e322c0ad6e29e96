"""Release a version: build, test and record a commit, never the working tree.

Observe the repository, decide if the version may be released, then build, test, record and seal. The tag and the
release branch appear in a single Git transaction at the very end, so a killed run leaves nothing to clean up.
"""

from dataclasses import replace

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.version import require_git
from dockdj.adapters.git.worktree import worktree
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle.build import gaps
from dockdj.lifecycle.bundle import dockerrun, extensions
from dockdj.lifecycle.bundle import files as bundle_files
from dockdj.lifecycle.project.load import of_commit
from dockdj.lifecycle.release.image_fields import AssemblyRequest, assemble
from dockdj.lifecycle.release.local_tags import restored_on_failure
from dockdj.lifecycle.release.lock import exclusive
from dockdj.lifecycle.release.observe import observe
from dockdj.lifecycle.release.record import Candidate, record
from dockdj.lifecycle.release.seal import require_sealing, seal, search_commit
from dockdj.model.listing import in_words
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release
from dockdj.model.release.rules import AlreadyReleased, MakeRelease, decide
from dockdj.model.version import Version


def release(
    project: Project, version: Version, *, revision: str | None = None, report: Report = silent
) -> tuple[Release, bool]:
    """Release a version; return the release, and True if this run made it.

    Everything comes from the commit but [build], which belongs to the machine. Raises Refused when the state forbids
    the release, a test fails or the release would hold a secret; Raced when another release is under way or moves an
    image; UsageError for an unknown revision; ProjectError for wrong files in the commit.
    """
    repository = git.find(project.root)
    with exclusive(repository, project.name):
        with step(report, f"look at the repository for {version}"):
            observed = observe(repository, version, revision)
            project = of_commit(project, repository, observed.commit)
            decision = decide(version, replace(observed, project=project.name))
        if isinstance(decision, AlreadyReleased):
            return decision.release, False
        return _make(project, repository, version, decision, report), True


def _make(
    project: Project, repository: git.Repository, version: Version, decision: MakeRelease, report: Report
) -> Release:
    if untracked := git.untracked(repository):
        report(Warned(f"not tracked by Git, so not part of the release: {in_words(untracked)}"))
    require_git(report)
    docker.require_builder(report)
    require_sealing(project, repository)
    search_commit(project, repository, decision.commit, report)
    with restored_on_failure(project, repository, version):
        with worktree(repository, decision.commit) as folder:
            dockerrun.check(project, folder)
            bundle_files.check(project, folder)
            gaps.warn(repository, decision.commit, folder, report)
            extensions.check(folder, report)
            tree = git.tree(repository, decision.commit)
            fields = assemble(AssemblyRequest(project, version, folder, tree), report)
            recorded = record(project, repository, Candidate(version, decision.commit), fields, report)
        seal(project, repository, recorded, decision.branch, report)
    return recorded
