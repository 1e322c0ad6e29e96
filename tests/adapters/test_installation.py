"""The running Dockdj as a wheel, and where its installer says that it is from."""

import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from dockdj.adapters import installation
from dockdj.errors import Refused

ROOT = Path(__file__).parents[2]
READ = """
import sys
from dockdj.adapters import installation
from dockdj.lifecycle.project.source import choose
sys.stdout.buffer.write(installation.wheel().content)
print(choose().text, file=sys.stderr, end="")
"""


@pytest.fixture(scope="module")
def archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(installation.wheel().content))


def test_wheel_has_every_committed_file_and_no_other(archive: zipfile.ZipFile) -> None:
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "src/dockdj"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    committed = {path.removeprefix("src/") for path in listed.split("\0") if path and (ROOT / path).exists()}
    assert {name for name in archive.namelist() if name.startswith("dockdj/")} == committed
    assert (
        archive.read("dockdj/recipe/project/bin/dockdj") == (ROOT / "src/dockdj/recipe/project/bin/dockdj").read_bytes()
    )


def test_record_of_the_wheel_has_the_hash_of_every_file(archive: zipfile.ZipFile) -> None:
    folder = f"dockdj_cli-{metadata.version('dockdj-cli')}.dist-info"
    rows = [line.split(",") for line in archive.read(f"{folder}/RECORD").decode().splitlines()]
    assert {row[0] for row in rows} == set(archive.namelist())
    for name, expected, size in rows[:-1]:
        content = archive.read(name)
        assert expected == "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        assert int(size) == len(content)
    assert rows[-1] == [f"{folder}/RECORD", "", ""]
    assert f"{folder}/licenses/LICENSE" in archive.namelist()


def test_wheel_installs_and_makes_the_same_wheel_again(tmp_path: Path) -> None:
    """A project made by a colleague's installation passes the same Dockdj on."""
    wheel = installation.wheel()
    (tmp_path / wheel.path).write_bytes(wheel.content)
    uv = Path(sys.executable).parent / "uv"
    argv = [str(uv), "pip", "install", "-q", "--offline", "--no-deps", "--python", sys.executable]
    cache = {**os.environ, "UV_CACHE_DIR": str(tmp_path / "cache")}
    subprocess.run([*argv, "--target", str(tmp_path / "target"), str(tmp_path / wheel.path)], check=True, env=cache)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "target")}
    done = subprocess.run([sys.executable, "-c", READ], env=environment, capture_output=True, check=True, cwd=tmp_path)
    assert done.stdout == wheel.content
    assert done.stderr.decode() == f"vendor/{wheel.path}#sha256={hashlib.sha256(wheel.content).hexdigest()}"


def test_wheel_of_code_that_is_not_the_installed_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "__version__", "9.9.9")
    installation.wheel.cache_clear()
    try:
        with pytest.raises(Refused, match=r"is 9\.9\.9, but its installation says"):
            installation.wheel()
    finally:
        installation.wheel.cache_clear()


@pytest.mark.parametrize(("text", "expected"), [('{"url": "x"}', {"url": "x"}), ("{", {}), ("[]", {}), (None, {})])
def test_direct_url_is_read_only_if_it_is_of_the_running_code(
    text: str | None, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Distribution:
        folder = ROOT / "src"

        def read_text(self, _: str) -> str | None:
            return text

        def locate_file(self, name: str) -> Path:
            return self.folder / name

    monkeypatch.setattr(metadata, "distribution", lambda _: Distribution())
    assert installation.direct_url() == expected
    monkeypatch.setattr(Distribution, "folder", ROOT / "elsewhere")
    assert installation.direct_url() == {}


def test_requirements_of_the_local_cloud_are_those_of_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert installation.requirements("cloud") == tuple(project["optional-dependencies"]["cloud"])


def test_lock_of_new_projects_has_every_dependency_in_the_version_that_the_tests_use() -> None:
    pattern = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
    text = (ROOT / "src/dockdj/recipe/project/vendor/dockdj-requirements.txt").read_text()
    lock, tested = dict(pattern.findall(text)), dict(pattern.findall((ROOT / "requirements/dev.txt").read_text()))
    assert {name: tested.get(name) for name in lock} == lock
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["cloud"],
        *project["build-system"]["requires"],
    ]
    names = {re.split(r"[\[<>=]", line)[0].replace(".", "-") for line in wanted}
    assert names <= set(lock)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert json.dumps(text).count("://") == 0
