"""The control API, which AWS does not have: ping, overview, databases and shutdown.

It is served on a socket file in the state folder (`adapters.beanstalk.control_socket`), which only the folder's owner
can open. So its requests need no signature.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from dockdj.localcloud.api.environments import health_of, instances_of
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.environment_options import options_of
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.tables import Environment

DATABASE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Control:
    """The WSGI application of one cloud's control API."""

    cloud: Cloud
    port: int
    """The port of 127.0.0.1 on which this process serves the cloud's API."""
    stop: Callable[[], None]
    """Ends the server."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        try:
            match request.method, request.path.removeprefix("/"):
                case "GET", "ping":
                    return _json(self.pulse())
                case "GET", "status":
                    return _json({**self.pulse(), **overview(self.cloud)})
                case "POST", "databases":
                    return _database(self.cloud, request)
                case "POST", "shutdown":
                    response = _json({"stopping": True})
                    # Stop after the response is sent: the server's end breaks open connections.
                    response.call_on_close(self.stop)
                    return response
        except Exception as error:
            logging.exception("%s %s failed unexpectedly", request.method, request.path)
            return _json({"error": str(error)}, 500)
        return _json({"error": f"{request.method} {request.path} does not exist"}, 404)

    def pulse(self) -> dict[str, Any]:
        """The server's process id, its port and its number of jobs. This inspects no environment, so it is cheap."""
        return {"pid": os.getpid(), "port": self.port, "busy": self.cloud.work.busy()}


def overview(cloud: Cloud) -> dict[str, Any]:
    """All environments with their instances."""
    environments = sorted(lookups.environments(cloud.state), key=lambda environment: environment.name)
    return {"environments": [_environment(cloud, environment) for environment in environments]}


def _environment(cloud: Cloud, environment: Environment) -> dict[str, Any]:
    settings = options_of(cloud, environment)
    instances = instances_of(cloud, environment, settings)
    health = health_of(environment, settings, instances)
    return {
        "name": environment.name,
        "id": environment.id,
        "application": environment.application,
        "status": environment.status,
        "label": environment.label,
        "health": health.status,
        "color": health.colour,
        "causes": list(health.causes),
        "url": f"http://127.0.0.1:{environment.port}" if environment.port else None,
        "instances": [
            {
                "id": instance.id,
                "health": instance.status,
                "label": instance.version_label,
                "deployment": instance.deployment_id,
                "causes": list(instance.causes),
            }
            for instance in instances
        ],
    }


def _database(cloud: Cloud, request: Request) -> Response:
    document = request.get_json(silent=True)
    name = document.get("name") if isinstance(document, dict) else None
    if not isinstance(name, str) or not DATABASE_NAME.fullmatch(name):
        return _json({"error": f"`name` must match {DATABASE_NAME.pattern}"}, 400)
    return _json({"url": cloud.databases.database_url(name)})


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(document), status, content_type="application/json")
