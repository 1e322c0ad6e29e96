import json
import os
from pathlib import Path
from typing import Any

import pytest

from dockdj.adapters.docker.compose import Container, Stack, parse_containers, plain

CHECKED = {"Test": ["CMD", "true"]}
LABELS = {
    "com.docker.compose.service": "django",
    "com.docker.compose.project.working_dir": "/shop/docker/django/dev",
}


def document(
    status: str, health: str | None = None, check: dict[str, Any] | None = None, code: int = 0, restarts: int = 0
) -> dict[str, Any]:
    """The part of `docker container inspect` that is read."""
    return {
        "State": {"Status": status, "ExitCode": code, **({"Health": {"Status": health}} if health else {})},
        "RestartCount": restarts,
        "Config": {"Healthcheck": check, "Labels": LABELS},
        "NetworkSettings": {
            "Ports": {
                "8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8081"}, {"HostIp": "::", "HostPort": "8081"}],
                "9/tcp": None,
            }
        },
    }


def parsed(**fields: Any) -> Container:
    return parse_containers(json.dumps([document(**fields)]))[0]


def test_parse_containers_reads_service_state_ports_and_folder() -> None:
    expected = Container("django", "running", ports={8080: 8081}, folder="/shop/docker/django/dev")
    assert parsed(status="running") == expected


@pytest.mark.parametrize(
    ("fields", "healthy", "broken"),
    [
        ({"status": "running"}, True, False),
        ({"status": "running", "check": CHECKED, "health": "healthy"}, True, False),
        ({"status": "running", "check": CHECKED, "health": "starting"}, False, False),
        # Docker knows a container's health only a moment after its start.
        ({"status": "running", "check": CHECKED}, False, False),
        ({"status": "running", "check": {"Test": ["NONE"]}}, True, False),
        ({"status": "running", "check": CHECKED, "health": "unhealthy"}, False, True),
        ({"status": "running", "check": CHECKED, "health": "starting", "restarts": 1}, False, True),
        ({"status": "running", "check": CHECKED, "health": "healthy", "restarts": 1}, True, False),
        ({"status": "restarting", "code": 1}, False, True),
        ({"status": "exited", "code": 1}, False, True),
        ({"status": "exited", "code": 0}, False, False),
    ],
)
def test_state_health_and_restarts_decide_healthy_and_broken(
    fields: dict[str, Any], healthy: bool, broken: bool
) -> None:
    container = parsed(**fields)
    assert (container.healthy, container.broken) == (healthy, broken)


def test_plain_removes_terminal_control_sequences() -> None:
    assert plain("\x1b[2Kdjango-1  | hello") == "django-1  | hello"


def test_new_lines_of_the_logs_are_asked_for_without_this_machines_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Compose sends the engine a moment of the client's clock for `--since`: if it is ahead, the engine shows nothing.
    (tmp_path / "docker").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    lines: list[str] = []
    Stack("shop", tmp_path / "docker-compose.yml").logs(("django",), lines.append, follow=True, new=True)
    assert lines == ["compose --project-name shop --project-directory / logs --follow --tail 0 django"]
