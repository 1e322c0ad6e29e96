"""The control API below /_dockdj/, which AWS does not have: ping, overview, databases and shutdown."""

from __future__ import annotations

import hmac
import json
import logging
import os
import re
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from dockdj.localcloud.api.environments import health_of, instances_of
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.http.client import PREFIX
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.tables import Environment

DATABASE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def answer(cloud: Cloud, request: Request, *, stop: Callable[[], None]) -> Response:
    """Answer a request below PREFIX. The secret key is the password."""
    authorization = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(authorization, f"Bearer {cloud.settings.secret_key}".encode()):
        return _json({"error": "the header Authorization needs the cloud's secret key"}, 401)
    try:
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", "ping":
                return _json(pulse(cloud))
            case "GET", "status":
                return _json(overview(cloud))
            case "POST", "databases":
                return _database(cloud, request)
            case "POST", "shutdown":
                response = _json({"stopping": True})
                # Stop after the response is sent: the server's end breaks open connections.
                response.call_on_close(stop)
                return response
    except Exception as error:
        logging.exception("%s %s failed unexpectedly", request.method, request.path)
        return _json({"error": str(error)}, 500)
    return _json({"error": f"{request.method} {request.path} does not exist"}, 404)


def pulse(cloud: Cloud) -> dict[str, Any]:
    """The server's process id and its number of jobs. This inspects no environment, so it is cheap."""
    return {"pid": os.getpid(), "busy": cloud.work.busy()}


def overview(cloud: Cloud) -> dict[str, Any]:
    """The pulse and all environments with their instances."""
    environments = sorted(lookups.environments(cloud.state), key=lambda environment: environment.name)
    return {**pulse(cloud), "environments": [_environment(cloud, environment) for environment in environments]}


def _environment(cloud: Cloud, environment: Environment) -> dict[str, Any]:
    health = health_of(cloud, environment)
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
            for instance in instances_of(cloud, environment)
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
