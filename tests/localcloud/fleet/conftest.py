"""A separate cloud for the tests, which is removed afterwards."""

import dataclasses
import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.contract import Deployment, InstanceState, Progress, SecretUnavailable, Severity, Spec
from dockdj.localcloud.fleet import placement, registry
from dockdj.localcloud.fleet.operations import Operations
from dockdj.localcloud.fleet.services import Services, ensure_services, remove_cloud
from tests.localcloud.fleet import bundles
from tests.localcloud.fleet.spec import SPEC
from tests.support import ports, runs


@pytest.fixture(scope="package", autouse=True)
def own_ports() -> Iterator[None]:
    """Ports that no cloud of another worker tries, because a stopped cloud must get its ports again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "FIRST_PORT", ports.free())
        patch.setattr(placement, "BALANCER_PORT", ports.free())
        yield


@pytest.fixture(scope="package")
def state_id() -> Iterator[str]:
    """The id of a cloud, all of whose containers and volumes are removed afterwards."""
    cloud_id = runs.name("test")
    yield cloud_id
    registry.log_out(cloud_id)
    remove_cloud(cloud_id)


@pytest.fixture(scope="package")
def cloud_services(state_id: str) -> Services:
    running = ensure_services(state_id)
    registry.log_in(state_id)
    return running


@dataclass
class ChangingSecrets:
    """Stores of secrets whose values a test changes; see `contract.Secrets`."""

    stored: dict[str, str] = field(default_factory=dict)

    def identity(self, instance_id: str) -> dict[str, str | int]:
        return {"key": "key", "profile": "profile", "region": "us-east-1", "account": "123456789012", "port": 5577}

    def values(self, references: Mapping[str, str]) -> dict[str, str]:
        if missing := sorted(set(references.values()) - set(self.stored)):
            raise SecretUnavailable(f"There is no {missing[0]}.")
        return {name: self.stored[arn] for name, arn in references.items()}


@dataclass
class Environment:
    """An environment under test: its spec, the events of the last operation, and its pages."""

    operations: Operations
    spec: Spec
    folder: Path
    images: dict[str, str]
    secrets: ChangingSecrets = field(default_factory=ChangingSecrets)
    number: int = 0
    events: list[tuple[Severity, str]] = field(default_factory=list)

    def emit(self, severity: Severity, text: str) -> None:
        self.events.append((severity, text))

    def event_text(self) -> str:
        return "\n".join(f"{severity} {text}" for severity, text in self.events)

    def version(self, release: str, *, files: dict[str, str] | None = None, **environment: str) -> Deployment:
        """The next deployment, with a bundle of one of the images."""
        self.number += 1
        path = bundles.bundle(self.folder / f"{self.number}.zip", self.images[release], files=files, **environment)
        return Deployment(self.number, f"v{release}-{self.number}", path)

    def deploy(self, deployment: Deployment, **changes: Any) -> Deployment:
        """Deploy with a changed spec for this call."""
        self.events.clear()
        self.operations.deploy(dataclasses.replace(self.spec, **changes), deployment, self.emit, self.progress)
        return deployment

    @property
    def progress(self) -> Progress:
        """Progress that keeps the group of the environment's instances."""

        def adopt(group: str) -> None:
            self.spec = dataclasses.replace(self.spec, group=group)

        return Progress(lambda: None, adopt)

    def configure(self, deployment: Deployment, **changes: Any) -> None:
        """Change the spec and apply it."""
        self.events.clear()
        self.spec = dataclasses.replace(self.spec, **changes)
        self.operations.configure(self.spec, deployment, self.emit, self.progress)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.spec.port}"

    def states(self) -> tuple[InstanceState, ...]:
        """The instances as they are now, oldest first."""
        return self.operations.observe(self.spec).instances

    def page(self, path: str = "/") -> dict[str, Any]:
        with urllib.request.urlopen(self.url + path, timeout=120) as answer:
            page: dict[str, Any] = json.load(answer)
        return page

    def containers(self) -> list[str]:
        """The names of the instances' containers, oldest first."""
        return [instance.container for instance in self.operations.placement.instances(self.spec)]

    def inside(self, container: str, command: str) -> str:
        return bundles.docker("exec", container, "sh", "-c", command)


@pytest.fixture(scope="package")
def images(cloud_services: Services) -> Iterator[dict[str, str]]:
    """The images of two releases of the application, by digest."""
    yield {release: bundles.push(cloud_services.registry, release) for release in ("1", "2")}
    for release in ("1", "2"):
        bundles.docker("image", "rm", "--force", f"{cloud_services.registry}/application:{release}")


@pytest.fixture(scope="package")
def environment(
    state_id: str, cloud_services: Services, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """An environment of two instances with release 1."""
    url = cloud_services.database_url("shop-local")
    spec = dataclasses.replace(SPEC, variables={**SPEC.variables, "DATABASE_URL": url})
    secrets = ChangingSecrets()
    operations = Operations(state_id, secrets=secrets)
    environment = Environment(operations, spec, tmp_path_factory.mktemp("bundles"), images, secrets)
    port = environment.operations.launch(spec, environment.version("1"), environment.emit)
    environment.spec = dataclasses.replace(spec, port=port)
    return environment
