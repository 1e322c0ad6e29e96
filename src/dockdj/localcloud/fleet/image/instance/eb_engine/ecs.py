"""The ECS platform on this instance: one task, its containers linked on Docker's first bridge."""

import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import ecs_rules
from .machine import CURRENT, TASK_LABEL, Failed, containers, output, record

if TYPE_CHECKING:
    from .deploy import Engine

DOCKERRUN = "Dockerrun.aws.json"
NAME_LABEL = "com.amazonaws.ecs.container-name"
ESSENTIAL_LABEL = "dockdj.essential"
TASKS = "arn:aws:ecs:us-east-1:123456789012:task"
STOP_SECONDS = 30
"""ECS_CONTAINER_STOP_TIMEOUT of the agent, where a container has no stopTimeout."""
SETTLE_SECONDS = 2.0
"""How long all containers must run for the task to be RUNNING."""
VOLUME = "ecs-"
"""How the names of volumes begin that a task's containers share and that end with it."""
SAMPLE = "elasticbeanstalk/sample"
"""The one image that comes from the instance itself."""


class Ecs:
    """What a deployment does on this platform. See `compose.Compose` for the other one."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.cluster = engine.request.get("cluster", "awseb")

    def check(self, folder: Path) -> None:
        """Raises Failed unless there is a task definition."""
        if not (folder / DOCKERRUN).is_file():
            raise Failed(f"There is no {DOCKERRUN} in the root of the source bundle.")

    def before_predeploy(self, folder: Path) -> None:
        """There are no container_commands on this platform, and no .env."""

    def prepare(self, folder: Path) -> str:
        """The new task's id. ECS pulls when it starts a task, not before."""
        return secrets.token_hex(16)

    def down(self) -> None:
        """Stop the old task, and remove what is left of any."""
        old = record().get("project", "")
        if old:
            self.engine.say("INFO", f"Stopping ECS task {self.arn(old)}.")
        # Who needs others stops before them: containers are listed as they were made, newest first.
        for container in containers():
            self.engine.run("docker stop", ["docker", "stop", container["name"]], holds_lock=True)
            remove = ["docker", "rm", "--force", "--volumes", container["name"]]
            self.engine.run("docker rm", remove, holds_lock=True)
        if volumes := output("docker", "volume", "ls", "--quiet", "--filter", f"name=^{VOLUME}").split():
            self.engine.run("docker volume rm", ["docker", "volume", "rm", *volumes])
        if old:
            self.engine.say("INFO", f"ECS task: {self.arn(old)} is STOPPED.")

    def up(self, task: str) -> None:
        """Pull and start the containers, each after those it needs. Raises Failed when one does not stay."""
        engine = self.engine
        engine.say("INFO", f"Starting new ECS task with {self.cluster}:{engine.request['deployment']}.")
        dockerrun = json.loads((CURRENT / DOCKERRUN).read_text())
        volumes = {
            one["name"]: (one.get("host") or {}).get("sourcePath") or f"{VOLUME}{task[:12]}-{one['name']}"
            for one in dockerrun.get("volumes") or ()
        }
        running: dict[str, str] = {}
        try:
            for definition in ecs_rules.in_order(dockerrun["containerDefinitions"]):
                self.await_health(definition, running)
                running[definition["name"]] = self.run(task, definition, volumes, running)
            self.settle()
        except Failed:
            states = "".join(f"{one['name']}: " for one in dockerrun["containerDefinitions"])
            engine.say("ERROR", f"ECS task stopped due to: Task failed to start. ({states})")
            raise
        engine.say("INFO", f"ECS task: {self.arn(task)} is RUNNING.")

    def start(self, task: str) -> None:
        """Start the containers that a stop of the instance ended, the oldest first."""
        for container in reversed(containers()):
            self.engine.run("docker start", ["docker", "start", container["name"]], holds_lock=True)

    def run(
        self, task: str, definition: Mapping[str, Any], volumes: Mapping[str, str], running: Mapping[str, str]
    ) -> str:
        """Start one container; its name."""
        own = {one["name"]: one["value"] for one in definition.get("environment", ())}
        variables = {**self.engine.environment, **own}
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
        """Wait for what `dependsOn` wants to be healthy. Raises Failed when the deployment's time is over."""
        for one in definition.get("dependsOn", ()):
            while one["condition"] == "HEALTHY" and self.health(running[one["containerName"]]) != "healthy":
                if time.monotonic() > self.engine.deadline:
                    raise Failed(f"The container {one['containerName']} did not become healthy.")
                time.sleep(0.2)

    def health(self, container: str) -> str:
        """Docker's word for it; empty without a health check."""
        wanted = "{{if .State.Health}}{{.State.Health.Status}}{{end}}"
        return output("docker", "inspect", "--format", wanted, container).strip()

    def settle(self) -> None:
        """Raises Failed when an essential container ends within SETTLE_SECONDS."""
        until = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < until:
            if ended := [one["service"] for one in containers() if one["state"] != "running" and one["essential"]]:
                raise Failed(f"Essential container in task exited: {', '.join(ended)}.")
            time.sleep(0.2)

    def arn(self, task: str) -> str:
        """A task's address, as events and labels have it."""
        return f"{TASKS}/{self.cluster}/{task}"
