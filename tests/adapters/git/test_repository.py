"""Git under the settings, and in the kinds of clones, that people and build services have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import history as git_history
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import repository as git
from dockdj.adapters.git import tags as git_tags
from dockdj.adapters.git.transplant import transplant
from dockdj.adapters.git.worktree import WORKTREE, worktree
from dockdj.adapters.machine import owner
from dockdj.errors import CommandFailed, ProjectError
from dockdj.model.files import File
from dockdj.model.project.stack_paths import Stack, application_print
from tests.support.project import commit, write
from tests.support.project import git as run

SETTINGS = {
    "plain": "",
    "crlf": "[core]\n\tautocrlf = true\n",
    "eol": "[core]\n\teol = crlf\n[core]\n\tattributesFile = ATTRIBUTES\n",
    "signing": "[commit]\n\tgpgsign = true\n[tag]\n\tgpgSign = true\n[log]\n\tshowSignature = true\n",
    "hooks": "[core]\n\thooksPath = HOOKS\n",
    "quoting": "[core]\n\tquotepath = true\n[status]\n\trelativePaths = false\n[color]\n\tui = always\n",
}


@pytest.fixture(params=SETTINGS)
def settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/post-checkout").write_text("#!/bin/sh\necho hooked > hooked.txt\n")
    (tmp_path / "hooks/post-checkout").chmod(0o755)
    (tmp_path / "attributes").write_text("* text=auto\n")
    text = SETTINGS[request.param].replace("HOOKS", str(tmp_path / "hooks"))
    (tmp_path / "config").write_text(text.replace("ATTRIBUTES", str(tmp_path / "attributes")))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a program and a file, in a folder and under names that need quoting."""
    made = tmp_path / "my shöp"
    made.mkdir()
    run(made, "init", "--quiet", "--initial-branch", "main")
    write(made, ".platform/hooks/wörk it", "#!/bin/sh\necho 1\n")
    (made / ".platform/hooks/wörk it").chmod(0o755)
    write(made, "app.py", "one\ntwo\n")
    run(made, "add", "--all")
    run(made, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "first")
    return made


def test_personal_settings_do_not_change_checkouts_bundles_or_tags(settings: str, folder: Path) -> None:
    repository = git.find(folder)
    sha = git.resolve(repository, "HEAD")
    assert git_files.below(repository, sha, (".platform", ".none")) == (
        File(".platform/hooks/wörk it", b"#!/bin/sh\necho 1\n", 0o755),
    )
    with worktree(repository, sha) as tree:
        found = {
            path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file() and path.name != ".git"
        }
        assert found == {".platform/hooks/wörk it", "app.py"}
        assert (tree / "app.py").read_bytes() == b"one\ntwo\n"
    git_references.create_release(repository, "v1.0.0", sha, "shop\n\nrelease.json {}\n", "release-v1.0")
    assert git_tags.message(repository, "v1.0.0") == b"shop\n\nrelease.json {}\n"
    write(folder, "app.py", "three\n")
    write(folder, "näw.py", "")
    assert git.modified(repository) == ("app.py",)
    assert git.untracked(repository) == ("näw.py",)
    run(folder, "-c", "commit.gpgsign=false", "commit", "--quiet", "--all", "--message", "sécond\x1fhalf")
    (newest,), _ = git_history.between(repository, sha, "HEAD")
    assert (newest.subject, newest.author) == ("sécond\x1fhalf", "Dev")


def test_files_of_any_name_are_listed_and_read_as_they_are(folder: Path) -> None:
    names = ("latin-\udce9", "latin-\udcff", "carriage\rreturn\r\n", "tab\t", "back\\slash", "trailing. ", "größe")
    for name in names:
        write(folder, f"odd/{name}", repr(name))
    (folder / "odd/link").symlink_to("latin-\udce9")
    run(folder, "-c", "commit.gpgsign=false", "add", "--all")
    run(folder, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "odd")
    repository = git.find(folder)
    files = {file.path: file.content for file in git_files.below(repository, "HEAD", ["odd"])}
    assert files == {f"odd/{name}": repr(name).encode() for name in names} | {"odd/link": b"latin-\xe9"}
    assert {f"odd/{name}" for name in names} < set(git_files.blobs(repository, "HEAD") or {})
    assert application_print(git_files.entries(repository, "HEAD") or (), Stack())
    sha = git.resolve(repository, "HEAD")
    copy = transplant(repository, sha, sha, lambda path: path.startswith("odd/"), "copy")
    assert git.tree(repository, copy) == git.tree(repository, sha)


def test_tag_is_not_created_if_its_branch_exists(folder: Path) -> None:
    repository = git.find(folder)
    sha = git.resolve(repository, "HEAD")
    run(folder, "branch", "release-v1.0")
    with pytest.raises(CommandFailed):
        git_references.create_release(repository, "v1.0.0", sha, "m\n", "release-v1.0")
    assert run(folder, "tag") == ""


def test_detached_clone_without_local_branches_uses_the_remotes(folder: Path, tmp_path: Path) -> None:
    clone = tmp_path / "ci"
    run(tmp_path, "clone", "--quiet", str(folder), str(clone))
    run(clone, "checkout", "--quiet", "--detach")
    run(clone, "branch", "--delete", "--force", "main")
    run(clone, "remote", "set-head", "origin", "--delete")
    repository = git.find(clone)
    references = git_references.read(repository, "origin")
    assert references.default_branch() == "main"
    assert references.places("main") == ("refs/remotes/origin/main",)
    head = git.resolve(repository, "HEAD")
    assert git_references.containing(repository, head, references.places("main")) == {"refs/remotes/origin/main"}
    assert not repository.shallow


def test_shallow_clone_is_recognised(folder: Path, tmp_path: Path) -> None:
    write(folder, "app.py", "2\n")
    commit(folder, "second")
    run(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{folder}", str(tmp_path / "shallow"))
    assert git.find(tmp_path / "shallow").shallow


def test_worktree_of_a_killed_run_is_removed_and_of_a_running_one_kept(folder: Path, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from dockdj.adapters.git import repository as git;"
        "from dockdj.adapters.git.worktree import worktree; r = git.find(Path(sys.argv[1]))\n"
        "with worktree(r, 'HEAD'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    killed = subprocess.run([sys.executable, "-c", code, str(folder)], env=environment, check=False)
    assert killed.returncode == -9
    (left,) = tmp_path.glob(f"{WORKTREE}*")
    repository = git.find(folder)
    with worktree(repository, "HEAD"):
        assert not left.exists()
        with worktree(repository, "HEAD"):
            assert run(folder, "worktree", "list").count("\n") == 2
    assert run(folder, "worktree", "list").count("\n") == 0


def test_worktree_of_another_machine_is_kept_though_its_folder_is_missing(folder: Path, tmp_path: Path) -> None:
    host, _, process = owner().rpartition(":")
    gone = subprocess.Popen(["true"])
    gone.wait()
    others = {f"elsewhere:{process}": 1, f"{host}:{gone.pid}": 0, "": 1}
    for number, (made_by, left) in enumerate(others.items()):
        there = tmp_path / f"{number}" / "tree"
        reason = f"dockdj {made_by}" if made_by else "a person's, on a disk that is not here"
        run(folder, "worktree", "add", "--quiet", "--detach", "--lock", "--reason", reason, str(there))
        there.rename(tmp_path / f"{number}" / "unseen")
        with worktree(git.find(folder), "HEAD"):
            pass
        assert run(folder, "worktree", "list").count(str(there)) == left


def test_repository_of_another_user_is_refused_with_the_setting_that_trusts_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ProjectError, match="belongs to another user") as caught:
        git.find(folder)
    assert "safe.directory" in caught.value.hint
