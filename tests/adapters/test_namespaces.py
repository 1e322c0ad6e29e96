"""Runs of one machine in different PID namespaces, as in two containers with one host name."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.worktree import worktree
from dockdj.adapters.machine import has_ended, owner
from tests.support.project import commit, write
from tests.support.project import git as run

OTHER_NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, "-c"]


@pytest.fixture(autouse=True)
def _may_make_a_namespace() -> None:
    if shutil.which("unshare") is None or subprocess.run([*OTHER_NAMESPACE, ""], capture_output=True).returncode:
        pytest.skip("this user may not make a PID namespace")


def test_a_run_in_another_namespace_leaves_the_checkout_of_a_living_run_alone(tmp_path: Path) -> None:
    run(tmp_path, "init", "--quiet", "--initial-branch", "main")
    write(tmp_path, "app.py", "1\n")
    commit(tmp_path, "first")
    code = "import sys; from pathlib import Path; from dockdj.adapters.git import repository as git;"
    code += "from dockdj.adapters.git.worktree import worktree\n"
    code += "with worktree(git.find(Path(sys.argv[1])), 'HEAD') as checkout: print(checkout.is_dir())"
    with worktree(git.find(tmp_path), "HEAD") as checkout:
        other = subprocess.run([*OTHER_NAMESPACE, code, str(tmp_path)], capture_output=True, text=True, check=True)
        assert other.stdout == "True\n"
        assert (checkout / "app.py").exists()


def test_only_a_run_of_the_same_namespace_is_ever_dead() -> None:
    code = "import subprocess, sys; from dockdj.adapters.machine import has_ended, owner\n"
    code += "ended = subprocess.Popen(['true']); ended.wait(); here = owner().rpartition(':')[0]\n"
    code += "print(owner(), has_ended(sys.argv[1]), has_ended(owner()), has_ended(f'{here}:{ended.pid}'), flush=True)\n"
    code += "sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([*OTHER_NAMESPACE, code, owner()], text=True, **pipes) as other:  # type: ignore[call-overload]
        label, *answers = other.stdout.readline().split()
        assert answers == ["False", "False", "True"]
        assert not has_ended(label)
        other.communicate()
    # Nobody outside can tell this process from one that the next namespace gives the same id.
    assert not has_ended(label)
