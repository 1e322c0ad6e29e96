"""A canary in every place that a release publishes: it is found there, and shown nowhere."""

import json
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from dockdj.adapters import project_file
from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import repository as repositories
from dockdj.errors import ProjectError, Refused
from dockdj.lifecycle import leak_gate
from dockdj.lifecycle.history import registry_index
from dockdj.lifecycle.publish.publish import publish
from dockdj.lifecycle.release.release import release
from dockdj.model.image_names import local_tag
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.support.project import commit, git, write
from tests.support.records import release as record
from tests.support.records import service

ONE = parse("1.0.0")
EXAMPLE = "# required, secret. A token.\nTOKEN=<generate>\n\n# optional. Where.\nPLACE=somewhere-over-there\n"
KEY = "AKIA" + "QYLPMN5HFIQR7XYZ"


@pytest.fixture
def canary(tiny: Project) -> str:
    """The value of a secret variable of the tiny project, whose `.env` Git ignores."""
    value = f"canary-{uuid.uuid4().hex}"
    write(tiny.root, ".gitignore", ".env\n")
    write(tiny.root, "environments/prod/.env.example", EXAMPLE)
    write(tiny.root, "environments/prod/.env", f"TOKEN={value}\nPLACE=somewhere-over-there\n")
    commit(tiny.root, "a contract")
    return value


def dockerfile(project: Project, old: str, new: str) -> None:
    path = project.root / "docker/django/Dockerfile"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def told(error: Refused) -> str:
    return f"{error.message}\n{error.hint}"


def check(project: Project, message: str = "second", **allowed: tuple[str, ...]) -> None:
    """Commit what changed, and judge a record of that commit without its images."""
    sha = commit(project.root, message) if git(project.root, "status", "--porcelain") else "HEAD"
    made = record("1.0.0", commit=git(project.root, "rev-parse", sha))
    project = replace(project, leaks=replace(project.leaks, **allowed))
    leak_gate.check(project, repositories.find(project.root), made, {})


def test_a_project_without_a_secret_passes(tiny: Project, canary: str) -> None:
    write(tiny.root, "notes.txt", f"not {canary[:-1]}\n")
    check(tiny)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".platform/hooks/predeploy/10_release", "#!/bin/sh\nexport TOKEN={}\n"),
        (".ebextensions/a.config", "option_settings:\n  a: {}\n"),
        ("docker/django/prod/docker-compose.yml", "services:\n  django:\n    image: x\n    environment: [A={}]\n"),
        ("dockdj.toml", '# {}\nname = "tiny"\n'),
    ],
)
def test_a_secret_in_a_file_of_the_bundle_is_refused(tiny: Project, canary: str, path: str, text: str) -> None:
    write(tiny.root, path, text.format(canary))
    with pytest.raises(Refused) as caught:
        check(tiny)
    where = "commit" if path == "dockdj.toml" else "bundle"
    assert f"TOKEN of environments/prod/.env: the {where}, {path}" in told(caught.value)
    assert canary not in told(caught.value)
    assert f'allow = ["{path}"]' in caught.value.hint
    check(tiny, allow=("TOKEN",))


def test_a_secret_in_the_commit_message_is_refused(tiny: Project, canary: str) -> None:
    write(tiny.root, "greeting.txt", "hello again\n")
    with pytest.raises(Refused, match=r"TOKEN of environments/prod/\.env: the commit's message") as caught:
        check(tiny, f"a subject\n\nbecause {canary} was wrong")
    assert canary not in told(caught.value)


def test_a_secret_in_the_tag_message_is_refused(tiny: Project, canary: str) -> None:
    made = record("1.0.0", commit=git(tiny.root, "rev-parse", "HEAD"), **{f"django-{canary}": service()})
    with pytest.raises(Refused, match=r"the tag's message") as caught:
        leak_gate.check(tiny, repositories.find(tiny.root), made, {})
    assert canary not in told(caught.value)


def test_a_credential_is_found_without_an_env_file(tiny: Project) -> None:
    write(tiny.root, f".platform/{KEY}.sh", f"export AWS_ACCESS_KEY_ID={KEY}\n")
    with pytest.raises(Refused, match=r"AWS access key: the bundle, \.platform/\*\*\*\.sh") as caught:
        check(tiny)
    assert KEY not in told(caught.value)
    check(tiny, allow=(".platform/*",))


def test_values_in_dockdj_toml_and_examples_are_not_secrets(tiny: Project, canary: str) -> None:
    write(tiny.root, "environments/prod/.env", f"TOKEN={canary}\nPLACE=somewhere-over-there\nHOST=www.example.com\n")
    write(tiny.root, ".platform/place", "somewhere-over-there, www.example.com\n")
    with pytest.raises(Refused, match=r"HOST of environments/prod/\.env: the bundle, \.platform/place"):
        check(tiny)
    text = (tiny.root / "dockdj.toml").read_text().replace('"hello $you"', '"hello $you"\nHOST = "www.example.com"')
    write(tiny.root, "dockdj.toml", text)
    check(project_file.load(tiny.root))


def test_an_unreadable_env_file_is_refused(tiny: Project, canary: str) -> None:
    write(tiny.root, "environments/prod/.env", f"TOKEN='{canary}'\r\n")
    with pytest.raises(ProjectError, match=r"environments/prod/\.env:1") as caught:
        leak_gate.of_machine(tiny)
    assert canary not in caught.value.message


# Git has only parts of these values: its own search would find the whole before the build.
def in_layer(project: Project, canary: str) -> str:
    dockerfile(project, "CMD [", f"RUN printf %s%s {canary[:20]} {canary[20:]} > /etc/token.conf\nCMD [")
    return "layer 6 of 6, /etc/token.conf"


def in_deleted_layer(project: Project, canary: str) -> str:
    lines = f"RUN printf %s%s {canary[:20]} {canary[20:]} > /tmp/token.txt\nRUN rm /tmp/token.txt\n"
    dockerfile(project, "CMD [", f"{lines}CMD [")
    return "layer 6 of 7, /tmp/token.txt"


def in_environment(project: Project, canary: str) -> str:
    dockerfile(project, "CMD [", f"ARG HALF={canary[:20]}\nENV API_TOKEN=${{HALF}}{canary[20:]}\nCMD [")
    return "Env API_TOKEN"


def in_build_argument(project: Project, canary: str) -> str:
    dockerfile(project, "CMD [", "ARG API_TOKEN\nRUN true\nCMD [")
    compose = "docker/django/prod/docker-compose.yml"
    text = (project.root / compose).read_text()
    value = canary.replace("-", "\\x2d")
    write(project.root, compose, text.replace("target: prod", f'target: prod\n      args: {{API_TOKEN: "{value}"}}'))
    return ".created_by"


def in_bundle(project: Project, canary: str) -> str:
    write(project.root, ".platform/confighooks/a.sh", f"#!/bin/sh\nTOKEN={canary}\n")
    return "the bundle, .platform/confighooks/a.sh"


def in_commit_message(project: Project, canary: str) -> str:
    write(project.root, "note.txt", "x\n")
    commit(project.root, f"use {canary}")
    return "the commit's message"


@pytest.mark.docker
@pytest.mark.parametrize(
    "plant", [in_layer, in_deleted_layer, in_environment, in_build_argument, in_bundle, in_commit_message]
)
def test_a_secret_is_found_in_every_place_and_never_shown(
    tiny: Project, canary: str, plant: Callable[[Project, str], str]
) -> None:
    place = plant(tiny, canary)
    if git(tiny.root, "status", "--porcelain"):
        commit(tiny.root, "second")
    events: list[object] = []
    with pytest.raises(Refused) as caught:
        release(tiny, ONE, report=events.append)
    assert any(line.startswith("  TOKEN of ") and place in line for line in caught.value.message.splitlines())
    assert canary not in told(caught.value)
    assert git(tiny.root, "tag") == ""
    assert "release" not in git(tiny.root, "branch")
    assert docker.image(local_tag(tiny.name, ONE, "django")) is None


@pytest.mark.docker
def test_the_recorded_bases_layers_are_skipped_after_its_name_moved(tiny: Project) -> None:
    # This text is in Debian's own /etc/os-release.
    write(tiny.root, "environments/prod/.env", "HOME_URL=https://www.debian.org/\n")
    write(tiny.root, ".gitignore", ".env\n")
    commit(tiny.root, "second")
    base = f"{tiny.name}/moving:1"
    docker.tag("debian:trixie-slim", base)
    project = replace(tiny, build=replace(tiny.build, images={"debian:trixie-slim": base}))
    made, new = release(project, ONE)
    assert new
    system = made.services["django"].os
    assert system and system.id == "debian"
    docker.remove_image(base)
    tag = local_tag(project.name, ONE, "django")
    leak_gate.check(project, repositories.find(project.root), made, {"django": tag})
    # A record of other layers proves nothing of these.
    other = {**json.loads(made.content)["services"]["django"], "diff_ids": ["sha256:" + "0" * 64]}
    forged = record("1.0.0", commit=made.commit, django=other)
    with pytest.raises(Refused, match=r"HOME_URL of .*: the image of django, layer 1 of "):
        leak_gate.check(project, repositories.find(project.root), forged, {"django": tag})


@pytest.mark.docker
def test_publish_searches_for_secrets_again(tiny: Project, registry: str) -> None:
    write(tiny.root, ".gitignore", ".env\n")
    write(tiny.root, "greeting.txt", "hello-from-a-secret\n")
    commit(tiny.root, "second")
    release(tiny, ONE)
    write(tiny.root, "environments/prod/.env", "TOKEN=hello-from-a-secret\n")
    repository = f"{registry}/{tiny.name}"
    with pytest.raises(Refused, match=r"TOKEN of environments/prod/\.env: .*, /app/greeting\.txt"):
        publish(tiny, ONE, "local", repository)
    assert registry_index.find(repository, ONE) is None
    text = (tiny.root / "dockdj.toml").read_text()
    write(tiny.root, "dockdj.toml", f'{text}[leaks]\nallow = ["*greeting.txt"]\n')
    assert publish(project_file.load(tiny.root), ONE, "local", repository).pushed_images
