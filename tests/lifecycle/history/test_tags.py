"""Releases in the tags of a repository."""

import json
from pathlib import Path
from typing import Any

import pytest

from dockdj.adapters.git.repository import find
from dockdj.cli.main import main
from dockdj.errors import ProjectError, Refused
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.log import EventKind, LogEvent, Outcome
from dockdj.model.canonical import canonical
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release
from dockdj.model.release.summary import Unread
from dockdj.model.release.validation import NewerSchema
from dockdj.model.version import parse
from tests.support import many
from tests.support import project as projects
from tests.support.project import git
from tests.support.records import changed
from tests.support.releases import tagged

DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return projects.make(tmp_path)


def tag(project: Project, name: str, message: str) -> None:
    git(project.root, "tag", "-a", name, "--cleanup=verbatim", "-m", message)


def restacked(project: Project, made: Release) -> Release:
    """Tag a restack of this release."""
    origin = {
        "version": str(made.version),
        "digest": made.digest,
        "stack_from": {"version": "1.10.0", "digest": DIGEST},
        "bases": {},
    }
    release = changed(made, version=f"{made.version}+stack.1", restack_of=origin)
    tag(project, release.version.tag, release_tags.message(release))
    return release


def test_listed_releases_have_the_records_fields_in_version_order(shop: Project) -> None:
    made = [tagged(shop, version) for version in ("1.10.0", "1.2.0")]
    made.append(restacked(shop, made[1]))
    made.sort(key=lambda one: one.version)
    found = release_tags.listed(shop)
    assert [str(one.version) for one in found] == ["1.2.0", "1.2.0+stack.1", "1.10.0"]
    assert [(one.digest, one.commit, one.created) for one in found] == [
        (one.digest, one.commit, one.created) for one in made
    ]
    assert [one.version for one in found] == [one.version for one in release_tags.of_project(shop)]
    assert release_tags.of_project(shop, ["1.2.0+stack.1"]) == (made[1],)
    assert release_tags.of_project(shop, ["nowhere"]) == ()
    assert str(found[1].origin) == "1.2.0+stack.1 is 1.2.0 on the stack of 1.10.0"


def test_large_records_are_listed_as_they_are_when_read_whole(tmp_path: Path) -> None:
    shop = many.make(tmp_path, 12, system=180, python=60, npm=100)
    summaries = release_tags.listed(shop)
    assert [str(summary.version) for summary in summaries] == [f"1.{number}.0" for number in range(12)]
    for summary in summaries:
        release = release_tags.find(shop, summary.version)
        assert len(release.content) > 20_000
        assert (summary.digest, summary.commit, summary.created) == (release.digest, release.commit, release.created)


def test_tags_without_a_release_of_the_project_are_skipped(shop: Project) -> None:
    made = tagged(shop, "1.0.0")
    message, record = release_tags.message(made), made.content.decode()
    git(shop.root, "tag", "v1.1.0")
    tag(shop, "v1.2.0", "notes")
    tag(shop, "v1.3.0", message)
    tag(shop, "release-1.4.0", message)
    tag(shop, "v1.5.0", message.replace('"name":"tiny"', '"name":"other"').replace("1.0.0", "1.5.0"))
    newer = record.replace('"schema":1', '"schema":2').replace('"version":"1.0.0"}', '"version":"1.6.0"}')
    tag(shop, "v1.6.0", f"tiny\n\n{release_tags.MARK}{newer}\n")
    tag(shop, "v1.7.0", f"tiny\n\n{release_tags.MARK}" + '{"app":{,"version":"1.7.0"}')
    tag(shop, "v1.8.0", f"tiny\n\n{release_tags.MARK}" + '[1,"version":"1.8.0"}')
    assert [str(one.version) for one in release_tags.listed(shop)] == ["1.0.0"]
    unread = {str(one.version): one.why for one in release_tags.tagged(shop) if isinstance(one, Unread)}
    damaged = dict.fromkeys(("1.3.0", "1.7.0", "1.8.0"), "cannot be read")
    assert unread == {**damaged, "1.6.0": "of a newer dockdj"}


RESTACKS: list[Any] = ["1.0.0", ["1.0.0"], 5, {}, {"version": "1.0.0"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("restack_of", value) for value in RESTACKS],
        ("restack_of", {"version": "1.0.0", "digest": DIGEST, "stack_from": ["1.1.0"], "bases": {}}),
        ("app", {"commit": 5}),
        ("created", None),
        ("schema", "1"),
    ],
)
def test_history_names_releases_that_it_cannot_read(
    shop: Project, field: str, value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(tagged(shop, "1.0.0").content)
    damaged = canonical({**document, "version": "1.1.0", field: value}).decode()
    tag(shop, "v1.1.0", f"tiny 1.1.0\n\n{release_tags.MARK}{damaged}\n")
    newer = canonical({"name": "tiny", "schema": 2, "zones": []}).decode()
    tag(shop, "v1.2.0", f"tiny 1.2.0\n\n{release_tags.MARK}{newer}\n")
    assert main(["history"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  1.2.0  its record is of a newer dockdj: git pull, then bin/dockdj"
    assert lines[2] == "  1.1.0  its record cannot be read: dockdj verify 1.1.0"
    assert lines[3].startswith("  1.0.0  ")
    assert main(["history", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["data"]["releases"]
    assert [one["unread"] for one in found] == ["of a newer dockdj", "cannot be read", None]
    assert [one["digest"] is None for one in found] == [True, True, False]


def test_commands_refuse_releases_of_another_project_in_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    shop, blog = (projects.add(tmp_path / name, name) for name in ("shop", "blog"))
    tagged(shop, "1.0.0"), tagged(shop, "1.1.0"), tagged(blog, "1.2.0")
    tag(blog, "v1.3.0", f"blog 1.3.0\n\n{release_tags.MARK}" + '{"app":{,"version":"1.3.0"}')
    monkeypatch.chdir(shop.root)
    assert [str(one.version) for one in release_tags.tagged(shop)] == ["1.0.0", "1.1.0"]
    assert [str(one.version) for one in release_tags.tagged(blog)] == ["1.2.0", "1.3.0"]
    for arguments in (["show", "1.2.0"], ["export", "1.2.0"], ["diff", "1.0.0", "1.2.0"]):
        capsys.readouterr()
        assert main(arguments) == Refused.exit_code
        said = capsys.readouterr().err
        assert "the tag v1.2.0 is a release of `blog` in this repository, not of `shop`" in said
        assert "dockdj history" in said
    with pytest.raises(Refused, match="a release of `blog`"):
        release_tags.find(shop, parse("1.2.0"))
    # These commands work even if `dockdj.toml` is invalid.
    (shop.root / "dockdj.toml").write_text("name = ")
    assert main(["show", "1.0.0"]) == 0


@pytest.mark.parametrize("field", ["version", "app", "services", "fingerprint", "evidence", "npm"])
def test_record_without_a_field_is_refused_with_tag_and_field(shop: Project, field: str) -> None:
    whole = tagged(shop, "1.0.0")
    document = {name: value for name, value in json.loads(whole.content).items() if name != field}
    tag(shop, "v1.1.0", f"tiny\n\n{release_tags.MARK}{canonical({**document, 'schema': 1}).decode()}\n")
    with pytest.raises(ProjectError, match=rf"the tag v1\.1\.0: .* no usable field `{field}`"):
        release_tags.find(shop, parse("1.1.0"))
    assert [str(one.version) for one in release_tags.of_project(shop)] == ["1.0.0"]
    assert main(["diff", "1.0.0", "1.1.0"]) == ProjectError.exit_code
    assert main(["history"]) == 0


def test_record_of_a_newer_dockdj_is_reported_as_newer(shop: Project) -> None:
    tag(shop, "v1.1.0", f"tiny\n\n{release_tags.MARK}{canonical({'schema': 2}).decode()}\n")
    with pytest.raises(NewerSchema, match=r"the tag v1\.1\.0: .* schema 2"):
        release_tags.of_tag(find(shop.root), parse("1.1.0"))


def test_signature_below_the_record_does_not_change_it(shop: Project) -> None:
    made = tagged(shop, "1.0.0")
    git(shop.root, "tag", "-d", "v1.0.0")
    tag(shop, "v1.0.0", release_tags.message(made) + "-----BEGIN SSH SIGNATURE-----\nabc\n")
    assert [one.digest for one in release_tags.listed(shop)] == [made.digest]


def test_history_shows_restacks_and_deployments_per_target(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    restacked(shop, tagged(shop, "1.2.0"))
    log.append(shop, LogEvent(EventKind.DEPLOYED, "1.2.0", "local", Outcome.OK))
    assert main(["history"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith("  1.2.0 on the stack of 1.10.0")
    assert lines[1].split()[0] == "1.2.0+stack.1"
    assert lines[2].split()[0] == "1.2.0"
    assert lines[3] == "local" and "deployed    1.2.0          ok" in lines[4]
    assert main(["history", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["data"]["releases"]
    assert first["restack_of"] == {"version": "1.2.0", "stack_from": "1.10.0", "bases": {}}
    assert second["restack_of"] is None
