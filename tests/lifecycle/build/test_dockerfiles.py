"""What commands do with a project's Dockerfiles, without an engine."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.errors import ProjectError, Refused
from dockdj.events import Event, Report, Warned
from dockdj.lifecycle.build import bases, dockerfiles, images, tested_build, update
from dockdj.lifecycle.build.gate import check_gate
from dockdj.lifecycle.build.images import BuildRequest
from dockdj.lifecycle.build.services import read_services
from dockdj.lifecycle.build.suite import application
from dockdj.lifecycle.build.update import Renewal, pulled_images
from dockdj.lifecycle.release import image_fields, restack_bases
from dockdj.lifecycle.release.image_fields import AssemblyRequest
from dockdj.lifecycle.release.restack_bases import StackRequest
from dockdj.lifecycle.tested_images import publish
from dockdj.model.project.compose_file import Build, Service
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.support.project import write

GATE = "FROM python:3.13-slim AS gate\nRUN true\nFROM debian:trixie-slim AS prod\n"
# Dockerfile reference, "Here-Documents": the lines up to the delimiter are a document and no instructions.
REPORT = f"{GATE}RUN <<SQL cat >/srv/report.sql\nSELECT count(*)\nFROM orders\nSQL\n"
COPIED = "COPY --from=gate /checks-passed /checks-passed\n"
BYPASS = f"{GATE}RUN cat <<'TXT' >/srv/how-to.txt\n{COPIED}TXT\n"
BY_MACHINE = (
    "FROM python:3.13 AS gate\nFROM debian AS base-amd64\nCOPY --from=gate /a /a\nFROM base-$TARGETARCH AS prod\n"
)


def service(folder: Path, text: str, *, target: str = "prod", name: str = "Dockerfile", **args: str) -> Service:
    (folder / name).write_bytes(text.encode())
    return Service("django", build=Build(".", "Dockerfile", target, args))


def warnings(folder: Path, *services: Service) -> list[str]:
    events: list[Event] = []
    bases.warn_of_unknown(folder, services, "not renewed", events.append)
    return [event.message for event in events if isinstance(event, Warned)]


def test_text_of_a_here_document_is_no_base_and_does_not_close_the_gate(tmp_path: Path) -> None:
    django = service(tmp_path, REPORT + COPIED)
    assert bases.named(tmp_path, django) == ("python:3.13-slim", "debian:trixie-slim")
    assert bases.below(tmp_path, django) == "debian:trixie-slim"
    assert warnings(tmp_path, django) == []
    check_gate((django,), tmp_path)


def test_text_of_a_here_document_does_not_open_the_gate(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="django would bypass the quality gate") as error:
        check_gate((service(tmp_path, BYPASS),), tmp_path)
    assert error.value.hint == "in Dockerfile: COPY --from=gate /checks-passed /checks-passed"


def test_an_image_that_may_bypass_the_gate_is_refused_with_the_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"may bypass.*FROM base-\$TARGETARCH` \(line 4\): TARGETARCH depends") as error:
        check_gate((service(tmp_path, BY_MACHINE),), tmp_path)
    assert "COPY --from=gate" in error.value.hint
    check_gate((service(tmp_path, BY_MACHINE + COPIED),), tmp_path)
    check_gate((service(tmp_path, BY_MACHINE, TARGETARCH="amd64"),), tmp_path)


def test_another_language_is_refused_where_the_gate_is_needed_and_warned_of_elsewhere(tmp_path: Path) -> None:
    django = service(tmp_path, f"# syntax=example/earthfile:1\n{GATE}{COPIED}")
    with pytest.raises(Refused, match=r"may bypass.*syntax=example/earthfile:1"):
        check_gate((django,), tmp_path)
    assert bases.named(tmp_path, django) == ()
    assert len(warnings(tmp_path, django)) == 1


def test_unknown_bases_are_warned_of_once(tmp_path: Path) -> None:
    django = service(tmp_path, BY_MACHINE)
    assert warnings(tmp_path, django, django) == [
        "Dockerfile: base image unknown, not renewed: `FROM base-$TARGETARCH` (line 4): "
        "TARGETARCH depends on the machine and BuildKit's version"
    ]


def test_the_gate_is_read_from_the_file_that_buildkit_falls_back_to(tmp_path: Path) -> None:
    django = service(tmp_path, BYPASS, name="dockerfile")
    with pytest.raises(Refused, match="would bypass"):
        check_gate((django,), tmp_path)


def test_line_ends_reach_the_reader_unchanged(tmp_path: Path) -> None:
    # BuildKit ends lines at LF alone. With CR as a line end, the second FROM would be a stage.
    django = service(tmp_path, "FROM debian AS prod\r\nRUN echo a\rFROM nowhere\r\n")
    assert bases.named(tmp_path, django) == ("debian",)


def test_an_invalid_dockerfile_is_named_with_its_line(tmp_path: Path) -> None:
    django = service(tmp_path, "FROM debian AS prod\nRUN <<EOF\nno end\n")
    with pytest.raises(ProjectError, match=r"^Dockerfile: line 2: the here-document `<<EOF` has no end"):
        check_gate((django,), tmp_path)
    with pytest.raises(ProjectError, match=r"^Dockerfile: there is no stage `prod`"):
        check_gate((service(tmp_path, "FROM debian AS gate\n"),), tmp_path)


def test_a_dockerfile_without_from_never_reaches_the_engine(
    tmp_path: Path, tiny: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "bake", lambda *_, **__: pytest.fail("BuildKit 0.13 crashes, and the engine with it"))
    django = service(tmp_path, "ARG VERSION=1\n")
    with pytest.raises(ProjectError, match=r"^Dockerfile: the Dockerfile has no FROM"):
        images.bake_images(BuildRequest(tiny, tmp_path, (django,), {"django": "a:b"}))


def test_a_missing_dockerfile_is_left_to_buildkit(tmp_path: Path) -> None:
    dockerfiles.check(tmp_path, Build(".", "Dockerfile", None, {}))


def test_a_restack_on_an_unknown_base_is_refused(tiny: Project) -> None:
    text = "FROM debian:trixie-slim AS gate\nFROM debian-$TARGETARCH AS prod\nCOPY --from=gate /a /a\n"
    build = application(tiny, tiny.root, "prod").build
    assert build
    write(tiny.root, dockerfiles.path_of(tiny.root, build), text)
    with pytest.raises(ProjectError, match=r"the base image of django is not known.*TARGETARCH") as error:
        restack_bases.choose(tiny, tiny.root, None, StackRequest(), lambda _: None)
    assert "build.args" in error.value.hint


def test_pulled_images_are_the_known_bases(tiny: Project) -> None:
    build = application(tiny, tiny.root, "prod").build
    assert build
    django = Service("django", build=build)
    write(tiny.root, dockerfiles.path_of(tiny.root, build), BY_MACHINE)
    assert pulled_images(tiny, (django, Service("db", image="postgres:17"))) == ("python:3.13", "debian", "postgres:17")


# The base image of the stage `checked` is unknown, and that of the image `prod` is not.
PARTLY_KNOWN = f"{GATE}{COPIED}FROM extra-$TARGETARCH AS checked\nFROM prod AS prod\n"


@pytest.fixture
def partly_known(tiny: Project) -> Project:
    build = application(tiny, tiny.root, "prod").build
    assert build
    write(tiny.root, dockerfiles.path_of(tiny.root, build), PARTLY_KNOWN)
    return tiny


def test_every_command_that_needs_the_bases_warns_of_an_unknown_one(
    partly_known: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, result in (
        (docker, "require_engine", None),
        (docker, "image", None),
        (update, "renew", Renewal()),
        (images, "build", ()),
        (restack_bases, "renew", Renewal()),
        (image_fields, "provide", None),
        (image_fields, "_describe", {}),
        (publish, "provide", None),
        (tested_build, "build", SimpleNamespace(configs={})),
        (publish, "_describe", None),
    ):
        monkeypatch.setattr(module, name, lambda *_, __result=result, **__: __result)
    services = tuple(each for each in read_services(partly_known, "prod") if each.build)
    request = AssemblyRequest(partly_known, parse("1.0.0"), partly_known.root)
    runs: dict[str, Callable[[Report], object]] = {
        "not renewed": lambda report: update.update(partly_known, "prod", report),
        "not replaced": lambda report: restack_bases.choose(
            partly_known, partly_known.root, None, StackRequest(), report
        ),
        "not recorded": lambda report: image_fields._record_images(request, services, {"django": "a:b"}, {}, report),
        "base image unknown, not recorded": lambda report: publish._build(
            partly_known, "prod", partly_known.root, tmp_path, report
        ),
    }
    for consequence, run in runs.items():
        events: list[Event] = []
        run(events.append)
        messages = [event.message for event in events if isinstance(event, Warned)]
        assert len(messages) == 1, consequence
        assert consequence in messages[0]
        assert "FROM extra-$TARGETARCH" in messages[0]
