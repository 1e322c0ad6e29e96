"""Two releases compared through a real repository: records in tags, and the commits they were made from."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from dockdj.adapters import project_file
from dockdj.adapters.git import files as git_files
from dockdj.adapters.git.repository import find
from dockdj.errors import Refused
from dockdj.lifecycle.diff.diff import compare
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.target.running import running
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.environment import Environment
from dockdj.model.canonical import canonical
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support.project import git, write
from tests.support.releases import tagged

ONE, TWO = parse("1.0.0"), parse("1.1.0")
MIGRATION = """\
from django.db import migrations
class Migration(migrations.Migration):
    operations = [migrations.RunPython(fill)]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A project with 1.0.0 and 1.1.0, which differ in everything a commit can say."""
    folder = tmp_path / "a shop"
    folder.mkdir()
    project = projects.make(folder)
    write(folder, "environments/prod/.env.example", "# optional, secret. A key.\nKEY=\n")
    write(folder, "pyproject.toml", '[project]\ndependencies = ["Django"]\n')
    write(folder, "docker/nginx/site.conf", "listen 80;\n")
    projects.commit(folder, "A key")
    tagged(project, "1.0.0", files={"/etc/app.conf": "etc/app.conf", "/conf.d/default.conf": "docker/nginx/site.conf"})
    write(folder, "environments/prod/.env.example", "# required. Who.\nNAME=\n# optional, secret. A key.\nKEY=\n")
    write(folder, "app/shop/migrations/0002_fill.py", MIGRATION)
    write(folder, "etc/app.conf", "size 2m\n")
    write(folder, "docker/nginx/site.conf", "-- a note\nlisten 80;\n")
    compose = folder / "docker/django/prod/docker-compose.yml"
    compose.write_text(compose.read_text().replace('"80:80"', '"81:80"'))
    toml = folder / "dockdj.toml"
    toml.write_text(toml.read_text().replace("hello $you", "good day") + 'KEY = "plain"\n')
    projects.commit(folder, "Changes")
    tagged(
        project,
        "1.1.0",
        files={"/etc/app.conf": "etc/app.conf", "/conf.d/default.conf": "docker/nginx/site.conf"},
        python={"django": "6.1.2"},
    )
    return project_file.load(folder)


def test_migrations_variables_values_and_texts_of_the_commits_are_compared(shop: Project) -> None:
    found = compare(shop, ONE, TWO)
    assert [one.subject for one in found.commits] == ["Changes"]
    assert found.texts[("django", "/etc/app.conf")] == "@@ -1 +1 @@\n-size 1m\n+size 2m"
    assert found.texts[("django", "/conf.d/default.conf")] == "@@ -1 +1,2 @@\n+-- a note\n listen 80;"
    assert '+      - "81:80"' in found.texts[("", "docker/django/prod/docker-compose.yml")].splitlines()
    assert [(one.app, one.name, one.change, one.reversible) for one in found.migrations] == [
        ("shop", "0002_fill", "add", False)
    ]
    assert [(one.name, one.before, one.after) for one in found.variables] == [("NAME", None, "required")]
    assert [(one.target, one.name, one.before, one.after) for one in found.values] == [
        ("local", "GREETING", "hello $you", "good day"),
        ("local", "KEY", None, "set"),
    ]
    assert [(one.name, one.change) for one in found.changes.packages] == [("django", "down")]
    assert found.variables[0].about == "Who."
    assert {kind: sorted(names) for kind, names in (found.direct or {}).items()} == {
        "npm": ["esbuild"],
        "os": ["jq"],
        "python": ["django"],
    }
    assert not found.notes


def test_the_reverse_diff_undoes_each_change(shop: Project) -> None:
    there, back = compare(shop, ONE, TWO), compare(shop, TWO, ONE)
    assert back.undone == there.commits
    assert [(one.name, one.change, one.reversible) for one in back.migrations] == [("0002_fill", "remove", False)]
    assert [(one.before, one.after) for one in back.values] == [(one.after, one.before) for one in there.values]
    assert set(back.texts) == set(there.texts)
    assert "+size 1m" in back.texts[("django", "/etc/app.conf")]


def test_a_release_has_no_difference_from_itself(shop: Project) -> None:
    found = compare(shop, TWO, TWO)
    assert found.empty
    assert not (found.commits or found.undone or found.texts or found.migrations or found.variables or found.values)


def test_missing_commit_is_noted_and_the_records_are_compared(shop: Project, tmp_path: Path) -> None:
    # A clone that has both tags, and of their commits only the last.
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{shop.root}", str(clone))
    message = git(shop.root, "cat-file", "tag", "v1.0.0").partition("\n\n")[2]
    git(clone, "tag", "-f", "-a", "v1.0.0", "--cleanup=verbatim", "-m", message + "\n")
    found = compare(project_file.load(clone), ONE, TWO)
    assert [one.name for one in found.changes.files] == ["/conf.d/default.conf", "/etc/app.conf"]
    assert not found.texts
    (note,) = found.notes
    assert "the commit of 1.0.0, is not in this clone" in note


def test_without_commits_the_records_alone_are_compared(shop: Project) -> None:
    old = json.loads(compare(shop, ONE, TWO).before.content)
    new = json.loads(compare(shop, ONE, TWO).after.content)
    old["app"] |= {"commit": "1" * 40, "migrations": {"shop": "0001_a"}, "variables": ["KEY"]}
    new["app"] |= {
        "commit": "2" * 40,
        "migrations": {"shop": "0002_b"},
        "variables": ["KEY!"],
        "irreversible": ["shop.0002_b"],
    }
    for document in (old, new):
        retag(shop, document)
    found = compare(shop, ONE, TWO)
    assert not found.empty
    assert [(one.app, one.before, one.after, one.change) for one in found.changes.leaves] == [
        ("shop", "0001_a", "0002_b", "up")
    ]
    assert [(one.app, one.name, one.change, one.reversible) for one in found.migrations] == [
        ("shop", "0002_b", "add", False)
    ]
    assert [(one.name, one.before, one.after) for one in found.variables] == [("KEY", "optional", "required")]
    assert [one.change for one in compare(shop, TWO, ONE).migrations] == ["remove"]
    assert [note.partition(",")[0] for note in found.notes] == ["1" * 12, "2" * 12]


def test_a_restack_is_compared_from_records_and_shows_the_other_stacks_configuration(shop: Project) -> None:
    original = compare(shop, ONE, TWO).before
    document = json.loads(original.content)
    newer = json.loads(compare(shop, ONE, TWO).after.content)
    document |= {
        "version": "1.0.0+stack.1",
        "restack_of": {
            "version": "1.0.0",
            "digest": "sha256:" + "0" * 64,
            "stack_from": {"version": "1.1.0", "digest": "sha256:" + "1" * 64},
            "bases": {},
        },
    }
    path = "/conf.d/default.conf"
    document["services"]["django"]["files"][path] = newer["services"]["django"]["files"][path]
    retag(shop, document)
    found = compare(shop, ONE, parse("1.0.0+stack.1"))
    assert [str(one) for one in found.changes.restacks] == ["1.0.0+stack.1 is 1.0.0 on the stack of 1.1.0"]
    assert found.texts == {("django", path): "@@ -1 +1,2 @@\n+-- a note\n listen 80;"}
    assert not (found.commits or found.undone or found.values)
    assert found.notes == ("1.0.0+stack.1 was made from another record of 1.0.0: sha256:" + "0" * 64,)
    retag(shop, {name: value for name, value in newer.items() if name != "npm"})
    assert compare(shop, ONE, parse("1.0.0+stack.1")).changes == found.changes


def retag(project: Project, document: dict[str, Any]) -> None:
    message = f"tiny\n\n{release_tags.MARK}{canonical(document).decode()}\n"
    git(project.root, "tag", "-f", "-a", parse(document["version"]).tag, "--cleanup=verbatim", "-m", message)


def test_a_project_in_a_folder_of_a_repository_is_compared_alone(tmp_path: Path) -> None:
    top = tmp_path / "mono repo"
    (top / "the shop").mkdir(parents=True)
    git(top, "init", "--quiet", "--initial-branch", "main")
    project = projects.add(top / "the shop")
    tagged(project, "1.0.0", files={"/etc/app.conf": "etc/app.conf"})
    write(top, "other/migrations/0001_x.py", MIGRATION)
    write(top, "the shop/etc/app.conf", "size 3m\n")
    projects.commit(top, "Two things")
    tagged(project, "1.1.0", files={"/etc/app.conf": "etc/app.conf"})
    found = compare(project, ONE, TWO)
    assert found.texts == {("django", "/etc/app.conf"): "@@ -1 +1 @@\n-size 1m\n+size 3m"}
    assert not found.migrations


def test_contents_are_read_in_one_call_whatever_they_hold(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    texts = {"a": "", "b": "no end", "c": "one\n\n", "d e": "x missing\n", "f": "f" * 100_000}
    for name, text in texts.items():
        write(tmp_path, name, text)
    projects.commit(tmp_path, "first")
    repository = find(tmp_path)
    ids = git_files.blobs(repository, "HEAD")
    assert ids is not None
    absent = ("0" * 39 + "1", "f" * 40)
    found = git_files.texts(repository, [*ids.values(), *absent])
    assert {name: found[one] for name, one in ids.items()} == texts
    assert not set(absent) & set(found)
    assert git_files.blobs(repository, "1" * 40) is None


class Running:
    """A platform that runs one label."""

    def __init__(self, label: str, description: str) -> None:
        self.label = label
        self.said = description

    def environment(self, application: str, name: str) -> Environment:
        return Environment("e-1", name, "Ready", "Green", self.label, "127.0.0.1:1")

    def description(self, application: str, label: str) -> str:
        return self.said


def site_of(project: Project, label: str, description: str) -> Site:
    return Site(project, project.targets["local"], cast(Any, Running(label, description)), "")


def test_running_release_must_match_its_record(shop: Project) -> None:
    record = compare(shop, TWO, TWO).after.digest
    assert running(site_of(shop, "1.1.0-aaaaaaaa", f"rel {record}")).version == TWO
    with pytest.raises(Refused, match=r"and the tag v1\.1\.0 holds"):
        running(site_of(shop, "1.1.0-aaaaaaaa", "rel sha256:other"))
    with pytest.raises(Refused, match="not a release of this project"):
        running(site_of(shop, "Sample Application", ""))
