"""The Docker platform on this instance: a compose file of the bundle, with what the platform adds."""

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
    """What a deployment does on this platform. See `ecs.Ecs` for the other one."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine

    def check(self, folder: Path) -> None:
        """Raises Failed unless there is a compose file."""
        if not (folder / COMPOSE_FILE).is_file():
            raise Failed(f"There is no {COMPOSE_FILE} in the root of the source bundle.")

    def before_predeploy(self, folder: Path) -> None:
        """Container commands, and the environment properties; a bundle's own .env wins whole, as on the platform."""
        if self.engine.request["mode"] == "application":
            self.engine.run_container_commands()
        if (folder / ".env").exists():
            log("The source bundle has an .env: the environment properties are not written")
        else:
            write(folder / ".env", bundle_rules.dotenv(self.engine.environment))

    def prepare(self, folder: Path) -> str:
        """All that takes long and can fail while the old version still serves; the new compose project's name."""
        project = f"d{self.engine.request['deployment']}-{secrets.token_hex(3)}"
        described = json.loads(
            output("docker", "compose", "-p", project, "-f", COMPOSE_FILE, "config", "--format", "json", cwd=folder)
        )
        for service in described["services"]:
            (LOG_BASE / service).mkdir(parents=True, exist_ok=True)
        volumes = bundle_rules.renamed_volumes(project, described.get("volumes", {}))
        write(OVERRIDE, json.dumps({"volumes": volumes}))
        self.compose(project, "pull", "--ignore-buildable", "--quiet", cwd=STAGING)
        if any("build" in service for service in described["services"].values()):
            self.compose(project, "build", "--quiet", cwd=STAGING)
        return project

    def down(self) -> None:
        """End every compose project of which something is left."""
        for project in projects():
            argv = ["docker", "compose", "-p", project, "down", "--remove-orphans"]
            self.engine.run("docker compose down", argv, holds_lock=True)
            left = output("docker", "ps", "-aq", "--filter", f"label={PROJECT_LABEL}={project}").split()
            if left:
                self.engine.run("Removing what was left", ["docker", "rm", "--force", *left])

    def up(self, project: str) -> None:
        """Start what `prepare` prepared."""
        self.compose(project, "up", "--detach", "--no-build", "--quiet-pull", cwd=CURRENT)

    def start(self, project: str) -> None:
        """Compose's own restart policies bring back only what asked for it; the platform starts all."""
        self.compose(project, "up", "--detach", "--no-build", "--no-recreate", cwd=CURRENT)

    def compose(self, project: str, *arguments: str, cwd: Path) -> None:
        argv = ["docker", "compose", "-p", project, "-f", COMPOSE_FILE, "-f", str(OVERRIDE), *arguments]
        env = {"EB_LOG_BASE_DIR": str(LOG_BASE)}
        self.engine.run(f"docker compose {arguments[0]}", argv, cwd=cwd, env=env, holds_lock=True)
