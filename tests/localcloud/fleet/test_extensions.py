"""Configuration files of a bundle, checked before any instance changes."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from dockdj.localcloud.contract import Deployment, DeploymentFailed, Platform, Severity
from dockdj.localcloud.fleet import extensions
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.platform import sample
from tests.localcloud.fleet.spec import SPEC

BROKEN = "option_settings:\n  A: b: c\n"
ERROR = (
    "The configuration file {path} in application version v7 contains invalid YAML or JSON. "
    "YAML exception: Invalid Yaml: mapping values are not allowed here\n"
    ' in "<reader>", line 2, column 7:\n      A: b: c\n          ^\n'
    ", JSON exception: Invalid JSON: Unexpected character (o) at position 0.. Update the configuration file."
)


def deployment(folder: Path, files: Mapping[str, str | bytes]) -> Deployment:
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return Deployment(7, "v7", path)


def checked(folder: Path, files: Mapping[str, str | bytes]) -> list[tuple[Severity, str]]:
    events: list[tuple[Severity, str]] = []
    try:
        extensions.check(deployment(folder, files), lambda severity, text: events.append((severity, text)))
    except DeploymentFailed as failure:
        assert events[-1] == (Severity.ERROR, str(failure))
    return events


@pytest.mark.parametrize("path", [".ebextensions/10.config", "__MACOSX/shop/.ebextensions/._10.config"])
def test_unreadable_file_fails_the_deployment_in_the_platforms_words(tmp_path: Path, path: str) -> None:
    assert checked(tmp_path, {path: BROKEN}) == [(Severity.ERROR, ERROR.format(path=path))]


@pytest.mark.parametrize("platform", [Platform.DOCKER, Platform.ECS])
def test_unreadable_file_fails_before_any_instance_is_asked(tmp_path: Path, platform: Platform) -> None:
    events: list[str] = []
    broken = deployment(tmp_path, {".ebextensions/10.config": BROKEN})
    with pytest.raises(DeploymentFailed, match="contains invalid YAML or JSON"):
        # The state has no instance; a rollout would fail in other words.
        spec = {**vars(SPEC), "platform": platform}
        Operations("no-such-cloud").deploy(type(SPEC)(**spec), broken, lambda _, text: events.append(text))
    assert events == ["Deploying new version to instance(s).", ERROR.format(path=".ebextensions/10.config")]


def test_first_unreadable_file_by_path_is_named(tmp_path: Path) -> None:
    files = {".ebextensions/b.config": "a: [", ".ebextensions/a.config": BROKEN}
    assert checked(tmp_path, files) == [(Severity.ERROR, ERROR.format(path=".ebextensions/a.config"))]


def test_file_with_an_unknown_key_is_skipped_in_the_platforms_words(tmp_path: Path) -> None:
    assert checked(tmp_path, {".ebextensions/a.config": "OptionSettings: {}\n"}) == [
        (
            Severity.WARN,
            "Error processing file (Skipping): '.ebextensions/a.config' - Contains invalid key: 'OptionSettings'. For "
            "information about valid keys, see http://docs.aws.amazon.com/elasticbeanstalk/latest/dg/ebextensions.html",
        )
    ]


def test_keys_that_are_there_twice_cause_a_warning(tmp_path: Path) -> None:
    [(severity, text)] = checked(tmp_path, {".ebextensions/a.config": "files: {}\nfiles: {}\n"})
    assert severity == Severity.WARN
    assert text.startswith("In .ebextensions/a.config, line 2: files is already in line 1.")


def test_events_have_only_characters_that_xml_allows(tmp_path: Path) -> None:
    [(_, text)] = checked(tmp_path, {".ebextensions/a.config": b"\0"})
    assert "\0" not in text and "special characters are not allowed" in text


def test_other_files_are_not_read(tmp_path: Path) -> None:
    others = [".ebextensions/a.txt", ".ebextensions/more/a.config", "a.config", ".ebextensions/a.config/"]
    assert checked(tmp_path, dict.fromkeys(others, BROKEN)) == []
    (tmp_path / "damaged.zip").write_bytes(b"PK")
    extensions.check(Deployment(1, "v", tmp_path / "damaged.zip"), lambda *_: pytest.fail("an event"))
    extensions.check(Deployment(1, "v", sample.bundle(tmp_path, Platform.DOCKER)), lambda *_: pytest.fail("an event"))
