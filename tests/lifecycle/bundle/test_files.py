"""What of a commit goes into the bundle; the real client, on a checkout of the same commit, bundles the same."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.worktree import worktree
from dockdj.errors import ProjectError
from dockdj.lifecycle.bundle.files import check, gathered
from dockdj.model import zip_archive
from dockdj.model.beanstalk.bundle import pack, unbundled
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
        ".platform/größe/übung",
    }


@pytest.mark.parametrize("ebignore", [None, "app\ndocs\n.gitattributes\n/deep\nbeside.txt\n"])
def test_attributes_of_archives_neither_hide_nor_change_bundled_files(folder: Path, ebignore: str | None) -> None:
    # gitattributes(5): both are for `git archive`. A checkout ignores them, and the images are built from a checkout.
    (folder / ".gitattributes").write_text(".* export-ignore\n* export-subst\n")
    write(folder, ".ebextensions/note.txt", "$Format:%H$\n")
    (folder / ".platform/hooks/predeploy/20_link").symlink_to("10_release")
    hooks = ".platform/hooks/predeploy"
    files = bundle(folder, ebignore)
    assert set(files) == {
        *("docker-compose.yml", "release.json", ".ebextensions/01_envvars.config", ".ebextensions/note.txt"),
        *(f"{hooks}/10_release", f"{hooks}/20_link", ".platform/größe/übung"),
        *(["docker/django/prod/docker-compose.yml"] if ebignore else []),
    }
    assert files[".ebextensions/note.txt"].content == b"$Format:%H$\n"
    assert files[f"{hooks}/10_release"].mode == 0o755
    assert files[f"{hooks}/20_link"].link


def test_bundled_files_follow_the_commits_attributes_and_no_persons(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".gitattributes").write_text(".ebextensions/note.txt text eol=crlf\n")
    sha = commit(folder, "first")
    (folder / ".gitattributes").write_text(".ebextensions/*.config text eol=crlf\n")
    (tmp_path / "personal").write_text("* text eol=crlf\n")
    (tmp_path / "config").write_text(f"[core]\n\tattributesFile = {tmp_path / 'personal'}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    repository = git.find(folder)
    files = {file.path: file.content for file in gathered(repository, sha, GENERATED)}
    with worktree(repository, sha) as checkout:
        assert (
            files.items()
            >= {path: (checkout / path).read_bytes() for path in FILES if path.startswith((".eb", ".pl"))}.items()
        )
    assert files[".ebextensions/note.txt"] == b"no\r\n"
    assert files[".ebextensions/01_envvars.config"] == b"option_settings: []\n"


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


# Names that unzip writes as the zip has them, and names that it changes or a zip cannot hold.
GOOD_NAMES = (
    *(
        "größe/ü",
        "gro\u0308ße/ü",
        "c\\d.txt",
        "e.",
        "g ",
        "..h",
        "j:k",
        "l*m?",
        "-n",
        "f;a",
        "d;1/x",
        "\u202eo",
        "#U00e9",
    ),
    *("A" * 255, f"{'long/' * 180}name", "case", "CASE"),
)
BAD_NAMES = ("a\nb", "x\ty", "carriage\rreturn", "i\x7f", "f;1", "g;", "latin-\udce9")


@pytest.mark.skipif(shutil.which("unzip") is None, reason="the witness is Info-ZIP's unzip")
def test_files_of_any_name_are_bundled_right_or_refused_by_name(tmp_path: Path) -> None:
    names = [f".platform/{name}" for name in (*GOOD_NAMES, *BAD_NAMES)]
    archive = zip_archive.pack((File(name, name.encode()) for name in names if "\udce9" not in name), compressed=False)
    (tmp_path / "bundle.zip").write_bytes(archive)
    subprocess.run(["unzip", "-q", "bundle.zip", "-d", "unpacked"], cwd=tmp_path, check=True, timeout=60)
    unpacked = (
        path.relative_to(tmp_path / "unpacked") for path in (tmp_path / "unpacked").rglob("*") if path.is_file()
    )
    right = {
        path.as_posix() for path in unpacked if path.as_posix().encode() == (tmp_path / "unpacked" / path).read_bytes()
    }
    assert right == {name for name in names if not unbundled(name)} == {f".platform/{name}" for name in GOOD_NAMES}


@pytest.mark.parametrize("ebignore", [None, "*.toml\n"])
def test_release_and_bundle_refuse_unbundled_names_all_at_once(folder: Path, ebignore: str | None) -> None:
    for name in (*GOOD_NAMES, *BAD_NAMES):
        write(folder, f".platform/{name}", "")
    (folder / ".platform/latin-\udcff").symlink_to("x")
    # It is not bundled.
    write(folder, "latin-\udce9.toml", "")
    with pytest.raises(ProjectError) as at_bundle:
        bundle(folder, ebignore)
    with worktree(git.find(folder), "HEAD") as checkout, pytest.raises(ProjectError) as at_release:
        check(Project("shop", "0", Recipe("0")), checkout)
    assert at_release.value.message == at_bundle.value.message
    lines = at_bundle.value.message.splitlines()[1:]
    assert len(lines) == len(BAD_NAMES) + 1
    assert "  .platform/latin-\\xe9: its name is not UTF-8" in lines
    assert "  .platform/a\\nb: unzip removes control characters from names" in lines
    assert "git mv" in at_bundle.value.hint


def test_lfs_pointer_is_not_bundled(folder: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 3\n"
    write(folder, "beside.bin", pointer)
    assert "docker-compose.yml" in bundle(folder, None)
    write(folder, ".platform/größe.bin", pointer)
    with pytest.raises(ProjectError, match=r"Git LFS pointers.*: \.platform/größe\.bin") as caught:
        bundle(folder, None)
    with worktree(git.find(folder), "HEAD") as checkout, pytest.raises(ProjectError) as at_release:
        check(Project("shop", "0", Recipe("0")), checkout)
    assert at_release.value.message == caught.value.message


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
