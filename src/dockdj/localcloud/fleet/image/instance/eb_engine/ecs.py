"""The ECS platform: run one task, with its containers linked on Docker's default bridge."""

import json
import secrets
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import ecs_rules
from .machine import CURRENT, TASK_LABEL, Failed, containers, output, poll, record

if TYPE_CHECKING:
    from .deploy import Engine

DOCKERRUN = "Dockerrun.aws.json"
NAME_LABEL = "com.amazonaws.ecs.container-name"
ESSENTIAL_LABEL = "dockdj.essential"
TASKS = "arn:aws:ecs:us-east-1:123456789012:task"
STOP_SECONDS = 30
"""The agent's ECS_CONTAINER_STOP_TIMEOUT, for containers without stopTimeout."""
SETTLE_SECONDS = 2.0
"""The time that all essential containers must run before the task is RUNNING."""
VOLUME = "ecs-"
"""The prefix of the names of volumes that a task's containers share, and that are removed with the task."""
SAMPLE = "elasticbeanstalk/sample"
"""The sample application's image, which is built on the instance."""


class Ecs:
    """The steps of a deployment that are specific to this platform. See `compose.Compose` for the other platform."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.cluster = engine.request.get("cluster", "awseb")

    def check(self, folder: Path) -> None:
        """Raises Failed unless the bundle has a task definition."""
        if not (folder / DOCKERRUN).is_file():
            raise Failed(f"There is no {DOCKERRUN} in the root of the source bundle.")

    def before_predeploy(self, folder: Path) -> None:
        """Do nothing: this platform has no container_commands and no .env."""

    def prepare(self, folder: Path) -> str:
        """The new task's id. ECS pulls images only when it starts a task."""
        return secrets.token_hex(16)

    def down(self) -> None:
        """Stop the old task and remove all containers and volumes of tasks."""
        task = record().get("project", "")
        if task:
            self.engine.emit("INFO", f"Stopping ECS task {self.arn(task)}.")
        # Containers are listed newest first, so each one stops before those that it needs.
        for container in containers():
            self.engine.run("docker stop", ["docker", "stop", container["name"]], holds_lock=True)
            remove = ["docker", "rm", "--force", "--volumes", container["name"]]
            self.engine.run("docker rm", remove, holds_lock=True)
        if volumes := output("docker", "volume", "ls", "--quiet", "--filter", f"name=^{VOLUME}").split():
            self.engine.run("docker volume rm", ["docker", "volume", "rm", *volumes])
        if task:
            self.engine.emit("INFO", f"ECS task: {self.arn(task)} is STOPPED.")

    def up(self, task: str) -> None:
        """Pull and start the containers, each after those it needs. Raises Failed if an essential one exits."""
        engine = self.engine
        engine.emit("INFO", f"Starting new ECS task with {self.cluster}:{engine.request['deployment']}.")
        dockerrun = json.loads((CURRENT / DOCKERRUN).read_text())
        volumes = {
            volume["name"]: (volume.get("host") or {}).get("sourcePath") or f"{VOLUME}{task[:12]}-{volume['name']}"
            for volume in dockerrun.get("volumes") or ()
        }
        running: dict[str, str] = {}
        try:
            for definition in ecs_rules.in_order(dockerrun["containerDefinitions"]):
                self.await_health(definition, running)
                running[definition["name"]] = self.run(task, definition, volumes, running)
            self.settle()
        except Failed:
            states = "".join(f"{definition['name']}: " for definition in dockerrun["containerDefinitions"])
            engine.emit("ERROR", f"ECS task stopped due to: Task failed to start. ({states})")
            raise
        engine.emit("INFO", f"ECS task: {self.arn(task)} is RUNNING.")

    def start(self, task: str) -> None:
        """Start the containers after a stop of the instance, oldest first."""
        for container in reversed(containers()):
            self.engine.run("docker start", ["docker", "start", container["name"]], holds_lock=True)

    def restart(self, task: str) -> str:
        """Stop the task and start a new one, as ECS does. Returns the new task's id."""
        self.down()
        new = self.prepare(CURRENT)
        self.up(new)
        return new

    def run(
        self, task: str, definition: Mapping[str, Any], volumes: Mapping[str, str], running: Mapping[str, str]
    ) -> str:
        """Start one container and return its name. Raises Failed."""
        defined = {variable["name"]: variable["value"] for variable in definition.get("environment", ())}
        variables = {**self.engine.environment, **defined}
        name = f"ecs-{self.cluster}-{self.engine.request['deployment']}-{definition['name']}-{secrets.token_hex(5)}"
        if definition["image"] == SAMPLE:
            self.engine.run(
                "docker build", ["docker", "build", "--quiet", "--tag", SAMPLE, "/opt/elasticbeanstalk/sample"]
            )
        else:
            self.engine.run("docker pull", ["docker", "pull", "--quiet", definition["image"]], holds_lock=True)
        labels = {
            TASK_LABEL: self.arn(task),
            NAME_LABEL: definition["name"],
            ESSENTIAL_LABEL: str(definition.get("essential", True)).lower(),
        }
        words = [f"--label={key}={value}" for key, value in labels.items()]
        if "stopTimeout" not in definition:
            words.append(f"--stop-timeout={STOP_SECONDS}")
        words += ecs_rules.run_words(definition, volumes, running, sorted(variables))
        argv = ["docker", "run", "--detach", "--name", name, *words]
        self.engine.run(f"docker run {definition['name']}", argv, env=variables, holds_lock=True)
        return name

    def await_health(self, definition: Mapping[str, Any], running: Mapping[str, str]) -> None:
        """Wait for the containers that must be healthy first. Raises Failed at the deployment's deadline."""
        for dependency in definition.get("dependsOn", ()):
            if dependency["condition"] != "HEALTHY":
                continue
            name = dependency["containerName"]
            if not poll(partial(self.is_healthy, running[name]), self.engine.deadline):
                raise Failed(f"The container {name} did not become healthy.")

    def is_healthy(self, container: str) -> bool:
        """Return whether Docker's health check of a container succeeds."""
        template = "{{if .State.Health}}{{.State.Health.Status}}{{end}}"
        return output("docker", "inspect", "--format", template, container).strip() == "healthy"

    def settle(self) -> None:
        """Raises Failed if an essential container exits within SETTLE_SECONDS."""

        def exited() -> list[str]:
            essential = [container for container in containers() if container["essential"]]
            return [container["service"] for container in essential if container["state"] != "running"]

        if names := poll(exited, time.monotonic() + SETTLE_SECONDS):
            raise Failed(f"Essential container in task exited: {', '.join(names)}.")

    def arn(self, task: str) -> str:
        """A task's ARN."""
        return f"{TASKS}/{self.cluster}/{task}"
