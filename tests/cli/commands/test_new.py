import json
from pathlib import Path

import pytest

from dockdj.cli.main import main


def test_new_says_what_was_made_and_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "shop")]) == 0
    said = capsys.readouterr().out
    steps = [line.split() for line in said.partition("Next:\n")[2].splitlines()]
    assert [" ".join(words[:3]) for words in steps if words[0] in ("dockdj", "git")] == [
        *("dockdj start dev", "dockdj image build", "dockdj start prod", "git commit -a", "dockdj release 1.0.0")
    ]
    assert "--detach: returns" in said
    edited = next(word for words in steps for word in words if word.endswith(".py"))
    assert "Hello from shop" in (tmp_path / "shop" / edited).read_text()


def test_new_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "web"), "--name", "shop", "--defaults", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["name"], data["project"], len(data["commit"])) == ("shop", str(tmp_path / "web"), 40)


@pytest.mark.parametrize("options", [["--platform", "heroku"], ["--database", "oracle"], ["--name", "No"]])
def test_what_it_cannot_make_is_exit_2(tmp_path: Path, options: list[str]) -> None:
    assert main(["new", str(tmp_path / "shop"), *options]) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_exit_1(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert main(["new", str(tmp_path), "--name", "shop"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_installs_dockdj_is_an_answer_and_never_taken_from_this_machine(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "one"), "--name", "shop", "--quiet"]) == 0
    assert (
        main(["new", str(tmp_path / "two"), "--name", "shop", "--quiet", "--source", "git+https://example.org/x"]) == 0
    )
    one, two = ((tmp_path / name / "dockdj.toml").read_text() for name in ("one", "two"))
    assert 'source = "dockdj-cli"' in one
    assert 'source = "git+https://example.org/x"' in two
