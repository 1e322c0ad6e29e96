"""`dockdj diff` in its three forms: for people, for programs and for a pull request."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from dockdj.cli.console import Console
from dockdj.cli.main import main
from dockdj.cli.views.diff.text import as_text
from dockdj.lifecycle.diff.diff import compare
from dockdj.lifecycle.target.running import Running
from dockdj.lifecycle.target.target import Site
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support.project import git, write
from tests.support.releases import tagged

MIGRATION = "class Migration:\n    operations = [migrations.RunSQL('DROP TABLE a'), migrations.RemoveField('b', 'c')]\n"


def debian(version: str) -> dict[str, object]:
    packages = {name: {"source": "glibc", "version": version, "origin": "base"} for name in ("libc6", "libc-bin")}
    return {"id": "debian", "version": "13", "packages": packages}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder = tmp_path / "shop"
    folder.mkdir()
    project = projects.make(folder)
    write(folder, "pyproject.toml", '[project]\ndependencies = ["django"]\n')
    projects.commit(folder, "Dependencies")
    files = {"/etc/app.conf": "etc/app.conf"}
    tagged(project, "1.0.0", files=files, os=debian("2.41-12"), config="sha256:a", diff_ids=["b", "c"], size=90_000_000)
    write(folder, "etc/app.conf", "size 2m\n```\n")
    write(folder, "app/shop/migrations/0002_drop.py", MIGRATION)
    projects.commit(folder, "Fill *all* <books>")
    tagged(
        project,
        "1.1.0",
        files=files,
        os=debian("2.41-9"),
        python={"django": "6.1.10"},
        config="sha256:d",
        diff_ids=["b", "e"],
        size=95_000_000,
    )
    monkeypatch.chdir(folder)
    return project


def test_diff_text_starts_with_the_summary_and_shows_downgrades_in_capitals(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", "1.0.0", "1.1.0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1.0.0 → 1.1.0      app changed · deps changed · stack changed"
    assert lines[1] == (
        "  in short  1 commit · Python 1↑ · OS 2 DOWNGRADES · 1 configuration file · "
        "1 migration (NOT REVERSIBLE) · 1 image"
    )
    assert lines[2] == "  security  1.1.0 has older versions of: glibc 2.41-12 → 2.41-9"
    assert lines[3] == "  tested    build 3 passed · smoke 1 passed"
    assert "  + shop.0002_drop  ! NOT REVERSIBLE; takes away: RemoveField" in lines
    assert "  ↑ django *  6.1.3 → 6.1.10  [django]" in lines
    assert "  ↓ glibc  2.41-12 → 2.41-9  base  (libc-bin libc6)  [django]  DOWNGRADE" in lines
    assert "      +size 2m" in lines
    assert "  ~ django  a → d  90 MB → 95 MB (1 of 2 layers to pull, 5 MB to 95 MB)" in lines


def test_diff_json_has_every_field(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "1.0.0", "1.1.0", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    data = document["data"]
    assert (document["status"], data["from"], data["to"]) == ("ok", "1.0.0", "1.1.0")
    assert data["summary"]["os"] == {"up": 0, "down": 2, "add": 0, "remove": 0, "other": 0}
    assert data["summary"]["irreversible"] is True
    assert data["summary"]["pull"] == {"least": 5_000_000, "most": 95_000_000}
    (django,) = [one for one in data["packages"] if one["kind"] == "python"]
    assert django == {
        "service": "django",
        "kind": "python",
        "name": "django",
        "before": "6.1.3",
        "after": "6.1.10",
        "change": "up",
        "source": "django",
        "direct": True,
        "place": None,
        "origin_before": "ours",
        "origin_after": "ours",
    }
    assert data["losses"] == [
        {"kind": "os", "name": "glibc", "before": "2.41-12", "after": "2.41-9", "services": ["django"]}
    ]
    assert data["suites"][0]["before"] == {"passed": 3, "failed": 0, "skipped": 0, "known": 0}
    assert data["migrations"][0]["takes_away"] == ["RemoveField"]
    assert data["evidence"]["from"][0]["passed"] == 3
    assert data["files"][0]["text"].startswith("@@ ")


def test_diff_markdown_escapes_text(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "1.0.0", "1.1.0", "--markdown"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("### 1.0.0 → 1.1.0\n\napp changed")
    assert r"Fill \*all\* \<books\>" in shown
    assert "- security: **1.1.0 has older versions of: glibc 2.41-12 → 2.41-9**" in shown
    assert "- `↓` glibc  2.41-12 → 2.41-9  base  (libc-bin libc6)  \\[django\\]  **DOWNGRADE**" in shown
    assert "**NOT REVERSIBLE**" in shown
    # The file holds a fence of its own.
    assert "\n````diff\n@@ -1 +1,2 @@\n-size 1m\n+size 2m\n+```\n````" in shown
    assert main(["diff", "1.0.0", "1.0.0", "--markdown"]) == 0
    assert "No difference." in capsys.readouterr().out


def test_diff_shows_a_multiline_command_on_one_line(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run = {"cmd": ["sh", "-c", "one\ntwo"], "entrypoint": [], "user": "", "ports": []}
    tagged(shop, "1.2.0", run=run)
    assert main(["diff", "1.0.0", "1.2.0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert '  ~ cmd  /start.sh → "sh -c one\\ntwo"  [django]' in lines
    assert "  ~ user  10001 → none  [django]" in lines


def test_diff_exit_code_and_json_status_agree(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "1.0.0", "1.1.0", "--exit-code", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "failed"
    assert document["errors"] == [{"code": "refused", "message": "1.0.0 and 1.1.0 differ", "hint": ""}]
    assert document["data"]["summary"]["empty"] is False
    assert main(["diff", "1.1.0", "1.1.0", "--exit-code", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["status"], document["errors"]) == ("ok", [])
    assert document["data"]["summary"]["empty"] is True
    assert main(["diff", "1.1.0", "1.1.0", "--exit-code"]) == 0
    assert capsys.readouterr().out.endswith("\nno difference\n")


def test_diff_running_compares_with_the_targets_release(
    shop: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(shop, shop.targets["local"], cast(Any, None), "")
    asked: list[str | None] = []

    def site_of(console: Console, target: str | None) -> Site:
        asked.append(target)
        return site

    monkeypatch.setattr("dockdj.cli.commands.diff.site_of", site_of)
    drift = ("instance i-1 runs nothing",)
    monkeypatch.setattr("dockdj.lifecycle.target.running.running", lambda site: Running("local", parse("1.0.0"), drift))
    assert main(["diff", "running", "1.1.0", "--to", "local"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1.0.0 → 1.1.0 ")
    assert "  note      local runs 1.0.0" in lines
    assert "  note      drift: instance i-1 runs nothing" in lines
    assert main(["diff", "1.1.0", "running", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["from"], data["to"], data["notes"][0]) == ("1.1.0", "1.0.0", "local runs 1.0.0")
    assert asked == ["local", None]


def test_diff_with_one_release_compares_with_the_newest(
    shop: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", "1.0.0"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("1.0.0 → 1.1.0 ")
    assert "  note      1.1.0 is the newest release\n" in shown
    site = Site(shop, shop.targets["local"], cast(Any, None), "")
    monkeypatch.setattr("dockdj.cli.commands.diff.site_of", lambda console, target: site)
    monkeypatch.setattr("dockdj.lifecycle.target.running.running", lambda site: Running("local", parse("1.0.0"), ()))
    assert main(["diff", "running", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["from"], data["to"]) == ("1.0.0", "1.1.0")
    assert data["notes"] == ["1.1.0 is the newest release", "local runs 1.0.0"]
    for tag in ("v1.0.0", "v1.1.0"):
        git(shop.root, "tag", "--delete", tag)
    assert main(["diff", "1.0.0"]) == 1
    assert "there is no release of tiny" in capsys.readouterr().err


def test_a_rollback_shows_the_comparison_in_reverse(shop: Project) -> None:
    text = as_text(compare(shop, parse("1.1.0"), parse("1.0.0"))).splitlines()
    assert text[0].startswith("1.1.0 → 1.0.0 ")
    assert "  - shop.0002_drop  ! NOT REVERSIBLE; takes away: RemoveField" in text


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["running", "running"], "A or B must be a version"),
        (["1.0.0", "1.1.0", "--to", "local"], "--to needs the word"),
        (["1.0.0", "1.1.0", "--markdown", "--json"], "cannot be given together"),
        (["1.0.0", "now"], "not a version"),
    ],
)
def test_diff_refuses_contradictory_arguments(
    shop: Project, arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *arguments]) == 2
    shown = capsys.readouterr()
    assert part in shown.err + shown.out


def test_broken_dockdj_toml_does_not_stop_diff_and_show(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (shop.root / "dockdj.toml").write_text("name = ")
    assert main(["diff", "1.0.0", "1.1.0"]) == 0
    assert capsys.readouterr().out.startswith("1.0.0 → 1.1.0 ")
    assert main(["show", "1.0.0"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "1.0.0"
