"""Deploy source bundles on this instance, as the platform's engine of the same name does.

The engine reads one JSON request from standard input and writes one JSON answer to standard output. `action` is:
  deploy  deploy the bundle at BUNDLE, with `environment`, `secrets` (the names of properties), `version`, `deployment`
          (a number), `mode` (application or configuration), `leader` (run leader_only commands here), `timeout` in
          seconds, `platform` (Docker or ECS) and `cluster`, the name of the ECS cluster
  start   start the containers that ran before the instance was stopped
  restart restart the application of the last deployment, with `environment`, `secrets` and `cluster`
  secrets keep the `values` of secrets for later deployments, or the `error` that fails them
  identity  keep the `identity` that the metadata service tells
  record  return the record of the last deployment
  status  return the record and the containers with their image digests
  logs    return the logs: `kind` is tail (a text) or bundle (a zip file in base64)
The engine may be killed at any step and run again. The output of hooks and Docker goes to the log.
"""

import json
import os
import sys
import traceback
from typing import Any

from . import logs, machine, metadata
from .bundle_rules import printable
from .deploy import Engine


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Carry out a request."""
    action = request["action"]
    try:
        if action == "record":
            return {"record": machine.record()}
        if action == "secrets":
            machine.write(machine.SECRETS, json.dumps({"values": request["values"], "error": request["error"]}))
            return {}
        if action == "identity":
            machine.write(metadata.IDENTITY, json.dumps(request["identity"]))
            return {}
        machine.wait_for_daemon()
        if action == "status":
            return {"record": machine.record(), "containers": machine.containers()}
        if action == "logs":
            return {"logs": logs.bundle() if request["kind"] == "bundle" else logs.tail()}
        return change(request, action)
    except Exception as failure:
        return {"error": cause(failure), "warnings": [], "events": [], "old_serves": False}


def change(request: dict[str, Any], action: str) -> dict[str, Any]:
    """Deploy or start under the lock. A failure while the old version still serves keeps its environment properties."""
    with (machine.HOME / "lock").open("w") as lock:
        engine = Engine(request, lock.fileno())
        engine.take_lock()
        properties = machine.ENVIRONMENT.read_text() if machine.ENVIRONMENT.exists() else "{}"
        error = ""
        try:
            engine.read_properties()
            {"deploy": engine.deploy, "start": engine.start, "restart": engine.restart}[action]()
        except Exception as failure:
            error = cause(failure)
            machine.log(f"ERROR {error}")
            if not engine.old_version_stopped:
                machine.write(machine.ENVIRONMENT, properties)
        old_serves = not engine.old_version_stopped and machine.record().get("finished", False)
        return {"error": error, "warnings": engine.warnings, "events": engine.events, "old_serves": old_serves}


def cause(failure: Exception) -> str:
    """The text of the event for a failure, whatever the bundle contains. The log has the rest."""
    if isinstance(failure, machine.Failed):
        return printable(str(failure))
    machine.log("".join(traceback.format_exception(failure)))
    return printable(f"The source bundle cannot be deployed: {type(failure).__name__}: {failure}")


if __name__ == "__main__":
    os.umask(0o022)
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
