"""`dockdj cloud`: the commands of the local cloud."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from dockdj.adapters.beanstalk import local_cloud
from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from dockdj.cli.commands.cloud import as_text, variables_of
from dockdj.cli.main import main
from dockdj.localcloud.state import settings
from tests.localcloud.impostor import impostor
from tests.support import ports, runs

ADDRESS = CloudAddress("http://127.0.0.1:5577", "127.0.0.1:5000", "us-east-1", "LOCALKEY", "it's secret", 1)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKDJ_STATE", str(tmp_path / "cloud"))
    return tmp_path / "cloud"


def test_command_line_does_not_import_the_server() -> None:
    script = "import sys, dockdj.cli.commands.cloud; print({'moto', 'werkzeug', 'boto3'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "set()\n"
    )


@pytest.mark.parametrize("command", ["status", "env"])
def test_command_without_a_running_cloud_exits_4_and_hints_to_start_it(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cloud", command]) == 4
    assert capsys.readouterr().err.endswith("hint: dockdj cloud up\n")


@pytest.mark.parametrize("command", ["status", "env"])
def test_impostor_on_the_clouds_port_is_named_and_gets_no_byte(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with impostor() as program:
        local_cloud.write(CloudAddress(f"http://127.0.0.1:{program.port}", "127.0.0.1:1", "us-east-1", "K", "key", 1))
        assert main(["cloud", command]) == 4
    error = capsys.readouterr().err
    assert f"port {program.port} is held by another program, which does not know this cloud's key" in error
    assert error.endswith("hint: dockdj cloud up\n")
    assert program.received == b""


def test_missing_packages_are_named_with_the_command_that_installs_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "moto" else find_spec(name))
    assert main(["cloud", "up"]) == 4
    error = capsys.readouterr().err
    assert "needs moto" in error and "pip install 'moto[s3]==" in error and "'werkzeug>=" in error
    # A name on a public index that is not ours.
    assert "dockdj-cli" not in error


def test_shell_evaluates_the_printed_variables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dockdj.adapters.beanstalk.local_cloud.require", lambda: ADDRESS)
    assert main(["cloud", "env"]) == 0
    script = capsys.readouterr().out + 'printf %s "$AWS_SECRET_ACCESS_KEY"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == "it's secret"
    assert list(variables_of(ADDRESS)) == [
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "DOCKDJ_REGISTRY",
    ]


def test_overview_text_lists_environments_causes_and_instances() -> None:
    instance = {"id": "i-1", "health": "Ok", "label": "v1"}
    environment = {
        "name": "shop",
        "label": "v1",
        "status": "Ready",
        "health": "Ok",
        "url": "http://x",
        "causes": ["why"],
    }
    overview = {"endpoint": "e", "registry": "r", "environments": [{**environment, "instances": [instance]}]}
    assert as_text(overview).splitlines() == [
        "endpoint  e", "registry  r", "shop: v1  Ready, Ok  http://x", "    why", "  i-1  Ok        v1",
    ]  # fmt: skip


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.create_server(("127.0.0.1", ports.free())) as listener:
        yield listener.getsockname()[1]


def dockdj(*words: str) -> tuple[int, Any, str]:
    """The exit code, the JSON data and the standard error of a command."""
    argv = [sys.executable, "-m", "dockdj.cli.main", "cloud", *words, "--json"]
    result = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=1800)
    return result.returncode, json.loads(result.stdout)["data"], result.stderr


# In the group of the other tests that start clouds: while this cloud is down, its registry's port must stay free.
@pytest.mark.xdist_group("cloud")
@pytest.mark.docker
def test_cloud_survives_kill_and_restart_and_reset_removes_everything(folder: Path, taken: int) -> None:
    runs.add_cloud(settings.cloud_id(folder))
    settings.save(folder, settings.with_port(settings.load(folder), taken))
    try:
        code, up, error = dockdj("up")
        assert code == 0
        assert f"port {taken} is taken" in error
        address = local_cloud.read()
        assert address and address.endpoint == up["endpoint"] != f"http://127.0.0.1:{taken}"
        assert dockdj("up")[1] == up

        os.kill(up["pid"], signal.SIGKILL)
        assert dockdj("status")[0] == 4
        code, again, _ = dockdj("up")
        assert (code, again["endpoint"], again["registry"]) == (0, up["endpoint"], up["registry"])
        assert again["pid"] != up["pid"]
        assert dockdj("status")[1]["environments"] == []
        variables = dockdj("env")[1]
        session = boto3.Session(
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_DEFAULT_REGION"],
        )
        storage = session.client("s3", endpoint_url=variables["AWS_ENDPOINT_URL"])
        storage.create_bucket(Bucket="kept")

        assert dockdj("down")[0] == 0
        assert containers(folder, running=True) == []
        assert dockdj("status")[0] == 4
        assert dockdj("up")[0] == 0
        assert [bucket["Name"] for bucket in storage.list_buckets()["Buckets"]] == ["kept"]
    finally:
        assert dockdj("reset", "--yes")[0] == 0
    assert containers(folder, running=False) == []
    assert not (folder / "s3").exists()


def containers(folder: Path, *, running: bool) -> list[str]:
    """The containers of the cloud in this folder."""
    label = f"label=org.dockdj.cloud={settings.cloud_id(folder)}"
    argv = ["docker", "ps", "--quiet", "--filter", label, *([] if running else ["--all"])]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
