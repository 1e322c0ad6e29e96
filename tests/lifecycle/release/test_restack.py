"""Old applications on other stacks, on a real engine with a project as small as one can be restacked."""

import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.errors import Refused, UsageError
from dockdj.events import Event, Warned
from dockdj.lifecycle.build.evidence_folder import kept
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.release.release import release
from dockdj.lifecycle.release.restack import Wanted, restack
from dockdj.model.canonical import digest_of
from dockdj.model.image_names import local_tag
from dockdj.model.inventory.inventory import Base
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release, Restack
from dockdj.model.verify.record import record_finding
from dockdj.model.version import parse
from tests.conftest import remove_images
from tests.support import project as projects
from tests.support.project import commit, git, write
from tests.support.schema import faults

pytestmark = pytest.mark.docker

BASE = "debian:trixie-slim"
# A test that asks what it runs on, and one of something outside that may be gone when the tests run again.
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
    """Two images with another version of one package and of the file it brings."""

    old: str
    new: str


@pytest.fixture(scope="module")
def bases() -> Iterator[Bases]:
    name = f"restack-base-{uuid.uuid4().hex[:6]}"
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
    """1.0.0 runs anywhere, 1.1.0 has another greeting, 1.2.0 wants the old server; beside each runs a cache."""
    name = f"tiny{uuid.uuid4().hex[:8]}"
    folder = tmp_path_factory.mktemp("restack") / name
    folder.mkdir()
    made = projects.make(folder, name)
    made = on(made, bases.old)
    # A text of every base, in its /etc/os-release.
    texts = {"environments/prod/.env": "HOME_URL=https://www.debian.org/\n", ".gitignore": ".env\n"}
    texts |= {"run.sh": RUN, "wants": "server\n", "docker/django/Dockerfile": DOCKERFILE}
    compose = "docker/django/prod/docker-compose.yml"
    cache = CACHE.format(image=f"{name}/cache-of-others:7")
    texts[compose] = (folder / compose).read_text().replace("  backing:", f"{cache}  backing:")
    for path, text in texts.items():
        write(folder, path, text)
    docker.tag(bases.old, f"{name}/cache-of-others:7")
    commit(folder, "tests that ask what they run on")
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
    """The project, with its base image replaced for all that is built here."""
    return replace(project, build=replace(project.build, images={BASE: base}))


def without_outside(project: Project) -> Project:
    """The project on a day when what the tests ask outside is gone."""
    return replace(project, build=replace(project.build, python_index="http://gone.example.com/simple"))


def restacked(project: Project, version: str, **wanted: object) -> tuple[Release, bool, list[str]]:
    warned: list[str] = []

    def report(event: Event) -> None:
        warned.extend([event.message] if isinstance(event, Warned) else [])

    made, new = restack(project, parse(version), Wanted(**wanted), nowhere, report)  # type: ignore[arg-type]
    return made, new, warned


def nowhere() -> str:
    raise AssertionError("the image is on this machine")


def unknown() -> str:
    raise UsageError("there is no target")


def reports_kept(project: Project, release: Release) -> None:
    """Every report that a record names is a file beside the project."""
    files = {"build": "junit.xml", "control": "control.junit.xml"}
    folder = kept(project, str(release.version))
    named = {result.suite: result.report for result in release.evidence if result.report}
    assert named == {suite: digest_of((folder / file).read_bytes()) for suite, file in files.items()}


def server(release: Release) -> str:
    system = release.services["django"].os
    assert system
    return system.packages["server"].version


def said(release: Release) -> dict[str, tuple[int, int, int]]:
    """Suite -> exit status, tests that passed and that failed."""
    return {result.suite: (result.exit, result.passed, result.failed) for result in release.evidence}


def test_another_base_makes_a_release_of_its_own_and_the_second_time_there_is_nothing_to_do(
    project: Project, bases: Bases
) -> None:
    old = release_tags.find(project, parse("1.1.0"))
    # The name of an image that is not built means another one by now.
    docker.tag(bases.new, f"{project.name}/cache-of-others:7")
    # One test fails on both stacks: it proves nothing, and is named.
    made, new, warned = restacked(without_outside(project), "1.1.0", bases={BASE: bases.new})
    assert (str(made.version), new) == ("1.1.0+stack.1", True)
    assert warned == ["a test fails on the old stack, too, and proves nothing: t::outside"]
    assert (server(old), server(made), made.commit) == ("1", "2", old.commit)
    prints, before = vars(made.fingerprint), vars(old.fingerprint)
    assert {name for name in prints if prints[name] != before[name]} == {"stack", "pair"}
    assert made.restack_of == Restack("1.1.0", old.digest, None, {BASE: bases.new})
    image = docker.image(bases.new)
    assert image and made.services["django"].base == Base(BASE, image.config, len(image.diff_ids))
    evidence = said(made)
    assert (evidence["build"], evidence["control"]) == ((0, 1, 1), (1, 1, 1))
    reports_kept(project, made)
    assert made.configs["cache"] == old.configs["cache"]
    assert made.evidence[0].known == ("t::outside",)
    assert made.evidence[-1].images == {"django": old.configs["django"]}
    assert faults(made.content) == []
    assert record_finding(made, project.name).state == "ok"
    assert release_tags.find(project, parse("1.1.0")).digest == old.digest
    assert restacked(project, "1.1.0", bases={BASE: bases.new})[:2] == (made, False)
    assert docker.tags(local_tag(project.name, parse("1.1.0+stack.2"), "*")) == ()

    # The stack of that one for an older application: its base, whose name is another image here, and its files.
    elsewhere = on(project, BASE)
    older, new, warned = restacked(elsewhere, "1.0.0", stack_from=parse("1.1.0+stack.1"))
    assert warned == []
    evidence = said(older)
    assert (evidence["build"], evidence["control"]) == ((0, 2, 0), (0, 2, 0))
    assert (str(older.version), new, server(older)) == ("1.0.0+stack.1", True, "2")
    assert older.configs["cache"] == made.configs["cache"]
    reports_kept(project, older)
    assert older.fingerprint.stack == made.fingerprint.stack
    first = release_tags.find(project, parse("1.0.0"))
    assert older.fingerprint.app == first.fingerprint.app
    assert git(project.root, "rev-parse", f"{older.commit}^") == first.commit
    assert git(project.root, "show", f"{older.version.tag}:docker/extra.conf") == "of the newer stack"
    assert git(project.root, "show", f"{older.version.tag}:greeting.txt") == "hello"


def test_the_same_stack_again_is_no_release(project: Project) -> None:
    old = release_tags.find(project, parse("1.0.0"))
    tags = docker.tags(f"{project.name}/*")
    assert restacked(project, "1.0.0", stack_from=parse("1.0.0"))[:2] == (old, False)
    assert docker.tags(f"{project.name}/*") == tags


def test_a_test_that_fails_on_the_new_stack_alone_refuses_by_its_name(project: Project, bases: Bases) -> None:
    tags = git(project.root, "tag")
    with pytest.raises(Refused, match=r"1 of the old tests fail on the new stack.*\n  t::server") as caught:
        restacked(without_outside(project), "1.2.0", bases={BASE: bases.new})
    assert "outside" not in caught.value.message
    assert ".dockdj/evidence" in caught.value.hint
    assert git(project.root, "tag") == tags
    assert docker.tags(local_tag(project.name, parse("1.2.0+stack.1"), "*")) == ()


def test_an_image_of_others_that_is_gone(project: Project, bases: Bases) -> None:
    docker.tag(bases.new, f"{project.name}/cache-of-others:7")
    own = local_tag(project.name, parse("1.2.0"), "cache")
    docker.remove_image(own)
    with pytest.raises(Refused, match=r"cache-of-others:7 is not the image that 1\.2\.0 has") as caught:
        restack(project, parse("1.2.0"), Wanted(bases={BASE: bases.new}), unknown)
    docker.tag(bases.old, own)
    assert "dockdj publish 1.2.0" in caught.value.hint


def test_a_base_that_no_dockerfile_starts_from(project: Project, bases: Bases) -> None:
    with pytest.raises(UsageError, match="starts from alpine:3") as caught:
        restacked(project, "1.0.0", bases={"alpine:3": bases.new})
    assert BASE in caught.value.hint


def test_an_image_that_can_be_had_nowhere(project: Project) -> None:
    with pytest.raises(Refused, match="neither on this machine nor can it be pulled"):
        restacked(project, "1.0.0", bases={BASE: "localhost:1/no-such-image:1"})
