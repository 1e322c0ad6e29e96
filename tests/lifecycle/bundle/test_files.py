"""What of a commit goes into the bundle; the real client, on a checkout of the same commit, bundles the same."""

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from dockdj.adapters.git import repository as git
from dockdj.errors import ProjectError
from dockdj.lifecycle.bundle.files import check, gathered
from dockdj.model.beanstalk.bundle import pack
from dockdj.model.files import File
from dockdj.model.project.project import Project, Recipe, Target
from dockdj.model.version import parse
from tests.support.eb import Client
from tests.support.project import commit, write
from tests.support.project import git as run

GENERATED = [File("docker-compose.yml", b"services: {}\n"), File("release.json", b"{}")]
RECIPE = Path(__file__).parents[3] / "src/dockdj/recipe/project"
FILES = {
    ".ebextensions/01_envvars.config": "option_settings: []\n",
    ".ebextensions/note.txt": "no\n",
    ".platform/hooks/predeploy/10_release": "#!/bin/sh\n",
    ".platform/größe/übung": "ü\n",
    "app/manage.py": "print()\n",
    "docker/django/prod/docker-compose.yml": "services: {}\n",
    "docs/keep/windows.txt": "one\ntwo\n",
    "docs/drop.txt": "x\n",
    "release.json": "not this one\n",
    ".gitattributes": "windows.txt text eol=crlf\napp export-ignore\n.platform/größe export-ignore\n",
    "old~": "backup\n",
}


@pytest.fixture(params=["", "deep/er"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project at a repository's top or below it; returns the project's folder."""
    top = tmp_path / "repository"
    project: Path = top / request.param
    for path, text in FILES.items():
        write(project, path, text)
    write(top, "beside.txt", "not of the project\n")
    (project / ".platform/hooks/predeploy/10_release").chmod(0o755)
    (project / "docs/keep/link").symlink_to("../../app")
    run(top, "init", "--quiet", "--initial-branch", "main")
    return project


def bundle(folder: Path, ebignore: str | None) -> dict[str, File]:
    """What is in the bundle of a commit with this `.ebignore`, by path."""
    if ebignore is not None:
        write(folder, ".ebignore", ebignore)
    sha = commit(folder, "first")
    write(folder, "app/manage.py", "changed, not committed\n")
    write(folder, "untracked.txt", "")
    repository = git.find(folder)
    return {file.path: file for file in gathered(repository, sha, GENERATED)}


def test_without_an_ebignore_the_platforms_folders_are_bundled(folder: Path) -> None:
    assert set(bundle(folder, None)) == {
        *("docker-compose.yml", "release.json"),
        *(".ebextensions/01_envvars.config", ".ebextensions/note.txt", ".platform/hooks/predeploy/10_release"),
    }


def test_the_recipes_ebignore_keeps_the_bundle_small(folder: Path) -> None:
    found = bundle(folder, (RECIPE / "dot-ebignore").read_text())
    assert set(found) == {
        *("docker-compose.yml", "release.json", ".platform/größe/übung"),
        *(".ebextensions/01_envvars.config", ".platform/hooks/predeploy/10_release"),
    }
    assert found[".platform/hooks/predeploy/10_release"].mode == 0o755
    assert found["release.json"] == GENERATED[1]


def test_an_ebignore_lets_files_back_in_as_a_checkout_has_them(folder: Path) -> None:
    found = bundle(folder, "docs/\n!docs/keep/\n.ebextensions\n")
    found.pop("beside.txt", None)
    assert set(found) == {
        *(path for path in FILES if path not in ("docs/drop.txt", "old~") and not path.startswith(".ebext")),
        *("docs/keep/link", "docker-compose.yml"),
    }
    assert found["docs/keep/windows.txt"].content == b"one\r\ntwo\r\n"
    assert found["docs/keep/link"] == File("docs/keep/link", b"../../app", 0o777, link=True)
    assert found["app/manage.py"].content == b"print()\n"


def test_links_that_the_client_fails_on_are_bundled_as_links(folder: Path) -> None:
    (folder / "docs/dangling").symlink_to("nowhere")
    (folder / "docs/loop").symlink_to(".")
    (folder / "ignored").symlink_to("ignored")
    found = bundle(folder, "ignored\n")
    assert {path for path, file in found.items() if file.link} == {"docs/keep/link", "docs/dangling", "docs/loop"}
    with zipfile.ZipFile(io.BytesIO(pack(found.values(), parse("1.0.0")).content)) as archive:
        entry = archive.getinfo("docs/loop")
        assert (entry.external_attr >> 16, archive.read(entry)) == (0o120777, b".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("docker-compose.yml\n", "docker-compose.yml out of the bundle: .ebignore:1: docker-compose.yml"),
        ("*\n!/docker-compose.yml\n", "release.json out of the bundle: .ebignore:1: *"),
        ("a\\\n", ".ebignore:1: `a\\` is not a pattern"),
    ],
)
def test_an_ebignore_that_excludes_required_files_is_refused(folder: Path, text: str, said: str) -> None:
    with pytest.raises(ProjectError) as caught:
        bundle(folder, text)
    assert said in caught.value.message


@pytest.mark.parametrize(("platform", "missing"), [("docker", "docker-compose.yml"), ("ecs", "Dockerrun.aws.json")])
def test_a_release_without_a_possible_bundle_is_refused(tmp_path: Path, platform: str, missing: str) -> None:
    target = Target("shop", "shop-local", platform=platform)
    project = Project("shop", "0", Recipe("0"), targets={"local": target})
    check(project, tmp_path)
    write(tmp_path, ".ebignore", (RECIPE / "dot-ebignore").read_text())
    check(project, tmp_path)
    write(tmp_path, ".ebignore", f"docs\n{missing}\n")
    with pytest.raises(ProjectError, match=f".ebignore leaves {missing} out of the bundle: .ebignore:2"):
        check(project, tmp_path)


def test_an_ebignore_of_another_encoding_is_refused(folder: Path) -> None:
    (folder / ".ebignore").write_bytes(b"gr\xf6\xdfe\n")
    with pytest.raises(ProjectError, match="not UTF-8"):
        bundle(folder, None)


@pytest.mark.parametrize("text", ["docs/\n!docs/keep/\n", "*\n!.platform/**\n!*.json\n!/docker-compose.yml\n", ""])
def test_the_eb_client_bundles_the_same_files_of_a_checkout(folder: Path, text: str, tmp_path: Path) -> None:
    found = bundle(folder, text)
    with Client(tmp_path / "client") as client:
        prefix = folder.relative_to(git.find(folder).top)
        run(folder, "worktree", "add", "--detach", str(tmp_path / "checkout"))
        shutil.rmtree(client.folder)
        shutil.copytree(tmp_path / "checkout" / prefix, client.folder, symlinks=True)
        (client.folder / ".git").unlink(missing_ok=True)
        (client.folder / ".elasticbeanstalk").mkdir()
        (client.folder / ".elasticbeanstalk/config.yml").write_text("global: {}\n")
        assert client.bundled([text]) == [set(found) - {"docker-compose.yml"}]
