"""A real image registry, for as long as it is needed."""

import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def running(*, deletes: bool = False) -> Iterator[str]:
    """host:port of a registry, gone afterwards; with `deletes` it lets manifests be deleted."""
    name = f"dockdj-test-registry-{uuid.uuid4().hex[:8]}"
    options = ["--name", name, "--publish", "127.0.0.1::5000"]
    options += ["--env", "REGISTRY_STORAGE_DELETE_ENABLED=true"] if deletes else []
    subprocess.run(["docker", "run", "--detach", "--rm", *options, "registry:2"], check=True, capture_output=True)
    try:
        port = subprocess.run(["docker", "port", name, "5000"], check=True, capture_output=True, text=True).stdout
        address = port.split()[0]
        _until_answers(f"http://{address}/v2/")
        yield address
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", name], check=False, capture_output=True)


def _until_answers(url: str) -> None:
    for _ in range(100):
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=1).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
