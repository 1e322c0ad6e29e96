"""The ECS agent: stop a whole task when one of its essential containers exits.

Run as `python3 -m eb_engine.ecs_agent`.
"""

import json
import subprocess
import time

from .ecs import ESSENTIAL_LABEL, NAME_LABEL
from .machine import TASK_LABEL, Failed, log, output, wait_for_daemon

EVENTS = (
    "docker", "events", "--filter", "type=container", "--filter", "event=die",
    "--filter", f"label={ESSENTIAL_LABEL}=true", "--format", "{{json .Actor.Attributes}}",
)  # fmt: skip


def watch() -> None:
    """Follow the daemon's events until the daemon stops."""
    wait_for_daemon()
    with subprocess.Popen(EVENTS, stdout=subprocess.PIPE, text=True) as events:
        assert events.stdout is not None
        for line in events.stdout:
            attributes = json.loads(line)
            stop_task(attributes[TASK_LABEL], attributes[NAME_LABEL])


def stop_task(task: str, name: str) -> None:
    """Stop a task's running containers. During a deployment, the engine is already stopping the old task."""
    running = output("docker", "ps", "--quiet", "--filter", f"label={TASK_LABEL}={task}").split()
    if running:
        log(f"Essential container {name} in task exited: stopping {len(running)} others of {task}")
        subprocess.run(["docker", "stop", *running], capture_output=True, check=False)


if __name__ == "__main__":
    while True:
        try:
            watch()
        except (Failed, json.JSONDecodeError) as failure:
            log(f"ECS agent: {failure}")
        time.sleep(1)
