"""bin/image, bin/stevedore and bin/deploy, with a `dockdj` and a `uv` on PATH that print their arguments."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dockdj import __version__
from dockdj.lifecycle.project import new
from dockdj.lifecycle.project.new import Answers

OURS = "ours"
# The whole process group is killed, so that a script that calls itself endlessly leaves nothing behind.
AT_MOST = ("/usr/bin/timeout", "--signal=KILL", "60")
SAYS = f"""#!/bin/sh
[ "$1" != --version ] || {{ echo "dockdj, version {OURS}"; exit 0; }}
echo "NAME in $(pwd -P):" "$@"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return new.new(tmp_path / "a shop", Answers("shop", dockdj=OURS)).root


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The first folder of PATH, before those of the system."""
    folder = tmp_path / "a machine"
    folder.mkdir()
    return folder


def install(machine: Path, name: str, *, version: str = OURS) -> None:
    program = machine / name
    program.write_text(SAYS.replace("NAME", name).replace(f"version {OURS}", f"version {version}"))
    program.chmod(0o755)


def typed(project: Path, machine: Path, line: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    """Type a line outside the project's folder."""
    environment = {**os.environ, "PATH": f"{machine}:{path}"}
    program, *words = line.split()
    argv = [*AT_MOST, str(project / program), *words]
    return subprocess.run(argv, cwd=machine, env=environment, capture_output=True, text=True, check=False)


def says(project: Path, machine: Path, line: str) -> str:
    """The final arguments of `dockdj`, without the project's folder."""
    done = typed(project, machine, line)
    assert done.returncode == 0, done.stderr
    where, _, words = done.stdout.strip().partition(": ")
    assert where == f"dockdj in {project}"
    return words


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("bin/image prod build", "image build prod"),
        ("bin/image build prod", "image build prod"),
        ("bin/image dev update", "image update dev"),
        ("bin/image destroy dev --json", "image destroy dev --json"),
        ("bin/stevedore dev start", "start dev"),
        ("bin/stevedore start dev", "start dev"),
        ("bin/stevedore start dev --detach --port 8000", "start dev --detach --port 8000"),
        ("bin/stevedore prod stop", "stop prod"),
        ("bin/stevedore logs dev django --follow", "logs dev django --follow"),
        ("bin/stevedore dev shell", "shell dev"),
        ("bin/stevedore dev test -- -k health", "test dev -- -k health"),
        ("bin/stevedore check prod", "check prod"),
        ("bin/stevedore dev build:dev", "assets dev"),
        ("bin/stevedore build:prod", "assets prod"),
        ("bin/stevedore build:prod dev", "assets prod"),
        ("bin/stevedore prod awseb", "cloud up --deploy"),
        ("bin/stevedore awseb", "cloud up --deploy"),
        ("bin/deploy release 1.2.3", "release 1.2.3"),
        ("bin/deploy release prod 1.2.3", "release 1.2.3"),
        ("bin/deploy prod publish 1.2.3", "publish 1.2.3"),
        ("bin/deploy publish local 1.2.3", "publish 1.2.3 --to local"),
        ("bin/deploy local deploy 1.2.3+stack.1 --plan", "deploy 1.2.3+stack.1 --to local --plan"),
    ],
)
def test_wrapper_words_work_in_either_order(project: Path, machine: Path, line: str, expected: str) -> None:
    install(machine, "dockdj")
    assert says(project, machine, line) == expected


def test_environment_may_have_the_name_of_a_word(project: Path, machine: Path) -> None:
    install(machine, "dockdj")
    (project / "environments/test").mkdir()
    assert says(project, machine, "bin/stevedore test start") == "start test"
    assert says(project, machine, "bin/stevedore test test") == "test test"
    assert says(project, machine, "bin/stevedore test dev") == "test dev"


def test_target_may_have_the_name_prod(project: Path, machine: Path) -> None:
    install(machine, "dockdj")
    file = project / "dockdj.toml"
    file.write_text(file.read_text().replace("[targets.local]", "[targets.prod]"))
    assert says(project, machine, "bin/deploy deploy prod 1.0.0") == "deploy 1.0.0 --to prod"


@pytest.mark.parametrize("program", ["image", "stevedore", "deploy"])
def test_usage_is_shown_for_help_and_for_unknown_words(project: Path, machine: Path, program: str) -> None:
    install(machine, "dockdj")
    for line in (f"bin/{program}", f"bin/{program} --help", f"bin/{program} -h"):
        shown = typed(project, machine, line)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert shown.stdout.startswith(f"bin/{program} ")
    for words in ("nonsense", "dev nonsense", {"image": "build", "stevedore": "start", "deploy": "release"}[program]):
        wrong = typed(project, machine, f"bin/{program} {words}")
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert f"bin/{program} " in wrong.stderr


def test_projects_own_bin_may_be_on_path(project: Path, machine: Path) -> None:
    install(machine, "dockdj")
    done = typed(project, project / "bin", "bin/dockdj history", path=f"{machine}:/usr/bin:/bin")
    assert done.stdout.endswith("history\n")


def test_another_projects_bin_on_path_is_skipped(project: Path, machine: Path, tmp_path: Path) -> None:
    """Two wrappers that each call the other would never end."""
    other = tmp_path / "another shop"
    shutil.copytree(project, other)
    both = f"{other}/bin:{machine}:/usr/bin:/bin"
    install(machine, "dockdj")
    assert typed(project, project / "bin", "bin/dockdj history", path=both).stdout.endswith("history\n")
    (machine / "dockdj").unlink()
    assert typed(project, project / "bin", "bin/dockdj history", path=both).returncode == 4


def test_clone_has_linux_line_ends_with_any_git_setting(project: Path, machine: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    argv = ["git", "clone", "--quiet", "-c", "core.autocrlf=true", str(project), str(clone)]
    subprocess.run(argv, check=True, capture_output=True)
    files = [path for path in clone.rglob("*") if path.is_file() and ".git" not in path.relative_to(clone).parts]
    assert {path.relative_to(clone).as_posix() for path in files} >= {"bin/stevedore", "docker/django/build.env"}
    # Git changes no byte of what is no text.
    binary = {path for path in files if path.suffix in (".whl", ".zip")}
    assert {path.read_bytes() for path in binary} == {path.read_bytes() for path in project.glob("vendor/*.[wz]*")}
    assert len(binary) == 2
    assert [path for path in files if path not in binary and b"\r" in path.read_bytes()] == []
    assert typed(clone, machine, "bin/stevedore --help").returncode == 0


def test_wrapper_passes_the_exit_code_and_pipes_of_dockdj(project: Path, machine: Path) -> None:
    (machine / "dockdj").write_text(f'#!/bin/sh\n[ "$1" != --version ] || {{ echo v {OURS}; exit; }}\ncat; exit 7\n')
    (machine / "dockdj").chmod(0o755)
    environment = {**os.environ, "PATH": f"{machine}:/usr/bin:/bin"}
    argv = [str(project / "bin/stevedore"), "dev", "shell"]
    done = subprocess.run(argv, env=environment, input="hello", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (7, "hello")


def test_new_project_pins_the_running_version(tmp_path: Path) -> None:
    """The wrappers compare the pin with the last word of `dockdj --version`."""
    root = new.new(tmp_path / "shop", Answers("shop")).root
    assert f'dockdj = "{__version__}"' in (root / "dockdj.toml").read_text()
