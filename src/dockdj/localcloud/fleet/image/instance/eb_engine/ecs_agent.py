"""Ends a whole task when one of its essential containers ends: `python3 -m eb_engine.ecs_agent`."""

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
    """Follow the daemon's events until it goes away."""
    wait_for_daemon()
    with subprocess.Popen(EVENTS, stdout=subprocess.PIPE, text=True) as events:
        assert events.stdout is not None
        for line in events.stdout:
            ended = json.loads(line)
            end(ended[TASK_LABEL], ended[NAME_LABEL])


def end(task: str, name: str) -> None:
    """Stop what still runs of a task. During a deployment all of the old task is being stopped anyway."""
    left = output("docker", "ps", "--quiet", "--filter", f"label={TASK_LABEL}={task}").split()
    if left:
        log(f"Essential container {name} in task exited: stopping {len(left)} others of {task}")
        subprocess.run(["docker", "stop", *left], capture_output=True, check=False)


if __name__ == "__main__":
    while True:
        try:
            watch()
        except (Failed, json.JSONDecodeError) as failure:
            log(f"ECS agent: {failure}")
        time.sleep(1)
