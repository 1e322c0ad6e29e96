"""The tests on a finished image: what is read from a run, and a run on a real engine."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.errors import ProjectError, Raced, Refused
from dockdj.lifecycle.build import images, suite
from dockdj.model.build.bake_definition import suite_definition
from dockdj.model.image_names import image_name
from dockdj.model.project.build_sources import Sources
from dockdj.model.project.compose_file import Build
from dockdj.model.project.layout import Gate
from dockdj.model.project.project import Project
from tests.support.project import write

DOCKERFILE = "docker/django/Dockerfile"
STAGES = """\
FROM prod AS suite
ARG TEST_RUN
COPY check.sh /tests/check.sh
RUN mkdir /evidence; sh /tests/check.sh >/evidence/tests.log; status=$?; \\
    [ $status = 0 ] && said= || said='<failure/>'; \\
    printf '<testsuite><testcase classname="greeting" name="hello" time="0.25">%s</testcase></testsuite>' "$said" \\
        >/evidence/junit.xml; \\
    printf '{"exit":%s}' $status >/evidence/summary.json
FROM scratch AS suite-evidence
COPY --from=suite /evidence /
"""
JUNIT = """<testsuites><testsuite>
<testcase classname="app.a" name="test_good" time="0.5"/>
<testcase classname="app.a" name="test_bad[1]" time="0.25"><failure message="no">assert 0</failure></testcase>
<testcase classname="app.a" name="test_later" time="0"><skipped/></testcase>
<testcase classname="app.a" name="test_end" time="0"/>
<testcase classname="app.a" name="test_end" time="0.1"><error message="at teardown">x</error></testcase>
<testcase classname="" name="app.b" time="0"><error message="collection failure">ImportError</error></testcase>
</testsuite></testsuites>"""
PASSED = '<testsuite><testcase classname="app.a" name="test_good" time="0.5"/></testsuite>'


def stage_output(folder: Path, junit: str | None, status: int, log: str = "") -> Path:
    (folder / "summary.json").write_text(json.dumps({"exit": status}))
    (folder / "tests.log").write_text(log)
    if junit is not None:
        (folder / "junit.xml").write_text(junit)
    return folder


def test_each_test_counts_once_and_a_failed_import_counts_as_failed(tmp_path: Path) -> None:
    result = suite.read(stage_output(tmp_path, JUNIT, 1), "shop:1", "sha256:c", Gate())
    assert result.failures == ("app.a::test_bad[1]", "app.a::test_end", "app.b")
    assert (result.passed, result.failed, result.skipped, result.milliseconds) == (1, 3, 1, 850)
    assert (result.config, result.junit, result.ok) == ("sha256:c", JUNIT.encode(), False)


def test_a_runner_that_ends_with_an_error_fails_the_run_without_failed_tests(tmp_path: Path) -> None:
    result = suite.read(stage_output(tmp_path, PASSED, 3), "shop:1", "", Gate())
    assert result.failures == ("the test run ended with status 3",)
    assert not result.ok
    assert suite.read(stage_output(tmp_path, PASSED, 0), "shop:1", "", Gate()).ok


@pytest.mark.parametrize("time", ["1,234.5", "0,25", "1e999", "nan", "-1", "", "1e15"])
def test_an_invalid_duration_counts_as_zero_and_changes_no_result(tmp_path: Path, time: str) -> None:
    two = PASSED.replace("</testsuite>", f'<testcase name="other" time="{time}"/></testsuite>')
    result = suite.read(stage_output(tmp_path, two, 0), "shop:1", "", Gate())
    assert (result.ok, result.passed, result.milliseconds) == (True, 2, 500)


@pytest.mark.parametrize("junit", [None, "", "<testsuite/>", PASSED[:-9]])
@pytest.mark.parametrize("status", [0, 4])
def test_a_run_without_tests_is_refused(tmp_path: Path, junit: str | None, status: int) -> None:
    with pytest.raises(Refused, match=r"no test started on shop:1:\nImportError: conftest"):
        suite.read(stage_output(tmp_path, junit, status, "ImportError: conftest\n"), "shop:1", "", Gate())


def test_a_run_of_skipped_tests_does_not_pass(tmp_path: Path) -> None:
    skipped = PASSED.replace('time="0.5"/>', 'time="0"><skipped/></testcase>')
    assert not suite.read(stage_output(tmp_path, skipped, 0), "shop:1", "", Gate()).ok


def test_a_missing_summary_is_a_project_error(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="suite-evidence"):
        suite.read(tmp_path, "shop:1", "", Gate())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (STAGES, "", "no stages `suite` and `suite-evidence`"),
        ("FROM scratch AS suite-evidence", "FROM scratch AS proof", "no stages"),
        ("FROM prod AS suite", "FROM base AS suite", "does not start from `prod`"),
    ],
)
def test_a_dockerfile_without_test_stages_is_a_project_error(tiny: Project, old: str, new: str, message: str) -> None:
    text = (tiny.root / DOCKERFILE).read_text() + STAGES
    write(tiny.root, DOCKERFILE, text.replace(old, new))
    with pytest.raises(ProjectError, match=message):
        suite.on_image(tiny, tiny.root, "shop:1")


def test_the_definition_replaces_the_stage_by_the_image_and_builds_only_the_tests() -> None:
    sources = Sources(images={"debian:1": "mirror/debian:1"}, ca_bundle="/ca.pem")
    text = suite_definition(
        Build(".", "Dockerfile", "prod"), stage="prod", image="shop:1", folder="/x", test_run="now", sources=sources
    )
    document = json.loads(text)
    target = document["target"]["suite"]
    assert document["group"]["default"]["targets"] == ["suite"]
    assert target["contexts"] == {"debian:1": "docker-image://mirror/debian:1", "prod": "docker-image://shop:1"}
    assert (target["target"], target["args"], target["secret"]) == (
        "suite-evidence",
        {"TEST_RUN": "now"},
        ["id=ca,src=/ca.pem"],
    )


def test_a_name_that_moves_during_the_tests_is_a_race(tiny: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tiny.root, DOCKERFILE, (tiny.root / DOCKERFILE).read_text() + STAGES)
    before = docker.Image("sha256:a", (), "linux/amd64", 1, {}, {}, tags=("shop:1",))
    named = {"shop:1": before}

    def bake(*_: object, **__: object) -> None:
        named["shop:1"] = replace(before, config="sha256:b")

    monkeypatch.setattr(docker, "require_engine", lambda: None)
    monkeypatch.setattr(docker, "image", named.get)
    monkeypatch.setattr(suite, "bake", bake)
    with pytest.raises(Raced, match="shop:1 was moved while it was tested"):
        suite.on_image(tiny, tiny.root, "shop:1")


def test_an_image_is_tested_by_a_tag_of_its_own_project(tiny: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tiny.root, DOCKERFILE, (tiny.root / DOCKERFILE).read_text() + STAGES)
    tag = image_name(tiny.name, "prod", "django")
    tested = docker.Image("sha256:a", (), "linux/amd64", 1, {}, {}, tags=("another/django:prod", tag))
    definitions: list[str] = []
    monkeypatch.setattr(docker, "require_engine", lambda: None)
    monkeypatch.setattr(docker, "image", lambda _: tested)
    monkeypatch.setattr(suite, "bake", lambda text, *_, **__: definitions.append(text))
    with pytest.raises(ProjectError, match="no usable summary"):
        suite.on_image(tiny, tiny.root, "sha256:a")
    assert f"docker-image://{tag}" in definitions[0] and "another" not in definitions[0]


@pytest.mark.docker
def test_the_checkouts_tests_run_against_the_images_application(tiny: Project) -> None:
    write(tiny.root, DOCKERFILE, (tiny.root / DOCKERFILE).read_text() + STAGES)
    tag = image_name(tiny.name, "prod", "django")
    with pytest.raises(Refused, match="there is no image"):
        suite.on_image(tiny, tiny.root, tag)
    (built,) = images.build(tiny, "prod")

    # The checkout's own image would differ: the run takes only the tests from the checkout.
    write(tiny.root, "greeting.txt", "bye\n")
    passed = suite.on_image(tiny, tiny.root, built.config)
    assert (passed.ok, passed.passed, passed.config, passed.milliseconds) == (True, 1, built.config, 250)
    write(tiny.root, "check.sh", "grep bye greeting.txt || { echo no bye; exit 1; }\n")
    failed = suite.on_image(tiny, tiny.root, tag)
    assert (failed.ok, failed.failures, failed.output) == (False, ("greeting::hello",), "no bye")
    image_now = docker.image(tag)
    assert image_now and image_now.config == built.config
