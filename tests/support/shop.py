"""A project created by `dockdj new` and used through the command line."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import runs
from tests.support.project import commit, git

# The labels with a container's service name, on the Docker and on the ECS platform.
NAMES = ("com.docker.compose.service", "com.amazonaws.ecs.container-name")
DOCKDJ = str(Path(sys.executable).with_name("dockdj"))


@dataclass(frozen=True)
class InstanceState:
    """The state inside an instance: the image digest of each service, facts of the stack, and the record."""

    images: Mapping[str, str]
    jq: str
    body_size: str
    release: str
    record: str


@dataclass(frozen=True)
class Shop:
    """A project's folder, and the environment variables of its commands."""

    root: Path
    environment: Mapping[str, str]
    target: str = "local"

    def dockdj(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        return self._run(DOCKDJ, *arguments, check=check)

    def wrapper(self, name: str, *words: str) -> None:
        """Type `bin/NAME WORDS`."""
        path = f"{Path(DOCKDJ).parent}{os.pathsep}{os.environ['PATH']}"
        self._run(str(self.root / "bin" / name), *words, PATH=path)

    def _run(self, *argv: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.environment, **variables}
        done = subprocess.run(argv, cwd=self.root, env=environment, text=True, capture_output=True)
        assert not check or done.returncode == 0, f"{' '.join(argv)}: {done.stdout}\n{done.stderr}"
        return done

    def data(self, *arguments: str) -> Any:
        """The data of a command's JSON."""
        return json.loads(self.dockdj("--json", *arguments).stdout)["data"]

    def failure(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command that fails; its exit code, message and hint."""
        done = self.dockdj("--json", *arguments, check=False)
        document = json.loads(done.stdout)
        assert document["status"] == "failed"
        (error,) = document["errors"]
        return done.returncode, error["message"], error["hint"]

    def record(self, version: str) -> Any:
        """The record of a release."""
        return json.loads(self.dockdj("show", version).stdout)

    def release(self, version: str) -> None:
        """Release and publish."""
        self.dockdj("release", version)
        self.dockdj("publish", version, "--to", self.target)

    def runs_first_of_two(self) -> None:
        """Deploy 1.0.0, and publish 1.1.0 with another greeting."""
        self.dockdj("create")
        self.release("1.0.0")
        self.change("app/apps/webroot/views.py", "^GREETING = .*", 'GREETING = "Hello from 1.1.0"')
        self.commit("Greet differently")
        self.release("1.1.0")
        self.dockdj("deploy", "1.0.0")

    def change(self, path: str, pattern: str, replacement: str) -> None:
        """Replace the first match of a pattern in a file of the project; no match is an error."""
        file = self.root / path
        text, count = re.subn(pattern, replacement, file.read_text(), count=1, flags=re.MULTILINE)
        assert count == 1, f"{pattern} is not in {path}"
        file.write_text(text)

    def commit(self, message: str) -> str:
        return commit(self.root, message)

    def git(self, *arguments: str) -> str:
        return git(self.root, *arguments)

    @property
    def name(self) -> str:
        return self.root.name

    @property
    def url(self) -> str:
        return str(self.data("status", self.target)["url"])

    def get(self, path: str = "") -> str:
        """A page, through the load balancer."""
        with urllib.request.urlopen(self.url + path, timeout=120) as response:
            return str(response.read().decode())

    def instances(self) -> tuple[InstanceState, ...]:
        """The state inside every instance."""
        return tuple(self._instance(instance["id"]) for instance in self.data("status", self.target)["instances"])

    def _instance(self, instance: str) -> InstanceState:
        container = _output("docker", "ps", "--filter", f"name={instance}", "--format", "{{.Names}}")
        inner = ["docker", "exec", container, "docker"]
        images, names = {}, {}
        for identity in _output(*inner, "ps", "--quiet").split():
            container_document = json.loads(_output(*inner, "inspect", identity))[0]
            if service := next(filter(None, map(container_document["Config"]["Labels"].get, NAMES)), None):
                images[service] = container_document["Config"]["Image"].partition("@")[2]
                names[service] = identity
        jq = _output(*inner, "exec", names["django"], "sh", "-c", "dpkg-query -W -f '${Version}' jq || true")
        nginx = _output(*inner, "exec", names["nginx"], "cat", "/etc/nginx/nginx.conf")
        variables = _output(*inner, "exec", names["django"], "sh", "-c", "echo $DOCKDJ_RELEASE $DOCKDJ_RECORD").split()
        size = re.search(r"client_max_body_size ([^;]+);", nginx)
        assert size
        return InstanceState(images, jq, size[1], *variables)


# Shortens the wait for an instance that never becomes healthy to a minute; a pull may still take longer.
HEALTH_CHECKS = """
[targets.local.options."aws:elasticbeanstalk:environment:process:default"]
HealthCheckInterval = "5"
"""


def make(
    folder: Path,
    name: str,
    state: Path,
    *,
    instances: int = 2,
    policy: str = "Rolling",
    platform: str = "docker",
) -> Shop:
    """`dockdj new`, with a bare Git remote beside it.

    The project is called `name` and something random, so that nobody else's images bear its name.
    """
    name = runs.name(f"{name}-")
    shop = Shop(folder / name, {"DOCKDJ_STATE": str(state)})
    subprocess.run(
        [DOCKDJ, "new", str(shop.root), "--platform", platform, "--defaults"], check=True, capture_output=True
    )
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder / f"{name}.git")], check=True)
    shop.git("remote", "add", "origin", str(folder / f"{name}.git"))
    shop.change("dockdj.toml", "^instances = .*", f"instances = {instances}")
    shop.change("dockdj.toml", "^policy = .*", f'policy = "{policy}"')
    with (shop.root / "dockdj.toml").open("a") as file:
        file.write(HEALTH_CHECKS)
    shop.commit("Fleet")
    return shop


def _output(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
