"""What the engine knows and keeps on this instance: paths, log, record, and Docker's view of containers."""

import json
import os
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HOME = Path("/opt/elasticbeanstalk/deployment")
BUNDLE = HOME / "app_source_bundle"
ENVIRONMENT = HOME / "environment.json"
RECORD = HOME / "record.json"
OVERRIDE = HOME / "docker-compose.override.json"
STAGING = Path("/var/app/staging")
CURRENT = Path("/var/app/current")
LOG = Path("/var/log/eb-engine.log")
LOG_BASE = Path("/var/log/eb-docker/containers")
PROJECT_LABEL = "com.docker.compose.project"
TASK_LABEL = "com.amazonaws.ecs.task-arn"
# Where a container's own name stands, by the platform that made it.
NAME_LABELS = ("com.docker.compose.service", "com.amazonaws.ecs.container-name")
LAST_LINES = 8
DAEMON_SECONDS = 60


class Failed(Exception):
    """The deployment stops here; the text goes into the environment's events."""


def record() -> dict[str, Any]:
    """What the last deployment left; empty before the first."""
    found: dict[str, Any] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    return found


def remember(request: dict[str, Any], project: str, *, finished: bool) -> None:
    """Write the record. It names the images of this deployment and of the one before that came up."""
    before = record()
    kept = [] if before.get("project") == project else before.get("images", [])
    now = {
        "project": project,
        "version": request["version"],
        "deployment": request["deployment"],
        "variables": request.get("variables", ""),
        "finished": finished,
        "images": sorted({container["image_id"] for container in containers()}),
        "previous_images": kept or before.get("previous_images", []),
    }
    write(RECORD, json.dumps(now))


def containers() -> list[dict[str, Any]]:
    """Service, image and digests of every container that a compose project or an ECS task made, newest first."""
    found = [item for label in (PROJECT_LABEL, TASK_LABEL) for item in inspected(label)]
    if not found:
        return []
    images = json.loads(output("docker", "image", "inspect", *sorted({item["Image"] for item in found})))
    digests = {image["Id"]: image["RepoDigests"] for image in images}
    return [
        {
            "service": next(
                (item["Config"]["Labels"].get(label) for label in NAME_LABELS if label in item["Config"]["Labels"]), ""
            ),
            "name": item["Name"].lstrip("/"),
            "state": item["State"]["Status"],
            "essential": item["Config"]["Labels"].get("dockdj.essential") == "true",
            "image": item["Config"]["Image"],
            "image_id": item["Image"],
            "digests": digests.get(item["Image"], []),
        }
        for item in found
    ]


def inspected(label: str) -> list[dict[str, Any]]:
    """What Docker says about every container with this label, newest first."""
    ids = output("docker", "ps", "-aq", "--filter", f"label={label}").split()
    found: list[dict[str, Any]] = json.loads(output("docker", "inspect", *ids)) if ids else []
    return found


def projects() -> list[str]:
    """Every compose project of which a container or a network is left."""
    label = f'{{{{.Label "{PROJECT_LABEL}"}}}}'
    listed = output("docker", "ps", "-a", "--format", label) + output("docker", "network", "ls", "--format", label)
    return sorted(set(listed.split()))


def remove_old_images() -> None:
    """Images of this deployment and the one before stay, for a quick way back."""
    now = record()
    old = set(output("docker", "images", "--quiet", "--no-trunc").split())
    for image in sorted(old - set(now["images"]) - set(now["previous_images"])):
        subprocess.run(["docker", "rmi", "--force", image], capture_output=True, check=False)


def output(*argv: str | Path, cwd: Path | str = "/") -> str:
    """What a short command says. Raises Failed."""
    environment = {**os.environ, "HOME": "/root", "EB_LOG_BASE_DIR": str(LOG_BASE)}
    ended = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise Failed(f"{' '.join(map(str, argv))} failed: {ended.stderr.strip()}")
    return ended.stdout


def wait_for_daemon() -> None:
    """Return when this instance's Docker daemon answers. Raises Failed."""
    until = time.monotonic() + DAEMON_SECONDS
    while subprocess.run(["docker", "version"], capture_output=True, check=False).returncode != 0:
        if time.monotonic() > until:
            raise Failed("The Docker daemon of the instance does not answer; see /var/log/docker.log.")
        time.sleep(0.1)


def write(path: Path, text: str) -> None:
    """Whole or not at all, for root only: environment properties hold passwords."""
    new = path.with_name(path.name + ".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)


def log(text: str) -> None:
    """A line of the engine's own."""
    with LOG.open("a") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}\n")


def tail(begin: int) -> str:
    """The last lines of the log from this byte on, each after a line break."""
    with LOG.open("rb") as file:
        file.seek(begin)
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    return "".join(f"\n{line}" for line in lines[-LAST_LINES:])
