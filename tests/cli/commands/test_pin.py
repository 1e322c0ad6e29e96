import json
from pathlib import Path

import pytest

from dockdj import __version__
from dockdj.cli.main import main


def test_pin_names_what_it_wrote_and_the_commit_to_make(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "shop"), "--quiet"]) == 0
    (tmp_path / "shop/bin/dockdj").unlink()
    capsys.readouterr()

    assert main(["--project", str(tmp_path / "shop"), "pin", "--json"]) == 0

    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["dockdj"], data["removed"]) == (__version__, [])
    assert data["source"].startswith("vendor/dockdj_cli-") and data["written"][-1] == "dockdj.toml"
    assert all((tmp_path / "shop" / path).is_file() for path in data["written"])
    assert main(["--project", str(tmp_path / "shop"), "pin"]) == 0
    assert "git add --all dockdj.toml bin vendor" in capsys.readouterr().out
    assert main(["--project", str(tmp_path / "shop"), "pin", "--source", "dockdj-cli"]) == 2
