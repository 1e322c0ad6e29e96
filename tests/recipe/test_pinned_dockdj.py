"""bin/dockdj installs what dockdj.toml pins and nothing else: with a `uv` that notes its arguments, and a real one."""

import hashlib
import http.server
import itertools
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.lifecycle.project import new
from dockdj.lifecycle.project.new import Answers
from dockdj.model.project.source import REQUIREMENTS
from tests.recipe.test_wrappers import AT_MOST, OURS, SAYS, install

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HASH = hashlib.sha256(b"a wheel").hexdigest()
# Makes an environment whose `dockdj` is of the version in the file `version`.
UV = r"""#!/bin/sh
printf '%s|' "$@" >>"$0.log"
echo >>"$0.log"
for last; do :; done
if [ "$1" = venv ]; then
    mkdir -p "$last/bin"
    : >"$last/bin/python"
    chmod 755 "$last/bin/python"
    echo "$last" >"$0.last"
elif [ -e "$0.fails" ]; then
    echo "no such package" >&2
    exit 2
else
    new=$(cat "$0.last")
    sed "s/VERSION/$(cat "$0.version")/" "$0.dockdj" >"$new/bin/dockdj"
    chmod 755 "$new/bin/dockdj"
fi
"""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new.new(tmp_path_factory.mktemp("new") / "shop", Answers("shop", dockdj=OURS, source="wheel")).root


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Path:
    """A project whose folder has a name that must be encoded in addresses."""
    return Path(shutil.copytree(pristine, tmp_path / "50% of a shöp #1 [x]"))


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The first folder of PATH, with a `uv` that installs a `dockdj` of the pinned version."""
    folder = tmp_path / "a machine"
    folder.mkdir()
    for name, text in {"uv": UV, "uv.version": OURS, "uv.dockdj": SAYS.replace(OURS, "VERSION")}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def typed(
    project: Path, machine: Path, *words: str, path: str = "/usr/bin:/bin", **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{machine}:{path}", **variables}
    argv = [*AT_MOST, str(project / "bin/dockdj"), *words]
    return subprocess.run(argv, cwd=machine, env=environment, capture_output=True, text=True, check=False)


def calls(machine: Path) -> list[list[str]]:
    """The arguments of each call of uv."""
    log = machine / "uv.log"
    return [line.split("|")[:-1] for line in log.read_text().splitlines()] if log.exists() else []


def set_source(project: Path, line: str) -> None:
    file = project / "dockdj.toml"
    text, count = re.subn(r"^source = .*\n", lambda _: line, file.read_text(), flags=re.MULTILINE)
    assert count == 1
    file.write_text(text)


def installed(project: Path) -> list[str]:
    folder = project / ".dockdj/tool"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def wheel_of(project: Path) -> Path:
    return next(project.glob("vendor/*.whl"))


def test_wheel_is_installed_with_its_hash_instead_of_another_version_on_path(project: Path, machine: Path) -> None:
    install(machine, "dockdj", version="0.0.1")
    done = typed(project, machine, "history")
    assert (done.returncode, done.stdout) == (0, f"NAME in {machine}: history\n"), done.stderr
    venv, pip = calls(machine)
    lock = str(project / REQUIREMENTS)
    folder = str(project).replace("%", "%25").replace(" ", "%20").replace("#", "%23").replace("[", "%5B")
    address = f"file://{folder.replace(']', '%5D')}/vendor/{wheel_of(project).name}"
    assert pip[-1] == f"dockdj-cli @ {address}#sha256={hashlib.sha256(wheel_of(project).read_bytes()).hexdigest()}"
    assert "--require-hashes" in pip
    assert {("--constraints", lock), ("--build-constraints", lock)} <= set(itertools.pairwise(pip))
    assert venv[0] == "venv"


def test_second_run_needs_no_uv(project: Path, machine: Path) -> None:
    assert typed(project, machine, "history").returncode == 0
    (machine / "uv").unlink()
    again = typed(project, machine, "history", "--json")
    assert (again.returncode, again.stdout, again.stderr) == (0, f"NAME in {machine}: history --json\n", "")
    # The local cloud has more packages.
    assert typed(project, machine, "cloud", "up").returncode == 4


@pytest.mark.parametrize(
    ("source", "words", "expected"),
    [
        (f"git+https://example.com/d.git@{COMMIT}", "history", f"dockdj-cli @ git+https://example.com/d.git@{COMMIT}"),
        (f"git+ssh://git@x.org/d@{COMMIT}", "cloud up", f"dockdj-cli[cloud] @ git+ssh://git@x.org/d@{COMMIT}"),
        (
            f"git+https://x.org/d@{COMMIT}#subdirectory=a/b",
            "--project . cloud up",
            f"dockdj-cli[cloud] @ git+https://x.org/d@{COMMIT}#subdirectory=a/b",
        ),
        (f"https://x.org/d.whl#sha256={HASH}", "history", f"dockdj-cli @ https://x.org/d.whl#sha256={HASH}"),
        ("/srv/dock dj", "history", "/srv/dock dj"),
        ("/srv/dockdj", "cloud up", "/srv/dockdj[cloud]"),
        ("../dockdj", "history", "{project}/../dockdj"),
    ],
)
def test_uv_receives_the_projects_source(project: Path, machine: Path, source: str, words: str, expected: str) -> None:
    set_source(project, f'source = "{source}"  # from there\n')
    done = typed(project, machine, *words.split())
    assert done.returncode == 0, done.stderr
    assert calls(machine)[1][-1] == expected.format(project=project)


@pytest.mark.parametrize(
    "line",
    [
        "",
        'source = ""\n',
        'source = "dockdj-cli"\n',
        'source = "dockdj-cli[cloud]"\n',
        'source = "git+https://example.com/dockdj.git"\n',
        'source = "git+https://example.com/dockdj.git@v1.0.0"\n',
        f'source = "git+https://example.com/dockdj.git@{COMMIT[:12]}"\n',
        'source = "https://example.com/dockdj_cli-1.0.0-py3-none-any.whl"\n',
        f'source = "https://example.com/x.whl#sha256={HASH[:-1]}"\n',
        'source = "vendor/dockdj_cli-0.1.0-py3-none-any.whl"\n',
        'source = "vendor/dockdj_cli-0.1.0-py3-none-any.whl#sha256=aa"\n',
    ],
)
def test_source_without_commit_or_hash_is_refused_before_anything_is_asked(
    project: Path, machine: Path, line: str
) -> None:
    set_source(project, line)
    done = typed(project, machine, "history")
    assert (done.returncode, done.stdout, calls(machine)) == (3, "", [])
    assert done.stderr.startswith("error: dockdj.toml has source = ") and "dockdj pin" in done.stderr
    # A dockdj of this version, installed by hand, still works.
    install(machine, "dockdj")
    assert typed(project, machine, "history").returncode == 0


def test_environment_whose_python_is_gone_is_installed_again(project: Path, machine: Path) -> None:
    assert typed(project, machine, "history").returncode == 0
    (tool,) = installed(project)
    python = project / ".dockdj/tool" / tool / "bin/python"
    python.unlink()
    python.symlink_to("/nonexistent/python3")
    assert typed(project, machine, "history").returncode == 0
    assert (len(calls(machine)), installed(project)) == (4, [tool])


@pytest.mark.parametrize("spoil", ["changed", "missing", "no lock"])
def test_spoilt_vendor_folder_is_named_and_nothing_is_installed(project: Path, machine: Path, spoil: str) -> None:
    wheel = wheel_of(project)
    if spoil == "changed":
        wheel.write_bytes(wheel.read_bytes() + b"\0")
    else:
        (wheel if spoil == "missing" else project / REQUIREMENTS).unlink()
    done = typed(project, machine, "history")
    assert (done.returncode, done.stdout, calls(machine)) == (3, "", [])
    expected = {
        "changed": f"SHA-256 {hashlib.sha256(wheel.read_bytes()).hexdigest() if wheel.exists() else ''}",
        "missing": f"{wheel} is missing",
        "no lock": f"{project / REQUIREMENTS} is missing",
    }[spoil]
    assert expected in done.stderr and "checkout -- vendor" in done.stderr


@pytest.mark.parametrize(("cause", "status"), [("version", 3), ("fails", 5)])
def test_failed_installation_leaves_nothing_and_can_be_repeated(
    project: Path, machine: Path, cause: str, status: int
) -> None:
    (machine / f"uv.{cause}").write_text("0.9.9")
    done = typed(project, machine, "history")
    assert (done.returncode, done.stdout, installed(project)) == (status, "", [])
    assert {"version": f"version 0.9.9, and dockdj.toml names {OURS}", "fails": "no such package"}[cause] in done.stderr
    (machine / "uv.fails").unlink(missing_ok=True)
    (machine / "uv.version").write_text(OURS)
    assert typed(project, machine, "history").returncode == 0
    assert len(installed(project)) == 1


def test_folder_that_moved_to_another_version_is_refused(project: Path, machine: Path) -> None:
    set_source(project, 'source = "../dockdj"\n')
    assert typed(project, machine, "history").returncode == 0
    program = project / ".dockdj/tool" / installed(project)[0] / "bin/dockdj"
    program.write_text(program.read_text().replace(f"version {OURS}", "version 0.9.9"))
    moved = typed(project, machine, "history")
    assert (moved.returncode, moved.stdout) == (3, "")
    assert f"has dockdj, version 0.9.9, and dockdj.toml names {OURS}" in moved.stderr


def test_two_first_runs_at_once_both_work(project: Path, machine: Path) -> None:
    environment = {**os.environ, "PATH": f"{machine}:/usr/bin:/bin"}
    # Each waits until both have begun to install.
    (machine / "uv").write_text(
        UV.replace("for last;", 'echo >>"$0.$1"; while [ $(wc -l <"$0.$1") -lt 2 ]; do sleep 0.02; done\nfor last;')
        .replace("$0.last", "$0.last.$PPID")
        .replace('new=$(cat "$0.last.$PPID")', "new=${4%/bin/python}; new=${5%/bin/python}")
    )
    argv = [*AT_MOST, str(project / "bin/dockdj"), "history"]
    runs = [
        subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    results = [(*run.communicate(), run.returncode) for run in runs]
    assert [result[2] for result in results] == [0, 0], results
    (tool,) = installed(project)
    assert sorted(path.name for path in (project / ".dockdj/tool" / tool).iterdir()) == ["bin"]


def test_without_uv_the_hint_is_the_command_that_installs_it(project: Path, machine: Path) -> None:
    """PATH has only the programs of a shell script."""
    (machine / "uv").unlink()
    for name in ("sh", "dirname", "sed", "grep", "cat", "cksum", "tr", "sha256sum"):
        (machine / name).symlink_to(f"/usr/bin/{name}")
    bare = typed(project, machine, "start", "dev", path="/nonexistent")
    assert (bare.returncode, bare.stdout) == (4, "")
    assert "install uv" in bare.stderr and "pip install 'dockdj-cli @ file://" in bare.stderr
    install(machine, "dockdj", version="0.0.1")
    other = typed(project, machine, "start", "dev", path="/nonexistent")
    assert other.returncode == 4
    assert f"needs dockdj {OURS}; on PATH is dockdj, version 0.0.1" in other.stderr


@pytest.fixture
def index() -> Iterator[tuple[str, list[str]]]:
    """A package index that has nothing and notes what it is asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path.strip("/").split("/")[-1])
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple", asked
        server.shutdown()


def test_real_uv_asks_the_index_for_locked_dependencies_alone(
    project: Path, machine: Path, index: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, asked = index
    (machine / "uv").unlink()
    (machine / "uv").symlink_to(Path(sys.executable).parent / "uv")
    variables = {"UV_DEFAULT_INDEX": address, "UV_CACHE_DIR": str(tmp_path / "cache"), "NO_PROXY": "127.0.0.1"}
    done = typed(project, machine, "cloud", "status", **variables)
    assert (done.returncode, done.stdout, installed(project)) == (5, "", []), done.stderr
    assert "UV_DEFAULT_INDEX" in done.stderr
    locked = set(re.findall(r"^([a-z0-9-]+)==", (project / REQUIREMENTS).read_text(), re.MULTILINE))
    assert {"boto3", "moto"} <= set(asked) <= locked
