"""Assembled releases, good and bad, on a real engine."""

import subprocess
import sys
from pathlib import Path
from secrets import token_hex

import pytest

from dockdj.adapters import project_file
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.throwaway_stack import sweep
from dockdj.errors import Refused
from dockdj.events import Event, Started
from dockdj.lifecycle.smoke import run as smoke_run
from tests.support.eventually import eventually
from tests.support.project import FILES, write
from tests.support.smoke import Assembly, titles

pytestmark = pytest.mark.docker
BASE = "debian:trixie-slim"
COMPOSE = "docker/django/prod/docker-compose.yml"


def plain(folder: Path, service: str, **more: str) -> Assembly:
    """A project whose one service is an image of others; `service` is what the compose file says beside that."""
    name = f"plain{token_hex(4)}"
    write(folder, "dockdj.toml", FILES["dockdj.toml"].replace("tiny", name))
    lines = "".join(f"\n    {line}" for line in service.splitlines())
    write(folder, COMPOSE, f"services:\n  django:\n    image: {BASE}\n    init: true{lines}\n")
    for path, text in more.items():
        write(folder, path, text)
        (folder / path).chmod(0o755)
    return Assembly(project_file.load(folder), {"django": BASE})


OWN = """\
#!/bin/sh
echo "url=[$SMOKE_URL] secret=[$SECRET]"
[ -n "$SECRET" ]
"""


def test_a_service_that_answers_no_port_stays_up_and_ends_and_what_says_nothing_is_skipped(tmp_path: Path) -> None:
    contract = {"environments/prod/.env.example": "# required, secret. A secret.\nSECRET=<generate>\n"}
    said = 'command: ["sh", "-c", "echo $$DOCKDJ_RELEASE; exec sleep 600"]\nports: ["80:80"]\nstop_grace_period: 60s'
    assembly = plain(tmp_path / "project", said, **contract, **{"docker/smoke": OWN})
    entry = assembly.smoke(logs=tmp_path / "logs")
    assert titles(entry) == [
        "skipped: release process, environments/prod/Procfile has none",
        "start: django",
        "skipped: no migration is left, there is no app/manage.py",
        "skipped: pages, no service that publishes a port has a health check",
        "logs without errors",
        "docker/smoke",
        "up, and of the images that were built",
        "stop: django",
    ]
    assert (entry["exit"], entry["passed"], entry["skipped"], entry["failed"]) == (0, 5, 3, 0)
    found = docker.image(BASE)
    assert found and entry["images"] == {"django": found.config} and entry["backing"] == {}
    assert entry["milliseconds"] >= sum(check["milliseconds"] for check in entry["checks"]) > 0
    assert (tmp_path / "logs/django.log").read_text().startswith(f"{assembly.project.name}-smoke-")
    assert (tmp_path / "logs/docker-smoke.log").read_text().startswith("url=[] secret=[")
    assert not assembly.left()


# A service is looked at when it can be told how it is: nobody is quicker or slower than the other.
UNTIL_ON = 'healthcheck: {test: "test -e /tmp/on", interval: 0.2s, retries: 1000}'
NEVER_WELL = 'healthcheck: {test: "exit 1", interval: 0.2s, retries: 1000}'


@pytest.mark.parametrize(
    ("service", "own", "words"),
    [
        (
            f'command: ["sh", "-c", "echo the reason; exit 3"]\n{NEVER_WELL}',
            "",
            ("start: django", "exited (status 3)", "the reason"),
        ),
        (
            'command: ["sleep", "600"]\nhealthcheck: {test: "exit 1", interval: 0.2s, retries: 1}',
            "",
            ("start: django", "django is unhealthy"),
        ),
        (
            'command: ["sleep", "600"]\nhealthcheck: {test: "true", interval: 0.2s}\nports: ["80:80"]',
            "",
            ("health page", "GET /healthz: no answer"),
        ),
        (
            'command: ["sh", "-c", "trap : TERM; touch /tmp/on; while :; do sleep 1; done"]\n'
            f"stop_grace_period: 1s\n{UNTIL_ON}",
            "",
            ("stop: django", "did not end within its grace"),
        ),
        ('command: ["sleep", "600"]', "#!/bin/sh\necho too bad\nexit 4\n", ("docker/smoke", "status 4", "too bad")),
        (f'command: ["/none"]\n{NEVER_WELL}', "", ("start: django", "/none")),
    ],
    ids=["exits", "is ill", "does not answer", "does not end", "own", "no program"],
)
def test_a_release_that_does_not_run_is_refused_with_the_reason(
    tmp_path: Path, service: str, own: str, words: tuple[str, ...]
) -> None:
    refused = plain(tmp_path, service, **({"docker/smoke": own} if own else {})).refused()
    assert refused.exit_code == 1 and "dockdj start prod" in refused.hint
    assert all(word in refused.message for word in words), refused.message


def container(assembly: Assembly) -> str:
    """The id of the container of the one service."""
    (run,) = assembly.running()
    return output("ps", "--quiet", "--filter", f"label=com.docker.compose.project={run}")


def output(*words: str) -> str:
    done = subprocess.run(["docker", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    return done.stdout.strip()


def test_a_service_that_reports_an_error_is_refused(tmp_path: Path) -> None:
    assembly = plain(tmp_path, 'command: ["sh", "-c", "echo ERROR it broke; exec sleep 600"]')

    def report(event: Event) -> None:
        if event == Started("smoke: logs without errors"):
            eventually(lambda: "ERROR" in output("logs", container(assembly)))

    message = assembly.refused(report=report).message
    assert "logs without errors" in message and "ERROR it broke" in message


def test_a_service_that_ends_after_its_start_is_refused(tmp_path: Path) -> None:
    assembly = plain(tmp_path, 'command: ["sleep", "600"]')

    def report(event: Event) -> None:
        if event == Started("smoke: up, and of the images that were built"):
            output("stop", "--time", "120", container(assembly))

    message = assembly.refused(report=report).message
    assert "up, and of the images that were built: django is exited (status 143)" in message


def test_a_tag_that_was_moved_since_the_build_is_noticed(tmp_path: Path) -> None:
    assembly = plain(tmp_path, 'command: ["sleep", "600"]')
    with pytest.raises(Refused, match="does not name the image that was built"):
        smoke_run.run(assembly.project, tmp_path, assembly.tags, {"django": "sha256:" + "0" * 64})


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    assembly = plain(
        tmp_path, 'command: ["sleep", "600"]\nvolumes: ["/data"]', **{"docker/smoke": "#!/bin/sh\nsleep 600\n"}
    )
    program = (
        "import sys; from pathlib import Path; from dockdj.adapters import project_file;"
        "from dockdj.adapters.docker import client as docker;"
        "from dockdj.lifecycle.smoke import run as smoke; root = Path(sys.argv[1]); base = sys.argv[2];"
        "smoke.run(project_file.load(root), root, {'django': base}, {'django': docker.image(base).config})"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), BASE])
    try:
        # The service and its one-off test: nobody makes anything more.
        eventually(lambda: len(assembly.running()) == 2)
        sweep()
        assert len(assembly.running()) == 2
    finally:
        process.kill()
        process.wait()
    # From now on others, who test releases at the same time, may be the ones that sweep.
    sweep()
    eventually(lambda: not assembly.left())
