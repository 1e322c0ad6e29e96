"""The command line of `dockdj restack`, without a build."""

from pathlib import Path

import pytest

from dockdj.cli.main import main
from tests.support import project as projects
from tests.support.releases import tagged


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (["--to", "nowhere"], "no target `nowhere`"),
        (["--base", "debian"], "is not NAME=IMAGE"),
        (["--base", "a=b", "--stack-from", "1.0.0"], "--stack-from chooses the base images"),
    ],
)
def test_restack_refuses_a_wrong_command_line_first(
    options: list[str],
    cause: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tagged(projects.make(tmp_path), "1.0.0")
    monkeypatch.chdir(tmp_path)
    assert main(["restack", "1.0.0", *options]) == 2
    assert cause in capsys.readouterr().err
