"""Checks of a release's pages and their files, requested as users and load balancers request them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from dockdj.adapters import web
from dockdj.adapters.docker.compose import Container
from dockdj.adapters.web import Answer
from dockdj.errors import CommandFailed
from dockdj.lifecycle.readiness import last
from dockdj.lifecycle.smoke.checklist import CheckFailed, Suite
from dockdj.model import json_document
from dockdj.model.project.layout import Layout
from dockdj.model.smoke.compose_file import Published
from dockdj.model.smoke.page import own_path, resources

REDIRECTS = 5
SHOWN_BYTES = 600


@dataclass(frozen=True)
class Door:
    """The port of a release: the service, the container's port, and the port of this machine."""

    service: str
    inner: int
    port: int


def door(ports: Sequence[Published], containers: Sequence[Container], inner: int | None = None) -> Door | None:
    """The port that must answer: `inner`, else the application's variable, else one with a health check."""
    by_service = {container.service: container for container in containers}
    for port in ports:
        container = by_service.get(port.service)
        wanted = port.inner == inner if inner else port.variable or (container and container.health)
        if container and wanted and port.inner in container.ports:
            return Door(port.service, port.inner, container.ports[port.inner])
    return None


@dataclass(frozen=True)
class PageChecks:
    """Checks of the pages behind a door. `release` is the name that the health page must show if it shows a release."""

    suite: Suite
    door: Door
    release: str
    layout: Layout

    def health(self) -> None:
        """Request the health page through every proxy in front of it. Raises CheckFailed."""
        path = self.layout.application.health_path
        answer = self._get(path)
        if answer.status != 200:
            raise self._failure(path, answer)
        try:
            document = json_document.parse(answer.body)
        except ValueError:
            return
        shown = document.get("release", self.release) if isinstance(document, dict) else self.release
        if shown != self.release:
            raise CheckFailed(f"{path} shows the release {shown!r}, but DOCKDJ_RELEASE is {self.release!r}")

    def home(self) -> tuple[str, Answer]:
        """Request the first page and follow its redirects; return the last path and its answer. Raises CheckFailed."""
        path = "/"
        for _ in range(REDIRECTS + 1):
            answer = self._get(path)
            if answer.status == 400:
                values = self.layout.smoke.variables
                hint = f"if it refuses the host 127.0.0.1, set its list of allowed hosts in {values}"
                raise self._failure(path, answer, hint=hint)
            if answer.status >= 500:
                raise self._failure(path, answer)
            target = own_path(answer.location, self._address(path), self._address(path)) if answer.location else ""
            if not 300 <= answer.status < 400 or not target:
                return path, answer
            path = target
        raise CheckFailed(f"/ redirects more than {REDIRECTS} times, finally to {path}")

    def files(self, path: str, page: Answer) -> int:
        """Request every file that the page names on its own server; return their number. Raises CheckFailed."""
        files = resources(page.body.decode(errors="replace"), self._address(path))
        for file in files:
            answer = self._get(file.path)
            if answer.status != 200:
                raise self._failure(file.path, answer)
            if not file.plausible(answer.kind):
                raise CheckFailed(
                    f"GET {file.path}: {answer.kind or 'no content type'}, expected {' or '.join(file.kinds)}"
                )
        return len(files)

    def unknown(self) -> str:
        """Request a page that does not exist, which must not be a server error; return its path. Raises CheckFailed."""
        path = f"/dockdj-smoke-{secrets.token_hex(8)}"
        answer = self._get(path)
        if answer.status >= 500:
            raise self._failure(path, answer)
        return path

    def _address(self, path: str) -> str:
        return urljoin(f"http://127.0.0.1:{self.door.port}/", path)

    def _get(self, path: str) -> Answer:
        try:
            return web.get(self.door.port, path)
        except CommandFailed as error:
            raise CheckFailed(error.message, *self._witnesses()) from error

    def _failure(self, path: str, answer: Answer, hint: str = "") -> CheckFailed:
        body = answer.body.decode(errors="replace")[:SHOWN_BYTES] if answer.kind != "text/html" else ""
        return CheckFailed(
            f"GET {path}: status {answer.status}" + (f"\n{last(body)}" if body.strip() else ""),
            *self._witnesses(),
            hint=hint,
        )

    def _witnesses(self) -> tuple[str, ...]:
        """The services whose logs may explain a failure: the door's service first."""
        return (self.door.service, *(name for name in self.suite.services if name != self.door.service))
