"""Releases to assemble and test."""

import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.errors import Refused
from dockdj.lifecycle.smoke import run
from dockdj.model.project.project import Project


@dataclass(frozen=True)
class Assembly:
    """A checkout and its images."""

    project: Project
    tags: dict[str, str]

    def smoke(self, **more: Any) -> dict[str, Any]:
        images = {service: docker.image(tag) for service, tag in self.tags.items()}
        configs = {service: found.config for service, found in images.items() if found}
        return run.run(self.project, self.project.root, self.tags, configs, **more)

    def refused(self, **more: Any) -> Refused:
        with pytest.raises(Refused) as caught:
            self.smoke(**more)
        assert not self.left()
        return caught.value

    def left(self) -> list[str]:
        """Containers, networks and volumes of runs, each by the name of its run."""
        return [name for kind in (("ps", "--all"), ("network", "ls"), ("volume", "ls")) for name in self._runs(*kind)]

    def running(self) -> list[str]:
        """Containers of runs that run, each by the name of its run."""
        return self._runs("ps")

    def _runs(self, *kind: str) -> list[str]:
        argv = ["docker", *kind, "--format", '{{.Label "com.docker.compose.project"}}']
        names = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
        return [name for name in names if name.startswith(f"{self.project.name}-smoke-")]


def titles(entry: dict[str, Any]) -> list[str]:
    return [check["name"] for check in entry["checks"]]
