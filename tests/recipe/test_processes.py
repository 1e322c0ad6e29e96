"""One-off processes: the same image, configuration and network; the user's files; exit codes, pipes and Ctrl-C."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.recipe.conftest import Shop, docker

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

DOCKDJ = [sys.executable, "-m", "dockdj.cli.main"]
# Less than the compose file's grace period and the program's own duration in these tests.
AT_ONCE_SECONDS = 120
NOTE = """

from django.db import models


class Note(models.Model):
    text = models.TextField()
"""


@pytest.fixture(scope="module")
def built(shop: Shop) -> Iterator[Shop]:
    """The project with its development images and no running container."""
    shop.dockdj("stop", "dev")
    assert shop.dockdj("image", "build", "dev").returncode == 0
    yield shop
    shop.dockdj("stop", "dev")


def one_offs(shop: Shop) -> str:
    labels = (f"com.docker.compose.project={shop.name}-dev", "com.docker.compose.oneoff=True")
    return docker("ps", "-aq", *(word for label in labels for word in ("--filter", f"label={label}")))


def test_run_passes_pipes_variables_and_the_exit_code(built: Shop) -> None:
    argv = [*DOCKDJ, "run", "dev", "--", "sh", "-c", 'cat; echo "$ENV_NAME" $(id -u); exit 7']
    done = subprocess.run(
        argv, cwd=built.root, input="piped ", capture_output=True, text=True, timeout=600, check=False
    )

    assert (done.returncode, done.stdout) == (7, f"piped dev {os.getuid()}\n")
    # The database that it needs keeps running; its own container is removed.
    assert docker("ps", "-q", "--filter", f"name={built.container('dev', 'postgres')}")
    assert one_offs(built) == ""


def test_run_with_json_returns_the_programs_output(built: Shop) -> None:
    done = built.dockdj("run", "dev", "--json", "--", "sh", "-c", "echo out; echo err >&2; exit 3")

    assert done.returncode == 3
    assert json.loads(done.stdout)["data"] == {"exit": 3, "stdout": "out\n", "stderr": "err\n"}


def test_migrations_belong_to_the_user_and_reach_the_database(built: Shop, tmp_path: Path) -> None:
    app = built.root / "app/apps/webroot"
    (app / "models.py").write_text(NOTE.lstrip())
    try:
        assert built.dockdj("manage", "dev", "--", "makemigrations", "webroot").returncode == 0
        migration = app / "migrations/0001_initial.py"
        assert (migration.stat().st_uid, migration.stat().st_gid) == (os.getuid(), os.getgid())
        assert built.dockdj("manage", "dev", "--", "migrate").returncode == 0
        shown = built.dockdj("manage", "dev", "--", "showmigrations", "webroot")
        assert "[X] 0001_initial" in shown.stdout
        assert built.dockdj("manage", "dev", "--", "migrate", "webroot", "zero").returncode == 0
    finally:
        for path in (app / "models.py", *(app / "migrations").glob("*.py")):
            path.unlink()
        (app / "migrations").rmdir()


def test_tests_use_the_environments_postgres_and_fail_with_1(built: Shop) -> None:
    spoilt = built.root / "app/apps/webroot/tests/test_spoilt.py"
    spoilt.write_text(
        "import pytest\nfrom django.db import connection\n\n\n"
        "@pytest.mark.postgres\n@pytest.mark.django_db\ndef test_database():\n"
        '    assert connection.vendor == "postgresql"\n\n\ndef test_wrong():\n    assert 1 == 2\n'
    )
    try:
        good = built.dockdj("test", "dev", "--json", "--", "-k", "test_database")
        bad = built.dockdj("test", "dev", "--", "-k", "test_wrong or test_database")
    finally:
        spoilt.unlink()

    data = json.loads(good.stdout)["data"]
    assert (good.returncode, data["passed"], data["failed"]) == (0, 1, 0)
    assert bad.returncode == 1
    assert "assert 1 == 2" in bad.stdout


def test_single_check_fails_with_1(built: Shop) -> None:
    unused = built.root / "app/apps/webroot/unused.py"
    unused.write_text("import os\n")
    try:
        lint = built.dockdj("check", "dev", "lint")
        others = built.dockdj("check", "dev", "format", "biome")
    finally:
        unused.unlink()

    assert lint.returncode == 1
    assert "unused.py" in lint.stdout
    assert others.returncode == 0, others.stdout
    unknown = built.dockdj("check", "dev", "nonsense")
    assert unknown.returncode == 2
    assert "there is no check nonsense; checks: lint, " in unknown.stdout


def test_assets_are_built_as_the_user_plain_or_minified(built: Shop) -> None:
    sheet = built.root / "app/build/base/main.css"
    assert built.dockdj("assets", "dev").returncode == 0
    plain = sheet.read_text()
    assert sheet.stat().st_uid == os.getuid()
    assert sheet.with_suffix(".css.map").exists()
    assert built.dockdj("assets", "prod").returncode == 0
    assert len(sheet.read_text()) < len(plain)


def test_shell_reads_commands_from_a_pipe(built: Shop) -> None:
    argv = [*DOCKDJ, "shell", "dev"]
    run = {"cwd": built.root, "capture_output": True, "text": True, "timeout": 600}
    done = subprocess.run(argv, input="pwd; exit 5", **run)  # type: ignore[call-overload]
    assert (done.returncode, done.stdout) == (5, "/var/app/app\n")
    inside = subprocess.run([*argv, "postgres"], input="hostname", **run)  # type: ignore[call-overload]
    assert inside.stdout.strip() == docker(
        "container", "inspect", "--format", "{{.Config.Hostname}}", built.container("dev", "postgres")
    )
    assert built.dockdj("shell", "dev", "nothing").returncode == 2


@pytest.fixture
def patient(built: Shop) -> Iterator[Shop]:
    """The project with a grace period of ten minutes."""
    file, usual, long = "docker/django/dev/docker-compose.yml", "stop_grace_period: 5s", "stop_grace_period: 600s"
    built.edit(file, usual, long)
    yield built
    built.edit(file, long, usual)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_ends_at_once_with_130_and_removes_the_container(patient: Shop, number: signal.Signals) -> None:
    status, seconds = interrupted(patient, number, "run", "dev", "--", "sh", "-c", "echo ready; sleep 600")

    assert status == 130
    assert seconds < AT_ONCE_SECONDS
    assert one_offs(patient) == ""


def test_interrupted_tests_exit_with_130_and_do_not_count_as_failed(built: Shop) -> None:
    endless = built.root / "app/apps/webroot/tests/test_endless.py"
    endless.write_text('import time\n\n\ndef test_endless():\n    print("\\nready", flush=True)\n    time.sleep(600)\n')
    try:
        status, _ = interrupted(built, signal.SIGINT, "test", "dev", "--", "-s", "-k", "test_endless")
    finally:
        endless.unlink()

    assert status == 130
    assert one_offs(built) == ""


def interrupted(shop: Shop, number: signal.Signals, *words: str) -> tuple[int, float]:
    """Send a signal to `dockdj WORDS` and what it started, once that writes `ready`.

    Return the exit status, and the seconds from the signal to the end.
    """
    with subprocess.Popen(
        [*DOCKDJ, *words], cwd=shop.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout
        assert b"ready\n" in iter(process.stdout.readline, b"")
        started = time.monotonic()
        os.killpg(process.pid, number)
        return process.wait(600), time.monotonic() - started


def test_program_on_a_terminal_handles_ctrl_c(built: Shop) -> None:
    code = "import time\ntry:\n print('ready'); time.sleep(600)\nexcept KeyboardInterrupt: print('tidied'); exit(4)"
    terminal, inside = pty.openpty()
    argv = [*DOCKDJ, "run", "dev", "--", "python", "-c", code]
    with subprocess.Popen(argv, cwd=built.root, stdin=inside, stdout=inside, stderr=inside) as process:
        os.close(inside)
        shown = _until(terminal, "ready")
        os.write(terminal, b"\x03")
        shown += _until(terminal, "nothing more")

    assert "tidied" in shown
    assert process.returncode == 4


def _until(terminal: int, text: str) -> str:
    """The terminal's output until a text or the end."""
    shown = b""
    with suppress(OSError):
        while text.encode() not in shown and (more := os.read(terminal, 4096)):
            shown += more
    return shown.decode()


def test_another_checkout_can_neither_use_nor_stop_the_containers(built: Shop, tmp_path: Path) -> None:
    other = built.copy(tmp_path)
    built.dockdj("run", "dev", "--", "true")
    running = docker("ps", "-q", "--filter", f"name={built.container('dev', 'postgres')}")
    for words in (("start", "dev", "--detach"), ("stop", "dev"), ("run", "dev", "--", "true")):
        refused = other.dockdj(*words)
        assert refused.returncode == 1
        assert f"dockdj stop dev --project {built.root}" in refused.stderr
    assert docker("ps", "-q", "--filter", f"name={built.container('dev', 'postgres')}") == running
    assert built.dockdj("stop", "dev", "--project", str(built.root)).returncode == 0


def test_images_are_removed_only_when_nothing_runs(shop: Shop, tmp_path: Path) -> None:
    shop.dockdj("run", "dev", "--", "true")
    assert shop.dockdj("image", "destroy", "dev").returncode == 1
    shop.dockdj("stop", "dev")
    done = shop.dockdj("image", "destroy", "dev", "--json")
    assert sorted(json.loads(done.stdout)["data"]["removed"]) == [f"{shop.name}/assets:dev", f"{shop.name}/django:dev"]
    assert docker("image", "ls", "-q", f"{shop.name}/django:dev") == ""
