"""The front door of a release under test: pages and their files, asked as users and load balancers ask."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from dockdj.adapters import web
from dockdj.adapters.docker.compose import Container
from dockdj.adapters.web import Answer
from dockdj.errors import CommandFailed
from dockdj.lifecycle.readiness import last
from dockdj.lifecycle.smoke.checklist import Suite, Wrong
from dockdj.model.project.recipe import HEALTH_PATH, SMOKE_VARIABLES
from dockdj.model.smoke.compose_file import Published
from dockdj.model.smoke.page import own_path, resources

REDIRECTS = 5
SHOWN_BYTES = 600


@dataclass(frozen=True)
class Door:
    """Where the release answers: the service, its own port, and the port of this machine."""

    service: str
    inner: int
    port: int


def door(ports: Sequence[Published], containers: Sequence[Container]) -> Door | None:
    """The port that must answer: Dockdj's own for the application, else one of a service with a health check."""
    found = {one.service: one for one in containers}
    for port in ports:
        container = found.get(port.service)
        if container and (port.variable or container.health) and port.inner in container.ports:
            return Door(port.service, port.inner, container.ports[port.inner])
    return None


@dataclass(frozen=True)
class Front:
    """Checks of the pages behind a door. `release` is what the health page must say of itself if it says anything."""

    suite: Suite
    door: Door
    release: str

    def health(self) -> None:
        """The page that load balancers ask answers, through everything that stands before it. Raises Wrong."""
        answer = self._get(HEALTH_PATH)
        if answer.status != 200:
            raise self._wrong(HEALTH_PATH, answer)
        try:
            said = json.loads(answer.body)
        except ValueError:
            return
        shown = said.get("release", self.release) if isinstance(said, dict) else self.release
        if shown != self.release:
            raise Wrong(f"{HEALTH_PATH} says that the release is {shown!r}, but DOCKDJ_RELEASE is {self.release!r}")

    def home(self) -> tuple[str, Answer]:
        """The first page, where its redirects lead; its path and the answer. Raises Wrong."""
        path = "/"
        for _ in range(REDIRECTS + 1):
            answer = self._get(path)
            if answer.status == 400:
                hint = f"does it refuse the host 127.0.0.1? Give its list of hosts a value in {SMOKE_VARIABLES}"
                raise self._wrong(path, answer, hint=hint)
            if answer.status >= 500:
                raise self._wrong(path, answer)
            to = own_path(answer.location, self._address(path), self._address(path)) if answer.location else ""
            if not 300 <= answer.status < 400 or not to:
                return path, answer
            path = to
        raise Wrong(f"/ redirects more than {REDIRECTS} times, at last to {path}")

    def files(self, path: str, page: Answer) -> int:
        """Every file of its own that the page names is there; how many there are. Raises Wrong."""
        named = resources(page.body.decode(errors="replace"), self._address(path))
        for file in named:
            answer = self._get(file.path)
            if answer.status != 200:
                raise self._wrong(file.path, answer)
            if not file.plausible(answer.kind):
                raise Wrong(f"GET {file.path}: {answer.kind or 'no content type'}, expected {' or '.join(file.kinds)}")
        return len(named)

    def unknown(self) -> str:
        """A page that nobody made is no error of the server; its path. Raises Wrong."""
        path = f"/dockdj-smoke-{secrets.token_hex(8)}"
        answer = self._get(path)
        if answer.status >= 500:
            raise self._wrong(path, answer)
        return path

    def _address(self, path: str) -> str:
        return urljoin(f"http://127.0.0.1:{self.door.port}/", path)

    def _get(self, path: str) -> Answer:
        try:
            return web.get(self.door.port, path)
        except CommandFailed as error:
            raise Wrong(error.message, *self._witnesses()) from error

    def _wrong(self, path: str, answer: Answer, hint: str = "") -> Wrong:
        body = answer.body.decode(errors="replace")[:SHOWN_BYTES] if answer.kind != "text/html" else ""
        return Wrong(
            f"GET {path}: status {answer.status}" + (f"\n{last(body)}" if body.strip() else ""),
            *self._witnesses(),
            hint=hint,
        )

    def _witnesses(self) -> tuple[str, ...]:
        """Who may know why: who answered, and those behind."""
        return (self.door.service, *(name for name in self.suite.services if name != self.door.service))
