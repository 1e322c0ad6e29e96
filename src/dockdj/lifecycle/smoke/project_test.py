"""The project's own smoke test: a program of the commit that runs beside the assembled release."""

import os
from pathlib import Path

from dockdj.events import Output
from dockdj.lifecycle.readiness import last
from dockdj.lifecycle.smoke.checklist import Suite, Wrong
from dockdj.lifecycle.smoke.pages import Door
from dockdj.model.project.recipe import SMOKE_PROGRAM

SECONDS = 300.0


def run(suite: Suite, folder: Path, beside: str, image: str, env_file: Path, door: Door | None) -> None:
    """Run the program in `image`, in the network of the service `beside`; status 0 passes. Raises Wrong."""
    program = folder / SMOKE_PROGRAM
    if not program.is_file() or not os.access(program, os.X_OK):
        raise Wrong("is no executable file", hint=f"git update-index --chmod=+x {SMOKE_PROGRAM}")
    variables = {"SMOKE_URL": f"http://127.0.0.1:{door.inner}"} if door else {}
    identity = suite.stack.identities()[beside]
    status, output = suite.stack.run_next_to(identity, image, program, variables, env_file=env_file, timeout=SECONDS)
    suite.said["docker-smoke"] = output
    for line in output.splitlines():
        suite.report(Output(line))
    if status != 0:
        raise Wrong(f"ended with status {status}:\n{last(output)}")
