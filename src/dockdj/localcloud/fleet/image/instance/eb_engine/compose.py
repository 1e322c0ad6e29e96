"""The Docker platform: run the bundle's compose file, with the platform's additions."""

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from . import bundle_rules
from .machine import CURRENT, LOG_BASE, OVERRIDE, PROJECT_LABEL, STAGING, Failed, log, output, projects, write

if TYPE_CHECKING:
    from .deploy import Engine

COMPOSE_FILE = "docker-compose.yml"


class Compose:
    """The steps of a deployment that are specific to this platform. See `ecs.Ecs` for the other platform."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine

    def check(self, folder: Path) -> None:
        """Raises Failed unless the bundle has a compose file."""
        if not (folder / COMPOSE_FILE).is_file():
            raise Failed(f"There is no {COMPOSE_FILE} in the root of the source bundle.")

    def before_predeploy(self, folder: Path) -> None:
        """Run container commands and write the environment properties. A bundle's own .env replaces them entirely."""
        if self.engine.request["mode"] == "application":
            self.engine.run_container_commands()
        if (folder / ".env").exists():
            log("The source bundle has an .env: the environment properties are not written")
        else:
            write(folder / ".env", bundle_rules.dotenv(self.engine.environment))

    def prepare(self, folder: Path) -> str:
        """Pull and build the images while the old version serves. Returns the name of the new compose project."""
        project = f"d{self.engine.request['deployment']}-{secrets.token_hex(3)}"
        configuration = json.loads(
            output("docker", "compose", "-p", project, "-f", COMPOSE_FILE, "config", "--format", "json", cwd=folder)
        )
        for service in configuration["services"]:
            (LOG_BASE / service).mkdir(parents=True, exist_ok=True)
        volumes = bundle_rules.renamed_volumes(project, configuration.get("volumes", {}))
        write(OVERRIDE, json.dumps({"volumes": volumes}))
        self.compose(project, "pull", "--ignore-buildable", "--quiet", cwd=STAGING)
        if any("build" in service for service in configuration["services"].values()):
            self.compose(project, "build", "--quiet", cwd=STAGING)
        return project

    def down(self) -> None:
        """Remove every compose project that has containers or networks."""
        for project in projects():
            argv = ["docker", "compose", "-p", project, "down", "--remove-orphans"]
            self.engine.run("docker compose down", argv, holds_lock=True)
            remaining = output("docker", "ps", "-aq", "--filter", f"label={PROJECT_LABEL}={project}").split()
            if remaining:
                self.engine.run("Removing remaining containers", ["docker", "rm", "--force", *remaining])

    def up(self, project: str) -> None:
        """Start the prepared project."""
        self.compose(project, "up", "--detach", "--no-build", "--quiet-pull", cwd=CURRENT)

    def start(self, project: str) -> None:
        """Start all containers after a stop of the instance, whatever their restart policies."""
        self.compose(project, "up", "--detach", "--no-build", "--no-recreate", cwd=CURRENT)

    def restart(self, project: str) -> str:
        """Restart all containers. Returns the name of the project, which stays the same."""
        self.compose(project, "restart", cwd=CURRENT)
        return project

    def compose(self, project: str, *arguments: str, cwd: Path) -> None:
        """Run a compose command with the platform's override file. Raises Failed."""
        argv = ["docker", "compose", "-p", project, "-f", COMPOSE_FILE, "-f", str(OVERRIDE), *arguments]
        env = {"EB_LOG_BASE_DIR": str(LOG_BASE)}
        self.engine.run(f"docker compose {arguments[0]}", argv, cwd=cwd, env=env, holds_lock=True)
