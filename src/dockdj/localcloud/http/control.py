"""What is ours and not Amazon's: the overview, databases that stand in for RDS, and the end."""

from __future__ import annotations

import hmac
import json
import logging
import os
import re
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from dockdj.localcloud.api.environments import health_of
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.http.client import PREFIX
from dockdj.localcloud.platform.options import spec_of
from dockdj.localcloud.state import lookups

DATABASE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def answer(cloud: Cloud, request: Request, *, stop: Callable[[], None]) -> Response:
    """Answer a request below PREFIX; the secret key is the password."""
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {cloud.settings.secret_key}".encode()):
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
                # Once it is sent: whoever still writes when the server ends is cut off.
                response.call_on_close(stop)
                return response
    except Exception as error:
        logging.exception("%s %s broke", request.method, request.path)
        return _json({"error": str(error)}, 500)
    return _json({"error": f"nothing at {request.method} {request.path}"}, 404)


def pulse(cloud: Cloud) -> dict[str, Any]:
    """The server's process id and its number of pending jobs: asks no environment, so it is cheap."""
    return {"pid": os.getpid(), "busy": cloud.work.busy()}


def overview(cloud: Cloud) -> dict[str, Any]:
    """All living environments with their instances."""
    found = cloud.state.rows(f"SELECT * FROM environments WHERE {lookups.LIVING} ORDER BY name")
    environments = []
    for row in found:
        health = health_of(cloud, row)
        instances = cloud.operations.instances(spec_of(row, cloud.state.options(row["id"])))
        environments.append(
            {
                "name": row["name"],
                "id": row["id"],
                "application": row["application"],
                "status": row["status"],
                "label": row["label"],
                "health": health.status,
                "color": health.colour,
                "causes": list(health.causes),
                "url": f"http://127.0.0.1:{row['port']}" if row["port"] else None,
                "instances": [
                    {
                        "id": one.id,
                        "health": one.status,
                        "label": one.version_label,
                        "deployment": one.deployment_id,
                        "causes": list(one.causes),
                    }
                    for one in instances
                ],
            }
        )
    return {**pulse(cloud), "environments": environments}


def _database(cloud: Cloud, request: Request) -> Response:
    document = request.get_json(silent=True)
    name = document.get("name") if isinstance(document, dict) else None
    if not isinstance(name, str) or not DATABASE_NAME.fullmatch(name):
        return _json({"error": f"`name` must match {DATABASE_NAME.pattern}"}, 400)
    return _json({"url": cloud.databases.database_url(name)})


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(document), status, content_type="application/json")
