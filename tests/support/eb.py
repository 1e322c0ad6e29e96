"""The files that Amazon's `eb` client bundles, from locked packages."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType

LOCK = Path(__file__).parents[2] / "requirements/amazon.txt"
# Reads a JSON line with the texts of .ebignore files; answers with a JSON line with the bundled files of each.
SERVER = """
import json, os, sys, warnings, zipfile
from unittest import mock
from ebcli.core import fileoperations as files, io
io.log_info = lambda *_: None
warnings.simplefilter("ignore")
root, archive = sys.argv[1:]
os.chdir(root)
def bundled(text):
    with open(".ebignore", "w", encoding="utf-8", newline="") as file:
        file.write(text)
    try:
        files.zip_up_project(archive, ignore_list=files.get_ebignore_list())
    except Exception as error:
        return f"fails"
    with zipfile.ZipFile(archive) as zip:
        return [os.path.normpath(file.filename) for file in zip.infolist() if not file.is_dir()]
for line in sys.stdin:
    print(json.dumps([bundled(text) for text in json.loads(line)]), flush=True)
"""


class Client:
    """A running client and the folder that it bundles, as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self._archive = folder / "bundle.zip"
        (self.folder / ".elasticbeanstalk").mkdir(parents=True)
        (self.folder / ".elasticbeanstalk/config.yml").write_text("global: {}\n")

    def make(self, files: Mapping[str, str], links: Mapping[str, str]) -> None:
        """Fill the folder."""
        for path, text in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)
        for path, target in links.items():
            (self.folder / path).symlink_to(target)

    def bundled(self, texts: list[str]) -> list[set[str] | str]:
        """The files that the client bundles with each text as its .ebignore, or `fails` if it ends with an error."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(texts) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return [files if isinstance(files, str) else set(files) for files in answer]

    def __enter__(self) -> "Client":
        argv = [str(python()), "-c", SERVER, str(self.folder), str(self._archive)]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}
        self._process: subprocess.Popen[str] = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream
            stream.close()
        self._process.wait(120)


def program() -> Path:
    """The locked client as people call it."""
    return python().with_name("eb")


def python() -> Path:
    """The interpreter of a virtual environment with the locked client, created once per lock."""
    key = sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    environment = Path(tempfile.gettempdir()) / f"dockdj-eb-{os.getuid()}-{key}"
    if not environment.exists():
        with tempfile.TemporaryDirectory(dir=environment.parent, prefix=f"{environment.name}.") as temporary:
            draft = Path(temporary) / "venv"
            uv = [sys.executable, "-m", "uv"]
            subprocess.run([*uv, "venv", "--quiet", "--relocatable", str(draft)], check=True)
            install = [*uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(draft / "bin/python")]
            subprocess.run([*install, "--requirement", str(LOCK)], check=True)
            try:
                draft.rename(environment)
            except OSError:
                # Another test process created it first.
                assert environment.exists()
    return environment / "bin/python"
