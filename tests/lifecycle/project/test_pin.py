"""A project moves to the running Dockdj."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from dockdj import __version__
from dockdj.adapters import installation, project_file
from dockdj.errors import ProjectError, UsageError
from dockdj.lifecycle.project import new
from dockdj.lifecycle.project.new import Answers
from dockdj.lifecycle.project.pin import pin, pinned_text
from dockdj.model.project.source import REQUIREMENTS

ADDRESS = f"git+https://example.org/dockdj.git@{'a1' * 20}"


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


@pytest.mark.parametrize("line", ['source = "dockdj-cli"\n', ""])
def test_project_of_an_early_dockdj_gets_a_wheel_and_keeps_every_other_line(tmp_path: Path, line: str) -> None:
    root = new.new(tmp_path / "shop", Answers("shop", dockdj="0.0.9", source="wheel")).root
    expected = files(root)
    text = (root / "dockdj.toml").read_text()
    before = [each for each in text.splitlines(keepends=True) if not each.startswith("source = ")]
    before.insert(before.index('dockdj = "0.0.9"\n') + 1, line)
    (root / "dockdj.toml").write_text("".join(before))
    (root / "vendor/dockdj_cli-0.0.9-py3-none-any.whl").write_bytes(b"old")
    for path in ("bin/dockdj", REQUIREMENTS):
        (root / path).write_text("of an early dockdj\n")

    pinned = pin(project_file.load(root), "wheel")

    wheel = installation.wheel()
    assert pinned.dockdj == __version__
    assert pinned.source == f"vendor/{wheel.path}#sha256={hashlib.sha256(wheel.content).hexdigest()}"
    assert pinned.removed == ("vendor/dockdj_cli-0.0.9-py3-none-any.whl",)
    expected["dockdj.toml"] = expected["dockdj.toml"].replace(b'dockdj = "0.0.9"', f'dockdj = "{__version__}"'.encode())
    assert files(root) == expected
    assert (root / "bin/dockdj").stat().st_mode & 0o111
    assert pin(project_file.load(root), "wheel").removed == ()
    assert files(root) == expected


def test_project_moves_from_a_wheel_to_a_git_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = new.new(tmp_path / "shop", Answers("shop")).root
    document = {"url": "https://example.org/dockdj.git", "vcs_info": {"vcs": "git", "commit_id": "a1" * 20}}
    monkeypatch.setattr(installation, "direct_url", lambda: document)
    pinned = pin(project_file.load(root))
    assert (pinned.source, project_file.load(root).source) == (ADDRESS, ADDRESS)
    assert sorted(path.name for path in (root / "vendor").iterdir()) == ["dockdj-recipe.zip", "dockdj-requirements.txt"]


@pytest.mark.parametrize("given", ["dockdj-cli", "dockdj-cli[cloud]", "git+https://x.org/d@v1", "https://x.org/d.whl"])
def test_source_without_commit_or_hash_is_refused_and_nothing_is_written(tmp_path: Path, given: str) -> None:
    root = new.new(tmp_path / "shop", Answers("shop")).root
    before = files(root)
    with pytest.raises(UsageError, match="does not say what Dockdj it is"):
        pin(project_file.load(root), given)
    with pytest.raises(UsageError):
        new.new(tmp_path / "other", Answers("shop", source=given))
    assert files(root) == before
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "text",
    [
        "# shop\nname = 'shop'\ndockdj = '1' # ours\nsource='x'\n[recipe]\nversion = '1'\nsource = 'kept'\n",
        'name = "shop"\ndockdj = "1"\n',
        'name = "shop"\ndockdj = "1"\nsource = "ä \\" = x"\n\n  [recipe] # source = \n',
    ],
)
def test_only_two_values_change(text: str) -> None:
    pinned = pinned_text(text, "2", ADDRESS)
    assert tomllib.loads(pinned) == {**tomllib.loads(text), "dockdj": "2", "source": ADDRESS}
    assert [line for line in text.splitlines() if line not in pinned.splitlines()] == [
        line for line in text.splitlines()[:4] if line.startswith(("dockdj", "source"))
    ]


@pytest.mark.parametrize(
    "text",
    [
        'name = "shop"\n"dockdj" = "1"\nsource = "x"\n',
        'name = """\ndockdj = 1\n"""\ndockdj = "1"\n',
        'dockdj = """1\n"""\nname = "shop"\n',
        'name = "shop"\ndockdj = "1"\nlist = [\n[1],\n]\nsource = "x"\n',
    ],
)
def test_lines_that_cannot_be_changed_safely_are_refused(text: str) -> None:
    with pytest.raises(ProjectError, match="cannot be changed safely"):
        pinned_text(text, "2", ADDRESS)
