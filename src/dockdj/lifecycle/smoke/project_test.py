"""The project's own smoke test: a program of the commit that runs next to the assembled release."""

import os
from pathlib import Path

from dockdj.events import Output
from dockdj.lifecycle.readiness import last
from dockdj.lifecycle.smoke.checklist import CheckFailed, Suite
from dockdj.lifecycle.smoke.pages import Door
from dockdj.lifecycle.smoke.stack import SmokeRelease

SECONDS = 300.0


def run(suite: Suite, release: SmokeRelease, service: str, env_file: Path, door: Door | None) -> None:
    """Run the program in a service's image, in the network of the door's container; status 0 passes.

    Without a door, the network is that of the service. Raises CheckFailed.
    """
    name = release.layout.smoke.program
    program = release.folder / name
    if not program.is_file() or not os.access(program, os.X_OK):
        raise CheckFailed("is not an executable file", hint=f"git update-index --chmod=+x {name}")
    variables = {"SMOKE_URL": f"http://127.0.0.1:{door.inner}"} if door else {}
    neighbour = suite.stack.identities()[door.service if door else service]
    image = release.tags[service]
    status, output = suite.stack.run_next_to(neighbour, image, program, variables, env_file=env_file, timeout=SECONDS)
    suite.outputs["docker-smoke"] = output
    for line in output.splitlines():
        suite.report(Output(line))
    if status != 0:
        raise CheckFailed(f"ended with status {status}:\n{last(output)}")
