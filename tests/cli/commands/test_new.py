import json
from pathlib import Path

import pytest

from dockdj.cli.main import main


def test_new_prints_the_project_and_the_next_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "shop")]) == 0
    said = capsys.readouterr().out
    steps = [line.split() for line in said.partition("Next:\n")[2].splitlines()]
    assert [" ".join(words[:3]) for words in steps if words[0] in ("dockdj", "git")] == [
        *("dockdj start dev", "dockdj image build", "dockdj start prod", "git commit -a", "dockdj release 1.0.0")
    ]
    assert "--detach: returns" in said
    edited = next(word for words in steps for word in words if word.endswith(".py"))
    assert "Hello from shop" in (tmp_path / "shop" / edited).read_text()


def test_new_json_names_project_and_commit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "web"), "--name", "shop", "--defaults", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["name"], data["project"], len(data["commit"])) == ("shop", str(tmp_path / "web"), 40)


@pytest.mark.parametrize("options", [["--platform", "heroku"], ["--database", "oracle"], ["--name", "No"]])
def test_new_with_invalid_answers_exits_2_and_writes_nothing(tmp_path: Path, options: list[str]) -> None:
    assert main(["new", str(tmp_path / "shop"), *options]) == 2
    assert list(tmp_path.iterdir()) == []


def test_new_in_a_folder_with_files_exits_1_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert main(["new", str(tmp_path), "--name", "shop"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_new_writes_the_given_source_and_not_this_machines(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "one"), "--name", "shop", "--quiet"]) == 0
    address = f"git+https://example.org/x@{'a1' * 20}"
    assert main(["new", str(tmp_path / "two"), "--name", "shop", "--quiet", "--source", address]) == 0
    one, two = ((tmp_path / name / "dockdj.toml").read_text() for name in ("one", "two"))
    assert 'source = "vendor/dockdj_cli-' in one and str(Path(__file__).parents[3]) not in one
    assert f'source = "{address}"' in two
    assert len(list((tmp_path / "one/vendor").glob("*.whl"))) == 1
    assert list((tmp_path / "two/vendor").glob("*.whl")) == []


@pytest.mark.parametrize("source", ["dockdj-cli", "git+https://example.org/x", "git+https://example.org/x@v1"])
def test_new_with_a_source_without_commit_or_hash_exits_2_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    assert main(["new", str(tmp_path / "shop"), "--source", source]) == 2
    assert "git+https://HOST/PATH@COMMIT" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
