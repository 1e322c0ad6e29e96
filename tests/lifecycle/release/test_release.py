"""Release with real Git and a real Docker Engine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.adapters.docker import client as docker
from dockdj.adapters.git.repository import find
from dockdj.errors import MissingTool, ProjectError, Raced, Refused, UsageError
from dockdj.events import Event, Warned, silent
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import EventKind, LogEvent, Outcome
from dockdj.lifecycle.project.load import of_commit
from dockdj.lifecycle.release.image_fields import ImageFields
from dockdj.lifecycle.release.record import Candidate
from dockdj.lifecycle.release.record import record as write_record
from dockdj.lifecycle.release.release import release
from dockdj.lifecycle.release.seal import seal
from dockdj.model.beanstalk.containers import Containers
from dockdj.model.image_names import local_tag
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support import runs
from tests.support.project import commit, git, write
from tests.support.records import release as record
from tests.support.releases import tagged
from tests.support.small import small

__all__ = ["small"]


def test_parent_is_this_projects_previous_release_in_a_shared_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    shops = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        shops.append(projects.add(tmp_path / name, name=f"shop-{name}"))
    first = tagged(shops[0], "1.0.0")
    tagged(shops[1], "1.1.0")
    containers = Containers({"services": {}})
    fields = ImageFields(services={}, npm={}, compose="sha256:" + "0" * 64, containers=containers, evidence=())
    candidate = Candidate(parse("1.2.0"), git(tmp_path, "rev-parse", "HEAD"))
    second = write_record(shops[0], find(shops[0].root), candidate, fields, silent)
    assert second.parent == first.digest


@pytest.mark.docker
def test_release_builds_the_commit_and_not_the_working_tree(tiny: Project) -> None:
    write(tiny.root, "greeting.txt", "hello from the working tree\n")
    write(tiny.root, "new.txt", "not tracked\n")
    settings = (tiny.root / "dockdj.toml").read_text().replace("[recipe]", '[recipe]\nanswers = { platform = "ecs" }')
    write(tiny.root, "dockdj.toml", settings.replace(f'name = "{tiny.name}"', 'name = "another"'))
    events: list[Event] = []
    released, new = release(project_file.load(tiny.root), parse("1.0.0"), revision="HEAD", report=events.append)
    assert new
    assert (released.name, released.platform.kind) == (tiny.name, "docker")
    tag = local_tag(tiny.name, parse("1.0.0"), "django")
    assert (
        subprocess.run(["docker", "run", "--rm", tag, "cat", "greeting.txt"], capture_output=True, text=True).stdout
        == "hello\n"
    )
    assert any(isinstance(event, Warned) and "new.txt" in event.message for event in events)
    assert (tiny.root / "greeting.txt").read_text() == "hello from the working tree\n"
    assert git(tiny.root, "worktree", "list").count("\n") == 0
    assert (
        git(tiny.root, "rev-parse", "v1.0.0^{commit}") == git(tiny.root, "rev-parse", "release-v1.0") == released.commit
    )


@pytest.mark.docker
def test_the_record_agrees_with_dpkg_docker_and_sha256sum(tiny: Project) -> None:
    released, _ = release(tiny, parse("1.0.0"))
    tag = local_tag(tiny.name, parse("1.0.0"), "django")
    service = released.services["django"]

    def inside(*argv: str) -> str:
        return subprocess.run(["docker", "run", "--rm", tag, *argv], capture_output=True, text=True, check=True).stdout

    listed = inside("dpkg-query", "-W", "-f", "${Package} ${Version}\n").splitlines()
    assert service.os and {name: package.version for name, package in service.os.packages.items()} == dict(
        line.split(" ") for line in listed
    )
    inspected = json.loads(subprocess.run(["docker", "image", "inspect", tag], capture_output=True, check=True).stdout)[
        0
    ]
    assert (service.config, list(service.diff_ids)) == (inspected["Id"], inspected["RootFS"]["Layers"])
    assert service.files == {"/etc/app.conf": "sha256:" + inside("sha256sum", "/etc/app.conf").split()[0]}
    assert released.evidence[0].images == {"django": inspected["Id"]}


@pytest.mark.docker
def test_a_second_run_returns_the_release_and_refuses_another_commit(tiny: Project) -> None:
    first, _ = release(tiny, parse("1.0.0"))
    again, new = release(tiny, parse("1.0.0"))
    assert (again, new) == (first, False)
    write(tiny.root, "greeting.txt", "hello again\n")
    commit(tiny.root, "another greeting")
    with pytest.raises(Refused, match="other content"):
        release(tiny, parse("1.0.0"))
    second, _ = release(tiny, parse("1.1.0"))
    assert second.parent == first.digest


@pytest.mark.docker
def test_an_image_that_moves_during_the_release_is_a_race(tiny: Project) -> None:
    recorded = record("1.0.0", commit=git(tiny.root, "rev-parse", "HEAD"))
    repository = find(tiny.root)
    with pytest.raises(Raced, match=r"django:1\.0\.0 was removed while it was released"):
        seal(tiny, repository, recorded, "release-v1.0", silent)
    docker.tag("debian:trixie-slim", local_tag(tiny.name, recorded.version, "django"))
    with pytest.raises(Raced, match=r"django:1\.0\.0 was moved while it was released"):
        seal(tiny, repository, recorded, "release-v1.0", silent)
    assert git(tiny.root, "tag") == ""


@pytest.mark.docker
def test_a_release_from_a_linked_worktree_belongs_to_the_repository(small: Project) -> None:
    linked = small.root.parent / "linked"
    git(small.root, "worktree", "add", "--quiet", "--detach", str(linked))
    released, new = release(project_file.load(linked), parse("1.0.0"))
    assert (new, release(small, parse("1.0.0"))) == (True, (released, False))
    assert git(small.root, "rev-parse", "v1.0.0^{commit}", "release-v1.0").split() == [released.commit] * 2
    assert git(small.root, "worktree", "list").count("\n") == 1
    log.append(project_file.load(linked), LogEvent(EventKind.PUBLISHED, "1.0.0", "local", Outcome.OK))
    assert not log.has(small, EventKind.PUBLISHED, "1.0.0", "local")


def test_a_second_release_is_refused_until_the_first_ends_or_is_killed(
    tiny: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tiny.root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    hold = (
        "import sys, time; from pathlib import Path; from dockdj.adapters.git.repository import find\n"
        "from dockdj.lifecycle.release.lock import exclusive\n"
        "with exclusive(find(Path(sys.argv[1])), 'shop'): print('held', flush=True); time.sleep(600)"
    )
    argv = [sys.executable, "-c", hold, str(tmp_path / "linked")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        with pytest.raises(Raced) as raced:
            release(tiny, parse("1.0.0"))
        holder.kill()
    assert raced.value.message == f"another release of shop is under way (pid {holder.pid})"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    with pytest.raises(MissingTool):
        release(tiny, parse("1.0.0"))


def test_a_commit_without_a_valid_project_file_is_named(tiny: Project) -> None:
    git(tiny.root, "mv", "dockdj.toml", "other.toml")
    first, second = git(tiny.root, "rev-parse", "HEAD"), commit(tiny.root, "Remove the project file")
    write(tiny.root, "dockdj.toml", "name = 1\n")
    third = commit(tiny.root, "Add a wrong project file")
    for sha, reason in {second: "has no dockdj.toml", third: "dockdj.toml is wrong:\n"}.items():
        with pytest.raises(ProjectError, match=f"commit {sha[:12]}:? {reason}"):
            release(tiny, parse("1.0.0"), revision=sha)
    assert of_commit(tiny, find(tiny.root), first) == tiny


@pytest.mark.docker
def test_a_failed_check_refuses_the_release_and_leaves_nothing(tiny: Project) -> None:
    write(tiny.root, "greeting.txt", "goodbye\n")
    commit(tiny.root, "rude")
    with pytest.raises(Refused, match="hello, run: sh check"):
        release(tiny, parse("1.0.0"))
    assert git(tiny.root, "tag") == ""
    assert "release" not in git(tiny.root, "branch")
    assert docker.image(local_tag(tiny.name, parse("1.0.0"), "django")) is None


@pytest.mark.docker
def test_an_invalid_configuration_file_of_the_platform_is_refused_before_the_build(
    tiny: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dockdj.lifecycle.release.release.assemble", lambda *_: pytest.fail("built"))
    write(tiny.root, ".ebextensions/10.config", "option_settings:\n  A: b: c\n")
    commit(tiny.root, "broken")
    with pytest.raises(ProjectError, match=r"\.ebextensions/10\.config:2: mapping values are not allowed here"):
        release(tiny, parse("1.0.0"))


@pytest.mark.docker
def test_a_failed_release_restores_the_other_clones_image_tags(small: Project) -> None:
    tag = local_tag(small.name, parse("1.0.0"), "django")
    docker.tag("debian:trixie-slim", tag)
    theirs = docker.image(tag)
    compose = small.compose_file("prod")
    # The service is never healthy, so the run waits until it has ended.
    ends = 'command: ["/usr/bin/sleep", "0"]\n    healthcheck: {test: ["CMD", "/none"], retries: 1000}'
    compose.write_text(compose.read_text().replace("init: true  #", f"{ends}\n    init: true  #"))
    commit(small.root, "End at once")
    with pytest.raises(Refused, match=r"django is exited \(status 0\)"):
        release(small, parse("1.0.0"))
    restored = docker.image(tag)
    assert restored and theirs
    assert restored.config == theirs.config


@pytest.mark.docker
def test_release_of_a_project_in_a_folder_of_a_larger_repository(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from tests.conftest import remove_images

    name = runs.name("mono")
    request.addfinalizer(lambda: remove_images(name))
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    write(tmp_path, "other/notes.txt", "another team's\n")
    (tmp_path / "shop").mkdir()
    project = projects.add(tmp_path / "shop", name)
    write(tmp_path, "other/notes.txt", "changed, but not ours\n")
    released, _ = release(project, parse("1.0.0"))
    assert released.app.tree == git(tmp_path, "rev-parse", "HEAD:shop")


def test_release_without_docker_hints_to_start_it(
    tiny: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    with pytest.raises(MissingTool) as caught:
        release(tiny, parse("1.0.0"))
    assert "start Docker" in caught.value.hint
    assert git(tiny.root, "tag") == ""


def test_an_unknown_revision_is_a_usage_error(tiny: Project) -> None:
    with pytest.raises(UsageError, match="nonsense"):
        release(tiny, parse("1.0.0"), revision="nonsense")


def test_release_outside_a_git_repository_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "dockdj.toml", projects.FILES["dockdj.toml"])
    with pytest.raises(ProjectError, match="not in a Git repository"):
        release(project_file.load(tmp_path), parse("1.0.0"))
