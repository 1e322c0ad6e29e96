"""Deploys source bundles on this instance, as the platform's engine of the same name does.

One JSON request on standard input, one JSON answer on standard output. `action` is one of
  deploy  the bundle at BUNDLE with `environment`, `version`, `deployment` (a number), `mode` (application or
          configuration), `leader` (run leader_only commands here), `timeout` in seconds, `platform` (Docker or
          ECS) and `cluster`, the name of ECS's
  start   what ran before the instance was stopped
  record  what the last deployment left here
  status  the same with the containers and their image digests
Every step may be killed and run again. All that hooks and Docker say goes to the log.
"""

import json
import os
import subprocess
import sys
from typing import Any

from . import machine
from .deploy import Engine


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked."""
    action = request["action"]
    if action == "record":
        return {"record": machine.record()}
    try:
        machine.wait_for_daemon()
        if action == "status":
            return {"record": machine.record(), "containers": machine.containers()}
        return change(request, action)
    except machine.Failed as failure:
        return {"error": str(failure), "warnings": [], "events": [], "old_serves": False}


def change(request: dict[str, Any], action: str) -> dict[str, Any]:
    """Deploy or start, alone. A failure before the old version was touched leaves its environment properties."""
    with (machine.HOME / "lock").open("w") as lock:
        engine = Engine(request, lock.fileno())
        engine.take_lock()
        before = machine.ENVIRONMENT.read_text() if machine.ENVIRONMENT.exists() else "{}"
        error = ""
        try:
            engine.deploy() if action == "deploy" else engine.start()
        except (machine.Failed, OSError, subprocess.SubprocessError) as failure:
            error = str(failure)
            machine.log(f"ERROR {error}")
            if not engine.old_is_down:
                machine.write(machine.ENVIRONMENT, before)
        old_serves = not engine.old_is_down and machine.record().get("finished", False)
        return {"error": error, "warnings": engine.warnings, "events": engine.events, "old_serves": old_serves}


os.umask(0o022)
json.dump(answer(json.load(sys.stdin)), sys.stdout)
