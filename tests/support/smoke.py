"""Releases for the smoke suite to assemble and test."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.errors import Refused
from dockdj.events import Report, silent
from dockdj.lifecycle.smoke import run
from dockdj.lifecycle.smoke.run import SmokeRequest
from dockdj.model.project.project import Project
from dockdj.model.release.suites import SuiteResult


@dataclass(frozen=True)
class Assembly:
    """A checkout and its images."""

    project: Project
    tags: dict[str, str]

    def smoke(self, report: Report = silent, logs: Path | None = None) -> SuiteResult:
        images = {service: docker.image(tag) for service, tag in self.tags.items()}
        configs = {service: image.config for service, image in images.items() if image}
        return run.run(SmokeRequest(self.project, self.project.root, self.tags, configs, logs), report)

    def refused(self, report: Report = silent) -> Refused:
        with pytest.raises(Refused) as caught:
            self.smoke(report)
        assert not self.leftovers()
        return caught.value

    def leftovers(self) -> list[str]:
        """The names of runs that have containers, networks or volumes, once for each of these."""
        return [name for kind in (("ps", "--all"), ("network", "ls"), ("volume", "ls")) for name in self._runs(*kind)]

    def running(self) -> list[str]:
        """The names of runs with running containers, once for each container."""
        return self._runs("ps")

    def _runs(self, *kind: str) -> list[str]:
        argv = ["docker", *kind, "--format", '{{.Label "com.docker.compose.project"}}']
        names = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
        return [name for name in names if name.startswith(f"{self.project.name}-smoke-")]


def titles(result: SuiteResult) -> list[str]:
    return [check.name for check in result.checks]
