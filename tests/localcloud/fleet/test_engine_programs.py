"""The programs that the engine of an instance starts."""

import os
import sys
from pathlib import Path

import pytest

from dockdj.localcloud.fleet.image.instance.eb_engine import machine


def test_output_that_is_not_utf_8_is_read() -> None:
    assert machine.output(sys.executable, "-c", "import os; os.write(1, b'a\\xffb')") == "a\ufffdb"


def test_a_daemon_that_hangs_is_waited_for_no_longer_than_one_that_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\nexec sleep 600\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(machine, "DAEMON_SECONDS", 0.2)
    with pytest.raises(machine.Failed, match="does not answer"):
        machine.wait_for_daemon()
