"""What verifying finds in Git, in real repositories: edited, moved, replaced and lost tags."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import repository as git
from dockdj.errors import MissingTool, Refused
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.log import EventKind, LogEvent, Outcome
from dockdj.lifecycle.release import app_fields
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.verify import git as verify_git
from dockdj.lifecycle.verify.verify import Verified, verify
from dockdj.model.canonical import canonical, digest_of
from dockdj.model.project.project import Project, Target
from dockdj.model.project.recipe import COMPOSE_FILE
from dockdj.model.release.record import Release
from dockdj.model.release.schema import read
from dockdj.model.release.validation import NewerSchema
from dockdj.model.verify.finding import exit_code
from dockdj.model.verify.git import TagSeen, tag_finding
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support import records as samples
from tests.support.project import commit, write
from tests.support.project import git as run

ONE = parse("1.0.0")


def absent(target: Target) -> str:
    raise MissingTool("nothing runs here")


def unreached(target: Target) -> Site:
    raise MissingTool("nothing runs here")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The tiny project, tagged 1.0.0 as a release tags it and pushed to `origin`."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    made = projects.make(folder)
    run(tmp_path, "init", "--quiet", "--bare", "remote.git")
    run(folder, "remote", "add", "origin", str(tmp_path / "remote.git"))
    repository = git.find(folder)
    git_references.create_release(
        repository, "v1.0.0", sha(made), release_tags.message(release_of(made)), "release-v1.0"
    )
    push(made)
    return made


def sha(project: Project) -> str:
    return git.resolve(git.find(project.root), "HEAD")


def release_of(project: Project) -> Release:
    """The record of a release of what is committed."""
    repository = git.find(project.root)
    app = samples.application(sha(project), git.tree(repository, "HEAD"))
    compose = digest_of((project.root / COMPOSE_FILE.format(environment="prod")).read_bytes())
    document = json.loads(samples.release().content)
    recorded = samples.fingerprints(
        app_fields.print_of(repository, "HEAD") or "", document["services"], document["npm"]
    )
    fields = {"name": project.name, "app": app, "compose": compose, "fingerprint": recorded}
    return read(canonical({**document, **fields}))


def push(project: Project) -> None:
    run(project.root, "push", "--quiet", "--force", "origin", "main", "release-v1.0", "v1.0.0")


def retag(project: Project, message: str, commit: str = "HEAD") -> None:
    """Replace the tag, its message taken as it is."""
    path = project.root.parent / "message"
    path.write_bytes(message.encode())
    run(project.root, "tag", "--force", "--annotate", "--cleanup=verbatim", "--file", str(path), "v1.0.0", commit)


def verified(project: Project) -> Verified:
    return verify(project, ONE, project.targets["local"], absent, unreached)


def differences(project: Project) -> dict[str, tuple[str, ...]]:
    return {one.place: one.details for one in verified(project).findings if one.state == "differs"}


def test_a_fresh_release_has_no_difference(project: Project) -> None:
    found = verified(project)
    states = {one.place: one.state for one in found.findings}
    assert states == {
        "tag v1.0.0": "ok",
        "tag v1.0.0 at origin": "ok",
        "branch release-v1.0": "ok",
        f"commit {sha(project)[:12]}": "ok",
        "record": "ok",
        "log": "not there",
        "registry of local": "not asked",
        "bundle of local": "not asked",
    }
    assert found.digest == release_of(project).digest
    assert exit_code(found.findings) == 5


def test_a_changed_character_of_the_record_is_a_difference(project: Project) -> None:
    message = release_tags.message(release_of(project))
    retag(project, message.replace('"version":"6.1.3"', '"version":"6.1.4"'))
    found = differences(project)
    assert [line.split("`")[1] for line in found["record"]] == ["deps", "pair"]
    assert "another tag than here" in found["tag v1.0.0 at origin"][0]


def test_a_record_that_is_not_canonical_is_a_difference(project: Project) -> None:
    retag(project, release_tags.message(release_of(project)).replace('"by":', '"by": '))
    found = verified(project)
    assert "canonical" in differences(project)["tag v1.0.0"][0]
    assert (found.digest, exit_code(found.findings)) == ("", 1)


@pytest.mark.parametrize("missing", ["name", "app", "services", "compose", "fingerprint", "evidence", "commit", "tree"])
def test_a_record_without_a_field_is_reported_and_not_a_bug(project: Project, missing: str) -> None:
    document = {name: value for name, value in json.loads(release_of(project).content).items() if name != missing}
    if "app" in document:
        document["app"] = {name: value for name, value in document["app"].items() if name != missing}
    retag(project, f"tiny 1.0.0\n\n{release_tags.MARK}{canonical(document).decode()}\n")
    assert "no usable field" in differences(project)["tag v1.0.0"][0]


def test_a_summary_that_differs_from_the_record_is_a_difference(project: Project) -> None:
    retag(project, release_tags.message(release_of(project)).replace("3 passed", "300 passed"))
    push(project)
    assert differences(project) == {"tag v1.0.0": ("its message was edited outside the record",)}


def test_changed_line_ends_are_a_difference(project: Project) -> None:
    retag(project, release_tags.message(release_of(project)).replace("tiny 1.0.0\n", "tiny 1.0.0\r\n"))
    assert "outside the record" in differences(project)["tag v1.0.0"][0]


def test_a_moved_tag_is_a_difference(project: Project) -> None:
    released, message = sha(project), release_tags.message(release_of(project))
    write(project.root, "greeting.txt", "hello, later\n")
    later = commit(project.root, "later")
    retag(project, message)
    push(project)
    moved = f"it names commit {later[:12]}, and the record {released[:12]}: it was moved"
    assert differences(project) == {"tag v1.0.0": (moved,), "tag v1.0.0 at origin": (moved,)}


def test_a_lightweight_tag_is_a_difference(project: Project) -> None:
    run(project.root, "tag", "--force", "v1.0.0", "HEAD")
    found = differences(project)
    assert "lightweight" in found["tag v1.0.0"][0]
    assert "another tag than here" in found["tag v1.0.0 at origin"][0]
    push(project)
    assert "lightweight" in differences(project)["tag v1.0.0 at origin"][0]


def test_the_tag_of_another_release_is_a_difference(project: Project) -> None:
    other = samples.changed(release_of(project), version="1.1.0")
    retag(project, release_tags.message(other))
    assert differences(project)["tag v1.0.0"] == ("it has the record of 1.1.0: it was moved",)


def test_a_tag_that_only_the_remote_changed_is_a_difference(project: Project, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    run(remote, "tag", "--force", "--annotate", "--message", "mine", "v1.0.0", "main")
    assert list(differences(project)) == ["tag v1.0.0 at origin"]
    run(remote, "tag", "--delete", "v1.0.0")
    assert differences(project) == {}


def test_a_tag_that_was_not_fetched_is_not_a_difference(project: Project) -> None:
    run(project.root, "tag", "--delete", "v1.0.0")
    found = {one.place: (one.state, *one.details) for one in verified(project).findings}
    assert found["tag v1.0.0"] == ("not there", "the remote has it: git fetch --tags")
    assert found["tag v1.0.0 at origin"][0] == "ok"


def test_a_remote_that_does_not_answer_is_reported(project: Project, tmp_path: Path) -> None:
    (tmp_path / "remote.git").rename(tmp_path / "elsewhere.git")
    found = {one.place: one for one in verified(project).findings}
    assert found["tag v1.0.0 at origin"].state == "not asked"
    assert "does not answer" in found["tag v1.0.0 at origin"].details[0]
    assert found["tag v1.0.0"].state == "ok"


def test_a_branch_without_the_release_is_a_difference(project: Project, tmp_path: Path) -> None:
    run(project.root, "checkout", "--quiet", "--orphan", "empty")
    commit(project.root, "nothing of it")
    run(project.root, "push", "--quiet", "--force", "origin", "HEAD:release-v1.0")
    [detail] = differences(project)["branch release-v1.0"]
    assert detail.startswith("at origin it does not contain")
    run(project.root, "branch", "--force", "release-v1.0", "HEAD")
    assert len(differences(project)["branch release-v1.0"]) == 2


def test_later_commits_on_the_branch_are_not_a_difference(project: Project, tmp_path: Path) -> None:
    other = tmp_path / "colleague"
    run(tmp_path, "clone", "--quiet", "--branch", "release-v1.0", str(tmp_path / "remote.git"), str(other))
    write(other, "fix.txt", "a fix\n")
    commit(other, "a fix")
    run(other, "push", "--quiet", "origin", "release-v1.0")
    found = {one.place: one for one in verified(project).findings}["branch release-v1.0"]
    assert (found.state, found.details) == ("ok", ("has new commits at origin: git fetch shows them",))


def test_a_record_of_other_files_than_the_commits_is_a_difference(project: Project) -> None:
    release = release_of(project)
    document = json.loads(release.content)
    app = {**document["app"], "tree": "9" * 40}
    recorded = samples.fingerprints("sha256:" + "8" * 64, document["services"], document["npm"])
    other = samples.changed(release, app=app, fingerprint=recorded, compose=digest_of(b"other"))
    retag(project, release_tags.message(other))
    [found] = [details for place, details in differences(project).items() if place.startswith("commit")]
    assert ["tree" in found[0], "compose file" in found[1], "application" in found[2]] == [True] * 3


def test_a_deployment_of_another_record_is_a_difference(project: Project) -> None:
    log.append(project, LogEvent(EventKind.DEPLOYED, "1.0.0", "local", Outcome.OK, record=release_of(project).digest))
    assert differences(project) == {}
    log.append(project, LogEvent(EventKind.DEPLOYED, "1.0.0", "local", Outcome.OK, record="sha256:" + "5" * 64))
    assert "was the record sha256:555555555555" in differences(project)["log"][0]


def test_an_unknown_version_is_refused(project: Project) -> None:
    with pytest.raises(Refused, match="not released"):
        verify(project, replace(ONE, minor=7), project.targets["local"], absent, unreached)


def test_a_newer_record_is_not_called_damaged(project: Project) -> None:
    retag(project, f"tiny 1.0.0\n\n{release_tags.MARK}{canonical({'schema': 2}).decode()}\n")
    with pytest.raises(NewerSchema, match="schema 2"):
        verified(project)


def test_a_project_in_a_folder_of_a_repository_is_verified(tmp_path: Path) -> None:
    run(tmp_path, "init", "--quiet", "--initial-branch", "main")
    (tmp_path / "shop").mkdir()
    project = projects.add(tmp_path / "shop")
    message = release_tags.message(release_of(project))
    git_references.create_release(git.find(project.root), "v1.0.0", sha(project), message, "release-v1.0")
    found = {one.place: one.state for one in verified(project).findings}
    assert found["tag v1.0.0"] == found[f"commit {sha(project)[:12]}"] == "ok"
    assert found["tag at the remote"] == "not there"


SAMPLE = samples.release()
WHOLE = release_tags.message(SAMPLE).encode()


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_every_edit_of_a_tags_message_is_found(position: int, inserted: bytes, removed: int) -> None:
    edited = WHOLE[:position] + inserted + WHOLE[position + removed :]
    assume(edited != WHOLE)
    tag = TagSeen("a" * 40, "tag", SAMPLE.commit, edited)
    try:
        held = verify_git.record_in(tag)
    except NewerSchema:
        return
    expected = (held, release_tags.message(held).encode()) if isinstance(held, Release) else None
    assert tag_finding(ONE, tag, held, expected, elsewhere=False).state == "differs"
