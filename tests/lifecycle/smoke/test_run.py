"""Assembled releases, good and bad, on a real engine."""

import subprocess
import sys
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.throwaway_stack import sweep
from dockdj.errors import Raced
from dockdj.events import Event, Started
from dockdj.lifecycle.smoke import run as smoke_run
from dockdj.lifecycle.smoke.run import SmokeRequest
from tests.support import runs
from tests.support.eventually import eventually
from tests.support.project import FILES, write
from tests.support.smoke import Assembly, titles

pytestmark = pytest.mark.docker
BASE = "debian:trixie-slim"
COMPOSE = "docker/django/prod/docker-compose.yml"


def plain(folder: Path, service: str, **more: str) -> Assembly:
    """A project whose only service runs a pulled image; `service` has further lines of its compose file."""
    name = runs.name("plain")
    write(folder, "dockdj.toml", FILES["dockdj.toml"].replace("tiny", name))
    lines = "".join(f"\n    {line}" for line in service.splitlines())
    write(folder, COMPOSE, f"services:\n  django:\n    image: {BASE}\n    init: true{lines}\n")
    for path, text in more.items():
        write(folder, path, text)
        (folder / path).chmod(0o755)
    return Assembly(project_file.load(folder), {"django": BASE})


PROJECT_TEST = """\
#!/bin/sh
echo "url=[$SMOKE_URL] secret=[$SECRET]"
[ -n "$SECRET" ]
"""


def test_checks_that_do_not_apply_are_skipped_and_the_others_pass(tmp_path: Path) -> None:
    contract = {"environments/prod/.env.example": "# required, secret. A secret.\nSECRET=<generate>\n"}
    service = 'command: ["sh", "-c", "echo $$DOCKDJ_RELEASE; exec sleep 600"]\nports: ["80:80"]\nstop_grace_period: 60s'
    assembly = plain(tmp_path / "project", service, **contract, **{"docker/smoke": PROJECT_TEST})
    result = assembly.smoke(logs=tmp_path / "logs")
    assert titles(result) == [
        "skipped: release process, environments/prod/Procfile has none",
        "start: django",
        "skipped: no migration is left, there is no app/manage.py",
        "skipped: pages, no service that publishes a port has a health check",
        "logs without errors",
        "docker/smoke",
        "up, and of the images that were built",
        "stop: django",
    ]
    assert (result.exit, result.passed, result.skipped, result.failed) == (0, 5, 3, 0)
    base = docker.image(BASE)
    assert base and result.images == {"django": base.config} and result.backing == {}
    assert result.milliseconds >= sum(check.milliseconds for check in result.checks) > 0
    assert (tmp_path / "logs/django.log").read_text().startswith(f"{assembly.project.name}-smoke-")
    assert (tmp_path / "logs/docker-smoke.log").read_text().startswith("url=[] secret=[")
    assert not assembly.leftovers()


# The health check passes only after the service is ready: neither is ever too early.
UNTIL_ON = 'healthcheck: {test: "test -e /tmp/on", interval: 0.2s, retries: 1000}'
NEVER_HEALTHY = 'healthcheck: {test: "exit 1", interval: 0.2s, retries: 1000}'


@pytest.mark.parametrize(
    ("service", "program", "words"),
    [
        (
            f'command: ["sh", "-c", "echo the reason; exit 3"]\n{NEVER_HEALTHY}',
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
        (f'command: ["/none"]\n{NEVER_HEALTHY}', "", ("start: django", "/none")),
    ],
    ids=["exits", "is unhealthy", "does not answer", "does not end", "project test fails", "no such program"],
)
def test_a_broken_release_is_refused_with_the_reason(
    tmp_path: Path, service: str, program: str, words: tuple[str, ...]
) -> None:
    refused = plain(tmp_path, service, **({"docker/smoke": program} if program else {})).refused()
    assert refused.exit_code == 1 and "dockdj start prod" in refused.hint
    assert all(word in refused.message for word in words), refused.message


def container(assembly: Assembly) -> str:
    """The id of the only service's container."""
    (run,) = assembly.running()
    return output("ps", "--quiet", "--filter", f"label=com.docker.compose.project={run}")


def output(*words: str) -> str:
    result = subprocess.run(["docker", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    return result.stdout.strip()


def test_a_service_that_logs_an_error_is_refused(tmp_path: Path) -> None:
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


def test_a_tag_that_moved_since_the_build_is_a_race(tmp_path: Path) -> None:
    assembly = plain(tmp_path, 'command: ["sleep", "600"]')
    request = SmokeRequest(assembly.project, tmp_path, assembly.tags, {"django": "sha256:" + "0" * 64})
    with pytest.raises(Raced, match="does not name the image that was built"):
        smoke_run.run(request)


def test_a_killed_runs_containers_are_removed_by_the_next_run(tmp_path: Path) -> None:
    assembly = plain(
        tmp_path, 'command: ["sleep", "600"]\nvolumes: ["/data"]', **{"docker/smoke": "#!/bin/sh\nsleep 600\n"}
    )
    program = (
        "import sys; from pathlib import Path; from dockdj.adapters import project_file;"
        "from dockdj.adapters.docker import client as docker;"
        "from dockdj.lifecycle.smoke import run as smoke; root = Path(sys.argv[1]); base = sys.argv[2];"
        "configs = {'django': docker.image(base).config};"
        "smoke.run(smoke.SmokeRequest(project_file.load(root), root, {'django': base}, configs))"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), BASE])
    try:
        # The service and the project's test: a run starts no more containers.
        eventually(lambda: len(assembly.running()) == 2)
        sweep()
        assert len(assembly.running()) == 2
    finally:
        process.kill()
        process.wait()
    # A concurrent test of releases may sweep first.
    sweep()
    eventually(lambda: not assembly.leftovers())
