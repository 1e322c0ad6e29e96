"""Publishing, against a real registry and a bare Git repository."""

import urllib.request
from pathlib import Path

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry import client as registries
from dockdj.errors import CommandFailed, Refused
from dockdj.events import Event, Warned
from dockdj.lifecycle.bundle import bundle
from dockdj.lifecycle.history import log, registry_index
from dockdj.lifecycle.history.registry_index import Lost
from dockdj.lifecycle.publish.publish import publish
from dockdj.lifecycle.verify.verify import verify
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.support import loaded
from tests.support.project import commit, git, write
from tests.support.qa import images as qa_images
from tests.support.registry import manifest
from tests.support.registry import running as running_registry
from tests.support.whole import no_platform

pytestmark = pytest.mark.docker
ONE = parse("1.0.0")


@pytest.fixture
def released(tiny: Project, tmp_path: Path) -> Project:
    """The tiny project with a bare remote, released as 1.0.0."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(tiny.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    make(tiny)
    return tiny


def make(project: Project, greeting: str = "hello") -> None:
    """Release 1.0.0 with an image of this content; whole releases are published in test_killed.py."""
    loaded.released(project, "1.0.0", [{"base": b"base" * 1000}, {"greeting.txt": greeting.encode()}])


def remote_of(project: Project) -> Path:
    return project.root.parent / "remote.git"


def test_registry_and_remote_have_the_recorded_release(released: Project, registry: str) -> None:
    repository = f"{registry}/{released.name}"
    outcome = publish(released, ONE, "local", repository)
    index_digest, document = manifest(repository, "1.0.0")
    assert outcome.published.index == index_digest
    children = [child["digest"] for child in document["manifests"]]
    pinned = outcome.published.manifests["django"]
    assert pinned in children[1:]
    digest, image = manifest(repository, pinned)
    assert digest == pinned
    assert image["config"]["digest"] == outcome.published.release.configs["django"]
    record = registries.manifest(f"{repository}@{children[0]}")
    assert record is not None
    assert registries.pull_record(repository, record) == outcome.published.release.content
    assert git(remote_of(released), "rev-parse", "v1.0.0") == git(released.root, "rev-parse", "v1.0.0")
    assert git(remote_of(released), "rev-parse", "release-v1.0") == outcome.published.release.commit


def test_second_publish_pushes_nothing(released: Project, registry: str) -> None:
    repository = f"{registry}/{released.name}"
    first = publish(released, ONE, "local", repository)
    again = publish(released, ONE, "local", repository)
    assert first.pushed_images
    assert (again.pushed_images, again.pushed_references) == (False, ())
    assert again.published.index == first.published.index
    assert [event.what for event in log.read(released)] == ["published"]


def test_second_repository_gets_the_same_digests(released: Project, registry: str) -> None:
    one = publish(released, ONE, "local", f"{registry}/{released.name}").published
    two = publish(released, ONE, "other", f"{registry}/{released.name}-copy").published
    assert (one.manifests, one.index) == (two.manifests, two.index)


def test_publish_refuses_a_version_that_has_another_release(released: Project, registry: str) -> None:
    repository = f"{registry}/{released.name}"
    first = publish(released, ONE, "local", repository).published
    git(released.root, "tag", "--delete", "v1.0.0")
    git(released.root, "branch", "--delete", "--force", "release-v1.0")
    git(released.root, "update-ref", "-d", "refs/remotes/origin/release-v1.0")
    write(released.root, "greeting.txt", "hello, but another\n")
    commit(released.root, "other")
    make(released, "hello, but another")
    with pytest.raises(Refused, match="another release"):
        publish(released, ONE, "local", repository)
    assert registry_index.require(repository, ONE) == first


def test_unreachable_registry_is_named(released: Project) -> None:
    with pytest.raises(CommandFailed, match=r"registry at 127\.0\.0\.1:9 does not answer"):
        publish(released, ONE, "local", f"127.0.0.1:9/{released.name}")
    assert log.read(released) == ()


def test_publish_refuses_an_image_that_is_not_the_recorded_one(released: Project, registry: str) -> None:
    docker.tag("debian:trixie-slim", f"{released.name}/django:1.0.0")
    with pytest.raises(Refused, match="not the recorded one"):
        publish(released, ONE, "local", f"{registry}/{released.name}")
    assert registry_index.find(f"{registry}/{released.name}", ONE) is None


def test_another_tag_and_a_blocking_branch_at_the_remote_are_refused_before_anything_is_pushed(
    released: Project, registry: str
) -> None:
    git(released.root, "push", "--quiet", "origin", "main")
    git(remote_of(released), "tag", "v1.0.0", "main")
    with pytest.raises(Refused, match=r"the tag v1\.0\.0 of the remote `origin` is not the one of this clone"):
        publish(released, ONE, "local", f"{registry}/{released.name}")
    git(remote_of(released), "tag", "--delete", "v1.0.0")
    git(remote_of(released), "branch", "release-v1.0/fix", "main")
    with pytest.raises(Refused, match=r"release-v1\.0/fix of `origin` makes branch release-v1\.0 impossible"):
        publish(released, ONE, "local", f"{registry}/{released.name}")
    assert registry_index.find(f"{registry}/{released.name}", ONE) is None


def test_secret_in_the_history_is_refused_before_anything_is_pushed(released: Project, registry: str) -> None:
    write(released.root, "environments/prod/.env", "TOKEN=canary-of-the-history\n")
    commit(released.root, "By mistake")
    write(released.root, ".gitignore", ".env\n")
    git(released.root, "rm", "--quiet", "--cached", "environments/prod/.env")
    commit(released.root, "Clean up")
    git(released.root, "tag", "--delete", "v1.0.0")
    make(released)
    with pytest.raises(
        Refused, match=r"TOKEN of environments/prod/\.env: commit \w{12}, environments/prod/\.env"
    ) as caught:
        publish(released, ONE, "local", f"{registry}/{released.name}")
    assert "canary-of" not in f"{caught.value.message}{caught.value.hint}"
    assert registry_index.find(f"{registry}/{released.name}", ONE) is None
    assert git(remote_of(released), "for-each-ref") == ""
    assert git(remote_of(released), "count-objects") == "0 objects, 0 kilobytes"


def test_publish_does_not_move_a_release_branch_that_is_ahead_at_the_remote(
    released: Project, registry: str, tmp_path: Path
) -> None:
    publish(released, ONE, "local", f"{registry}/{released.name}")
    other = tmp_path / "colleague"
    git(tmp_path, "clone", "--quiet", "--branch", "release-v1.0", str(remote_of(released)), str(other))
    write(other, "fix.txt", "a fix\n")
    newest = commit(other, "a fix")
    git(other, "push", "--quiet", "origin", "release-v1.0")
    outcome = publish(released, ONE, "other", f"{registry}/{released.name}-other")
    assert (outcome.pushed_images, outcome.pushed_references) == (True, ())
    assert git(remote_of(released), "rev-parse", "release-v1.0") == newest


def test_patch_is_refused_while_the_remotes_release_branch_has_unknown_commits(
    released: Project, registry: str, tmp_path: Path
) -> None:
    git(released.root, "push", "--quiet", "origin", "release-v1.0")
    other = tmp_path / "colleague"
    git(tmp_path, "clone", "--quiet", "--branch", "release-v1.0", str(remote_of(released)), str(other))
    write(other, "fix.txt", "a fix\n")
    commit(other, "a fix")
    git(other, "push", "--quiet", "origin", "release-v1.0")
    repository = f"{registry}/{released.name}"

    with pytest.raises(Refused, match=r"has new commits at the remote") as refused:
        publish(released, ONE, "local", repository)

    assert registry_index.find(repository, ONE) is None
    assert "v1.0.0" not in git(remote_of(released), "tag")
    git(released.root, *refused.value.hint.partition(",")[0].split()[1:])
    assert publish(released, ONE, "local", repository).pushed_references == ("refs/tags/v1.0.0",)


def test_image_lost_by_the_registry_is_pushed_again(released: Project, registry: str) -> None:
    repository = f"{registry}/{released.name}"
    published = publish(released, ONE, "local", repository).published
    children = registries.manifest(f"{repository}:1.0.0")
    assert children is not None
    # The index without the image: what a registry holds that expired an untagged manifest.
    registries.create_index(repository, "1.0.0", (children.children[0],))
    with pytest.raises(Refused, match="lost the image of django"):
        registry_index.require(repository, ONE)
    assert publish(released, ONE, "local", repository).pushed_images
    assert registry_index.require(repository, ONE).manifests == published.manifests


def test_record_lost_by_the_registry_is_pushed_again(released: Project) -> None:
    with running_registry(deletes=True) as address:
        repository = f"{address}/{released.name}"
        published = publish(released, ONE, "local", repository).published
        forget(repository, published.children[0])
        with pytest.raises(Lost, match="lost the record") as lost:
            registry_index.require(repository, ONE)
        assert "dockdj publish 1.0.0" in lost.value.hint
        events: list[Event] = []
        assert publish(released, ONE, "local", repository, events.append).published == published
        assert [one.message for one in events if isinstance(one, Warned)] == [f"{lost.value.message}; pushing it again"]
        found = verify(released, ONE, released.targets["local"], lambda _: repository, no_platform)
        assert [one for one in found.findings if one.state == "differs"] == []

        # Of another release nothing tells but its images.
        git(released.root, "tag", "--delete", "v1.0.0")
        make(released, "hello, but another")
        forget(repository, published.children[0])
        with pytest.raises(Refused, match="holds another release"):
            publish(released, ONE, "local", repository)


def forget(repository: str, digest: str) -> None:
    host, name = repository.split("/", 1)
    url = f"http://{host}/v2/{name}/manifests/{digest}"
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=60).close()


def test_publish_refuses_a_version_under_which_something_else_was_pushed(released: Project, registry: str) -> None:
    repository = f"{registry}/{released.name}"
    name = f"{repository}:1.0.0"
    docker.tag(f"{released.name}/django:1.0.0", name)
    registries.push(name)
    theirs = registries.manifest(name)
    assert theirs is not None
    with pytest.raises(Refused, match="is an image, not the index") as refused:
        publish(released, ONE, "local", repository)
    assert refused.value.hint == registry_index.NEVER_MOVES
    assert registries.manifest(name) == theirs

    registries.create_index(repository, "1.0.1", (theirs.digest,))
    with pytest.raises(Refused, match="does not list a record"):
        registry_index.require(repository, parse("1.0.1"))

    record = f"{repository}:record-prod"
    registries.build_record(qa_images().record.content, record)
    registries.push(record)
    tested = registries.manifest(record)
    assert tested is not None
    registries.create_index(repository, "1.0.1", (tested.digest, theirs.digest))
    with pytest.raises(Refused, match=r"has no release record, so the tag was moved: "):
        registry_index.require(repository, parse("1.0.1"))


def test_publish_without_a_remote_pushes_images_and_warns(tiny: Project, registry: str) -> None:
    make(tiny)
    events: list[Event] = []
    publish(tiny, ONE, "local", f"{registry}/{tiny.name}", events.append)
    assert any(isinstance(event, Warned) and "no Git remote" in event.message for event in events)
    assert registry_index.find(f"{registry}/{tiny.name}", ONE) is not None


def test_publish_succeeds_with_a_warning_if_the_log_cannot_be_written(tiny: Project, registry: str) -> None:
    make(tiny)
    write(tiny.root, ".dockdj", "a file where the folder would be")
    events: list[Event] = []
    assert publish(tiny, ONE, "local", f"{registry}/{tiny.name}", events.append).pushed_images
    assert any(isinstance(event, Warned) and "will not know" in event.message for event in events)


def test_publish_refuses_an_unknown_release(tiny: Project, registry: str) -> None:
    with pytest.raises(Refused, match="not released"):
        publish(tiny, ONE, "local", f"{registry}/{tiny.name}")


def test_bundle_is_pinned_reproducible_and_from_the_commit(released: Project, registry: str) -> None:
    import io
    import zipfile

    repository = f"{registry}/{released.name}"
    published = publish(released, ONE, "local", repository).published
    target = released.targets["local"]
    first = bundle.make(released, target, published)
    write(released.root, ".platform/hooks/predeploy/10_release", "changed, not committed")
    assert bundle.make(released, target, registry_index.require(repository, ONE)) == first
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        names = {entry.filename: (entry.external_attr >> 16) & 0o777 for entry in archive.infolist()}
        compose = archive.read("docker-compose.yml").decode()
        assert archive.read("release.json") == published.release.content
    assert names[".platform/hooks/predeploy/10_release"] == 0o755
    assert f'image: "{published.pinned("django")}"' in compose
    assert "backing" not in compose
    assert "build:" not in compose
    assert 'GREETING: "hello $$you"' in compose
