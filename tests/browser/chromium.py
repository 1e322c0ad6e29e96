"""Headless Chromium in a container on the host's network: it sees what a developer's browser sees."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support import runs
from tests.support.eventually import eventually

IMAGE = "dockdj-testbed/chromium"
LISTENING = re.compile(r"DevTools listening on (ws://\S+)")


@contextmanager
def running() -> Iterator[str]:
    """Run a browser, yield the address of its DevTools, and remove it afterwards."""
    name = runs.name("dockdj-test-chromium-")
    run = ["docker", "run", "--detach", "--rm", "--init", "--network", "host", "--name", name, "--pull", "never", IMAGE]
    started = subprocess.run(run, capture_output=True, text=True, check=False)
    assert started.returncode == 0, f"{started.stderr}The browser's image is made by: testbed/setup browser"
    try:
        yield _address(name)
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False)


def _address(name: str) -> str:
    def announced() -> re.Match[str] | None:
        done = subprocess.run(["docker", "logs", name], capture_output=True, text=True, check=True)
        return LISTENING.search(done.stdout + done.stderr)

    return eventually(announced)[1]
