"""The instance: its paths, log and record, and Docker's view of its containers."""

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")

HOME = Path("/opt/elasticbeanstalk/deployment")
BUNDLE = HOME / "app_source_bundle"
ENVIRONMENT = HOME / "environment.json"
SECRETS = HOME / "secrets.json"
RECORD = HOME / "record.json"
OVERRIDE = HOME / "docker-compose.override.json"
STAGING = Path("/var/app/staging")
CURRENT = Path("/var/app/current")
LOG = Path("/var/log/eb-engine.log")
LOG_BASE = Path("/var/log/eb-docker/containers")
PROJECT_LABEL = "com.docker.compose.project"
TASK_LABEL = "com.amazonaws.ecs.task-arn"
# The labels with a container's service name, by platform.
NAME_LABELS = ("com.docker.compose.service", "com.amazonaws.ecs.container-name")
LAST_LINES = 8
DAEMON_SECONDS = 60
# A daemon that hangs is asked again.
ANSWER_SECONDS = 10
POLL_SECONDS = 0.1


class Failed(Exception):
    """The deployment failed. The text becomes an event of the environment."""


def poll(check: Callable[[], Result], deadline: float) -> Result:
    """Call a check until its result is true or the deadline has passed, and return the last result."""
    while True:
        result = check()
        if result or time.monotonic() > deadline:
            return result
        time.sleep(POLL_SECONDS)


def record() -> dict[str, Any]:
    """The record of the last deployment, empty before the first one."""
    try:
        fields: dict[str, Any] = json.loads(RECORD.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Failed(f"The record {RECORD} of this instance is damaged: {error}") from error
    return fields


def remember(request: dict[str, Any], project: str, *, finished: bool) -> None:
    """Write the record. It names the images of this deployment and of the last version before it."""
    fields = {
        "project": project,
        "version": request["version"],
        "deployment": request["deployment"],
        "variables": request.get("variables", ""),
        "finished": finished,
        "images": sorted({container["image_id"] for container in containers()}),
        "previous_images": previous_images(record(), project, request["version"]),
    }
    write(RECORD, json.dumps(fields))


def previous_images(before: dict[str, Any], project: str, version: str) -> list[str]:
    """The images of the last version that differs from this one; `before` is the record until now.

    A version that is deployed or configured again must not push those images off the instance.
    """
    kept: list[str] = before.get("previous_images", [])
    if before.get("project") == project or before.get("version") == version:
        return kept
    return before.get("images") or kept


def containers() -> list[dict[str, Any]]:
    """All containers of compose projects and ECS tasks, newest first."""
    items = [item for label in (PROJECT_LABEL, TASK_LABEL) for item in inspect(label)]
    if not items:
        return []
    images = json.loads(output("docker", "image", "inspect", *sorted({item["Image"] for item in items})))
    digests = {image["Id"]: image["RepoDigests"] for image in images}
    return [
        {
            "service": service_name(item["Config"]["Labels"]),
            "name": item["Name"].lstrip("/"),
            "state": item["State"]["Status"],
            "essential": item["Config"]["Labels"].get("dockdj.essential") == "true",
            "image": item["Config"]["Image"],
            "image_id": item["Image"],
            "digests": digests.get(item["Image"], []),
        }
        for item in items
    ]


def service_name(labels: dict[str, str]) -> str:
    """The name of a container's service, from its labels."""
    return next((labels[label] for label in NAME_LABELS if label in labels), "")


def inspect(label: str) -> list[dict[str, Any]]:
    """Docker's descriptions of all containers with this label, newest first."""
    ids = output("docker", "ps", "-aq", "--filter", f"label={label}").split()
    descriptions: list[dict[str, Any]] = json.loads(output("docker", "inspect", *ids)) if ids else []
    return descriptions


def projects() -> list[str]:
    """All compose projects that have a container or a network."""
    label = f'{{{{.Label "{PROJECT_LABEL}"}}}}'
    names = output("docker", "ps", "-a", "--format", label) + output("docker", "network", "ls", "--format", label)
    return sorted(set(names.split()))


def remove_old_images() -> None:
    """Remove all images except those of this deployment and the previous one, which make a rollback fast."""
    fields = record()
    images = set(output("docker", "images", "--quiet", "--no-trunc").split())
    for image in sorted(images - set(fields["images"]) - set(fields["previous_images"])):
        subprocess.run(["docker", "rmi", "--force", image], capture_output=True, check=False)


def output(*argv: str | Path, cwd: Path | str = "/") -> str:
    """The output of a short command. Raises Failed."""
    environment = {**os.environ, "HOME": "/root", "EB_LOG_BASE_DIR": str(LOG_BASE)}
    result = subprocess.run(
        argv, cwd=cwd, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if result.returncode != 0:
        raise Failed(f"{' '.join(map(str, argv))} failed: {result.stderr.strip()}")
    return result.stdout


def wait_for_daemon() -> None:
    """Wait until this instance's Docker daemon answers. Raises Failed."""

    deadline = time.monotonic() + DAEMON_SECONDS

    def answers() -> bool:
        seconds = min(max(deadline - time.monotonic(), POLL_SECONDS), ANSWER_SECONDS)
        try:
            return subprocess.run(["docker", "version"], capture_output=True, timeout=seconds).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    if not poll(answers, deadline):
        raise Failed("The Docker daemon of the instance does not answer; see /var/log/docker.log.")


def secret_values(names: list[str]) -> dict[str, str]:
    """The values of environment properties that are secrets, as this instance got them. Raises Failed."""
    if not names:
        return {}
    kept: dict[str, Any] = json.loads(SECRETS.read_text()) if SECRETS.exists() else {"values": {}, "error": ""}
    if kept["error"]:
        raise Failed(kept["error"])
    if missing := sorted(set(names) - set(kept["values"])):
        raise Failed(f"This instance has no value of the environment property {missing[0]}.")
    return {name: kept["values"][name] for name in names}


def fingerprint(properties: Mapping[str, str]) -> str:
    """A hash of the environment properties, for the record, which must not contain them."""
    return hashlib.sha256(json.dumps(dict(properties), sort_keys=True).encode()).hexdigest()


def write(path: Path, text: str) -> None:
    """Replace a file atomically, readable by root only, because environment properties contain passwords."""
    new = path.with_name(path.name + ".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)


def log(text: str) -> None:
    """Append a line with the time to the log."""
    with LOG.open("a", errors="replace") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}\n")


def tail(begin: int) -> str:
    """The last lines of the log after this byte, each after a line break."""
    with LOG.open("rb") as file:
        file.seek(begin)
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    return "".join(f"\n{line}" for line in lines[-LAST_LINES:])
