"""`dockdj env`: exit codes, text and JSON. A secret is never shown."""

import json
from pathlib import Path

import pytest

from dockdj.cli.main import main
from tests.lifecycle.environments.test_variables import CONTRACT, PROJECT
from tests.support.project import write

GOOD = "ENV_NAME=prod\nENV_SECRET_KEY=hidden-key\nPOSTGRES_PASSWORD=hidden-too\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, "environments/dev/.env.example", CONTRACT)
    write(tmp_path, "environments/prod/.env.example", CONTRACT)
    write(tmp_path, "environments/prod/.env", GOOD)
    write(tmp_path, "dockdj.toml", PROJECT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_valid_variables_exit_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "check"]) == 0
    assert capsys.readouterr().out == (
        "environments/dev/.env: 4 variables, all valid\nenvironments/prod/.env: 4 variables, all valid\n"
    )
    assert main(["env", "check", "--to", "production", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"] == {"checked": ["production"]}


def test_env_check_names_every_mistake(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "environments/prod/.env", "ENV_SECRET_KEY=hidden-key\nENV_LOG_LEVL=x\n")
    write(folder, "environments/dev/.env", "ENV_NAME=a b\n")
    assert main(["env", "check"]) == 1
    said = capsys.readouterr().err
    assert "environments/dev/.env:1: ENV_NAME: the value holds a space" in said
    assert "environments/prod/.env: ENV_NAME is missing: Which environment this is." in said
    assert "ENV_LOG_LEVL is not in the contract; did you mean ENV_LOG_LEVEL?" in said
    assert main(["env", "check", "dev"]) == 1
    assert "environments/prod" not in capsys.readouterr().err


def test_secret_as_plain_value_of_a_target_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "dockdj.toml", PROJECT.partition("[targets.production.secrets]")[0] + 'ENV_SECRET_KEY = "hidden"\n')
    assert main(["env", "check", "--to", "production", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["errors"][0]
    assert error["code"] == "refused"
    assert "production: ENV_SECRET_KEY is a secret and has a plain value" in error["message"]
    assert "hidden" not in error["message"]


def test_the_former_name_of_the_target_option_works_and_help_does_not_list_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["env", "check", "--target", "production", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"] == {"checked": ["production"]}
    assert main(["env", "check", "--help"]) == 0
    help_text = capsys.readouterr().out
    assert "--to TARGET" in help_text
    assert "--target" not in help_text


def test_env_list_shows_values_and_no_secret(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "list", "prod"]) == 0
    text = capsys.readouterr().out
    assert [line.split()[0] for line in text.splitlines()] == [
        *("ENV_NAME", "ENV_SECRET_KEY", "ENV_LOG_LEVEL", "POSTGRES_PASSWORD")
    ]
    assert "= prod" in text
    assert "hidden" not in text
    assert main(["env", "list", "prod", "--json"]) == 0
    text = capsys.readouterr().out
    assert "hidden" not in text
    named = {one["name"]: one for one in json.loads(text)["data"]["variables"]}
    assert (named["ENV_SECRET_KEY"]["set"], named["ENV_SECRET_KEY"]["value"]) == (True, None)
    assert (named["ENV_LOG_LEVEL"]["set"], named["POSTGRES_PASSWORD"]["local"]) == (False, True)


def test_env_diff_shows_values_and_only_set_or_not_set_for_secrets(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, "environments/dev/.env.example", CONTRACT + "# optional. Debugging.\nENV_DEBUG=true\n")
    write(folder, "environments/dev/.env", "ENV_NAME=dev\nENV_SECRET_KEY=other-hidden\nENV_DEBUG=true\n")
    assert main(["env", "diff", "dev", "prod"]) == 0
    text = capsys.readouterr().out
    assert [" ".join(line.split()) for line in text.splitlines()] == [
        *("dev prod", "ENV_NAME = dev = prod", "POSTGRES_PASSWORD not set set", "ENV_DEBUG = true not there")
    ]
    assert main(["env", "diff", "dev", "prod", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["variables"][0] == {"name": "ENV_NAME", "from": "= dev", "to": "= prod"}
    assert main(["env", "diff", "dev", "dev"]) == 0
    assert capsys.readouterr().out == "no difference\n"


def test_unknown_environment_or_target_exits_2(folder: Path) -> None:
    assert main(["env", "check", "dev", "--to", "production"]) == 2
    assert main(["env", "check", "nowhere"]) == 2
    assert main(["env", "check", "--to", "nowhere"]) == 2
