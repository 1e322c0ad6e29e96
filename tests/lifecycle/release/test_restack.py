"""Restack old applications on other stacks, with a small project on a real engine."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.errors import Refused, UsageError
from dockdj.events import Event, Warned
from dockdj.lifecycle.build.evidence_folder import kept
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.release.release import release
from dockdj.lifecycle.release.restack import restack
from dockdj.lifecycle.release.restack_bases import StackRequest
from dockdj.model.canonical import digest_of
from dockdj.model.image_names import local_tag
from dockdj.model.inventory.inventory import Base
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release, Restack
from dockdj.model.verify.record import record_finding
from dockdj.model.version import parse
from tests.conftest import remove_images
from tests.support import project as projects
from tests.support import runs
from tests.support.project import commit, git, write
from tests.support.schema import faults

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("restack")]

BASE = "debian:trixie-slim"
# A test of the base image, and a test of an outside service that may be gone when the tests run again.
RUN = r"""
cd /app
failed() { printf '<testcase classname="t" name="%s"><failure/></testcase>' "$1"; }
passed() { printf '<testcase classname="t" name="%s"/>' "$1"; }
grep -q "$(cat wants)" /etc/server && server=passed || server=failed
grep -q gone /run/secrets/mirrors && outside=failed || outside=passed
mkdir -p /evidence
{ echo '<testsuite>'; $server server; $outside outside; echo '</testsuite>'; } > /evidence/junit.xml
bad=$(grep -o '<failure' /evidence/junit.xml | wc -l)
exit=$([ $bad = 0 ] && echo 0 || echo 1)
counts='"tests":{"passed":%s,"failed":%s,"skipped":0,"seconds":0.1}'
printf '{"exit":%s,"checks":[{"name":"tests","exit":%s,"seconds":0.1}],'"$counts}" $exit $exit $((2 - bad)) $bad \
  > /evidence/summary.json
cp /evidence/summary.json /evidence/tests.json
"""
DOCKERFILE = """\
FROM debian:trixie-slim AS prod0
WORKDIR /app
COPY run.sh wants greeting.txt ./
FROM prod0 AS test
ARG TEST_RUN
RUN --mount=type=secret,id=mirrors sh run.sh
FROM scratch AS evidence
COPY --from=test /evidence /
FROM test AS gate
RUN grep -q '"exit":0' /evidence/summary.json || { echo "check failed: tests, run: sh run.sh"; exit 1; }
RUN touch /checks-passed
FROM prod0 AS prod
COPY --from=gate /checks-passed /checks-passed
COPY etc/app.conf /etc/app.conf
LABEL org.dockdj.config="/etc/app.conf"
CMD ["sleep", "600"]
FROM prod AS suite
ARG TEST_RUN
RUN --mount=type=secret,id=mirrors sh run.sh
FROM scratch AS suite-evidence
COPY --from=suite /evidence /
"""


CACHE = """\
  cache:
    image: {image}
    command: [sleep, "600"]
    init: true
"""


@dataclass(frozen=True)
class Bases:
    """Two base images with different versions of a package and of its file."""

    old: str
    new: str


@pytest.fixture(scope="module")
def bases() -> Iterator[Bases]:
    name = runs.name("restack-base-")
    for version in ("1", "2"):
        text = (
            f"FROM {BASE}\nRUN echo server {version} > /etc/server && printf 'Package: server\\n"
            f"Status: install ok installed\\nVersion: {version}\\nArchitecture: all\\nDescription: x\\n\\n' "
            ">> /var/lib/dpkg/status\n"
        )
        argv = ["docker", "buildx", "build", "--quiet", "--tag", f"{name}:{version}", "-"]
        subprocess.run(argv, input=text, text=True, check=True, capture_output=True)
    yield Bases(f"{name}:1", f"{name}:2")
    remove_images(name)


@pytest.fixture(scope="module")
def project(bases: Bases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """1.0.0 runs on both bases, 1.1.0 has another greeting, 1.2.0 requires the old server; each has a cache."""
    name = runs.name("tiny")
    folder = tmp_path_factory.mktemp("restack") / name
    folder.mkdir()
    made = projects.make(folder, name)
    made = on(made, bases.old)
    # Every base holds this text, in /etc/os-release.
    texts = {"environments/prod/.env": "HOME_URL=https://www.debian.org/\n", ".gitignore": ".env\n"}
    texts |= {"run.sh": RUN, "wants": "server\n", "docker/django/Dockerfile": DOCKERFILE}
    compose = "docker/django/prod/docker-compose.yml"
    cache = CACHE.format(image=f"{name}/cache-of-others:7")
    texts[compose] = (folder / compose).read_text().replace("  backing:", f"{cache}  backing:")
    for path, text in texts.items():
        write(folder, path, text)
    docker.tag(bases.old, f"{name}/cache-of-others:7")
    commit(folder, "Tests of the base image")
    release(made, parse("1.0.0"))
    write(folder, "greeting.txt", "hello again\n")
    write(folder, "docker/extra.conf", "of the newer stack\n")
    commit(folder, "1.1")
    release(made, parse("1.1.0"))
    write(folder, "wants", "server 1\n")
    commit(folder, "1.2")
    release(made, parse("1.2.0"))
    yield made
    remove_images(name)


def on(project: Project, base: str) -> Project:
    """The project with its base image replaced in all builds of this machine."""
    return replace(project, build=replace(project.build, images={BASE: base}))


def without_outside(project: Project) -> Project:
    """The project on a day when the outside service of its tests is gone."""
    return replace(project, build=replace(project.build, python_index="http://gone.example.com/simple"))


@dataclass(frozen=True)
class Restacked:
    """The result of a restack, and its warnings."""

    release: Release
    new: bool
    warnings: tuple[str, ...]


def restacked(project: Project, version: str, **stack: object) -> Restacked:
    warnings: list[str] = []

    def report(event: Event) -> None:
        warnings.extend([event.message] if isinstance(event, Warned) else [])

    release, new = restack(project, parse(version), StackRequest(**stack), nowhere, report)  # type: ignore[arg-type]
    return Restacked(release, new, tuple(warnings))


@pytest.fixture(scope="module")
def on_new_base(project: Project, bases: Bases) -> Restacked:
    """1.1.0 on the new base, on a day when a test fails on both stacks. No test removes it."""
    # By now, the name of the image that is not built names another image.
    docker.tag(bases.new, f"{project.name}/cache-of-others:7")
    return restacked(without_outside(project), "1.1.0", bases={BASE: bases.new})


@pytest.fixture(scope="module")
def on_restacked_stack(project: Project, on_new_base: Restacked) -> Restacked:
    """1.0.0 on the stack of that restack, on a machine where the base's name is another image."""
    return restacked(on(project, BASE), "1.0.0", stack_from=on_new_base.release.version)


def nowhere() -> str:
    raise AssertionError("the image is on this machine")


def unknown() -> str:
    raise UsageError("there is no target")


def require_reports(project: Project, release: Release) -> None:
    """Assert that every report of a record is a file of the evidence folder."""
    files = {"build": "junit.xml", "control": "control.junit.xml"}
    folder = kept(project, str(release.version))
    named = {result.suite: result.report for result in release.evidence if result.report}
    assert named == {suite: digest_of((folder / file).read_bytes()) for suite, file in files.items()}


def server(release: Release) -> str:
    system = release.services["django"].os
    assert system
    return system.packages["server"].version


def results(release: Release) -> dict[str, tuple[int, int, int]]:
    """Suite -> exit status, passed tests, failed tests."""
    return {result.suite: (result.exit, result.passed, result.failed) for result in release.evidence}


def test_another_base_restacks_the_same_application(project: Project, bases: Bases, on_new_base: Restacked) -> None:
    old, release = release_tags.find(project, parse("1.1.0")), on_new_base.release
    assert (str(release.version), on_new_base.new) == ("1.1.0+stack.1", True)
    assert (server(old), server(release), release.commit) == ("1", "2", old.commit)
    digests, before = vars(release.fingerprint), vars(old.fingerprint)
    assert {name for name in digests if digests[name] != before[name]} == {"stack", "pair"}
    base = docker.image(bases.new)
    assert base and release.services["django"].base == Base(BASE, base.config, len(base.diff_ids))


def test_a_restacks_record_is_valid_and_names_its_origin(
    project: Project, bases: Bases, on_new_base: Restacked
) -> None:
    old, release = release_tags.find(project, parse("1.1.0")), on_new_base.release
    assert release.restack_of == Restack("1.1.0", old.digest, None, {BASE: bases.new})
    assert faults(release.content) == []
    assert record_finding(release, project.name).state == "ok"


def test_a_test_that_also_fails_on_the_old_stack_is_ignored_with_a_warning(
    project: Project, on_new_base: Restacked
) -> None:
    assert on_new_base.warnings == ("ignoring a test that also fails on the old stack: t::outside",)
    release = on_new_base.release
    assert results(release)["build"] == (0, 1, 1)
    assert release.evidence[0].known == ("t::outside",)


def test_the_control_runs_the_old_tests_on_the_old_image(project: Project, on_new_base: Restacked) -> None:
    old, release = release_tags.find(project, parse("1.1.0")), on_new_base.release
    assert results(release)["control"] == (1, 1, 1)
    assert release.evidence[-1].images == {"django": old.configs["django"]}


def test_a_restack_keeps_the_reports_of_both_stacks(project: Project, on_new_base: Restacked) -> None:
    require_reports(project, on_new_base.release)


def test_a_restack_keeps_the_third_party_images_of_the_original(project: Project, on_new_base: Restacked) -> None:
    old = release_tags.find(project, parse("1.1.0"))
    assert on_new_base.release.configs["cache"] == old.configs["cache"]


def test_a_repeated_restack_finds_the_first_and_leaves_no_images(
    project: Project, bases: Bases, on_new_base: Restacked
) -> None:
    again = restacked(project, "1.1.0", bases={BASE: bases.new})
    assert (again.release, again.new) == (on_new_base.release, False)
    assert docker.tags(local_tag(project.name, parse("1.1.0+stack.2"), "*")) == ()


def test_an_older_application_takes_base_and_files_of_a_restacks_stack(
    project: Project, on_new_base: Restacked, on_restacked_stack: Restacked
) -> None:
    older = on_restacked_stack.release
    assert (str(older.version), on_restacked_stack.new, server(older)) == ("1.0.0+stack.1", True, "2")
    assert older.fingerprint.stack == on_new_base.release.fingerprint.stack
    assert git(project.root, "show", f"{older.version.tag}:docker/extra.conf") == "of the newer stack"
    assert older.configs["cache"] == on_new_base.release.configs["cache"]


def test_an_older_application_stays_the_same_on_another_stack(project: Project, on_restacked_stack: Restacked) -> None:
    original, older = release_tags.find(project, parse("1.0.0")), on_restacked_stack.release
    assert older.fingerprint.app == original.fingerprint.app
    assert git(project.root, "rev-parse", f"{older.commit}^") == original.commit
    assert git(project.root, "show", f"{older.version.tag}:greeting.txt") == "hello"


def test_tests_that_pass_on_both_stacks_are_recorded_without_a_warning(
    project: Project, on_restacked_stack: Restacked
) -> None:
    assert on_restacked_stack.warnings == ()
    older = on_restacked_stack.release
    assert (results(older)["build"], results(older)["control"]) == ((0, 2, 0), (0, 2, 0))
    require_reports(project, older)


def test_a_restack_on_its_own_stack_returns_the_release(project: Project) -> None:
    old = release_tags.find(project, parse("1.0.0"))
    tags = docker.tags(f"{project.name}/*")
    result = restacked(project, "1.0.0", stack_from=parse("1.0.0"))
    assert (result.release, result.new) == (old, False)
    assert docker.tags(f"{project.name}/*") == tags


def test_a_test_that_fails_only_on_the_new_stack_refuses_the_restack(project: Project, bases: Bases) -> None:
    tags = git(project.root, "tag")
    with pytest.raises(Refused, match=r"1 of the old tests fail on the new stack.*\n  t::server") as caught:
        restacked(without_outside(project), "1.2.0", bases={BASE: bases.new})
    assert "outside" not in caught.value.message
    assert ".dockdj/evidence" in caught.value.hint
    assert git(project.root, "tag") == tags
    assert docker.tags(local_tag(project.name, parse("1.2.0+stack.1"), "*")) == ()


def test_a_third_party_image_that_is_gone_is_refused(project: Project, bases: Bases) -> None:
    docker.tag(bases.new, f"{project.name}/cache-of-others:7")
    own = local_tag(project.name, parse("1.2.0"), "cache")
    docker.remove_image(own)
    with pytest.raises(Refused, match=r"cache-of-others:7 is not the image 1\.2\.0 was built with") as caught:
        restack(project, parse("1.2.0"), StackRequest(bases={BASE: bases.new}), unknown)
    docker.tag(bases.old, own)
    assert "dockdj publish 1.2.0" in caught.value.hint


def test_a_base_that_no_dockerfile_starts_from_is_a_usage_error(project: Project, bases: Bases) -> None:
    with pytest.raises(UsageError, match="starts from alpine:3") as caught:
        restacked(project, "1.0.0", bases={"alpine:3": bases.new})
    assert BASE in caught.value.hint


def test_base_image_that_cannot_be_pulled_is_refused(project: Project) -> None:
    with pytest.raises(Refused, match="is not on this machine and could not be pulled"):
        restacked(project, "1.0.0", bases={BASE: "localhost:1/no-such-image:1"})
