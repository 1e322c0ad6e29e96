"""A real image registry, for as long as it is needed."""

import json
import re
import subprocess
import tempfile
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from dockdj.model.canonical import digest_of
from tests.support import runs
from tests.support.eventually import eventually

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# In the registry's access log: the combined log format of web servers.
REQUEST = re.compile(r'"(?P<method>[A-Z]+) (?P<path>/\S*) HTTP/[\d.]+" (?P<status>\d+)')
ANSWER_SECONDS = 120


@dataclass(frozen=True)
class Registry:
    """A registry's container, and host:port where it answers on this machine and on the engine's network."""

    container: str
    address: str
    inner: str

    def requests(self) -> list[tuple[str, str, int]]:
        """(method, path, status) of every request so far, by its own access log."""
        # A line is there for us a moment after its answer: once this last one is, all before it are.
        last = f"/v2/{uuid.uuid4().hex}/tags/list"
        _answers(f"http://{self.address}{last}")
        return eventually(lambda: self._logged(last))

    def _logged(self, last: str) -> list[tuple[str, str, int]]:
        """What `requests` is asked for, or nothing as long as that path is not among it."""
        done = subprocess.run(["docker", "logs", self.container], check=True, capture_output=True, text=True)
        lines = filter(None, map(REQUEST.search, done.stdout.splitlines()))
        found = [(line["method"], line["path"], int(line["status"])) for line in lines]
        return found if last in [path for _, path, _ in found] else []


@contextmanager
def running(*, deletes: bool = False) -> Iterator[str]:
    """host:port of a registry, gone afterwards; with `deletes` it lets manifests be deleted."""
    with started(deletes=deletes) as registry:
        yield registry.address


@contextmanager
def started(*, deletes: bool = False, htpasswd: str = "") -> Iterator[Registry]:
    """A registry, gone afterwards; with `htpasswd`, a line NAME:BCRYPT, it asks for a password."""
    name = runs.name("dockdj-test-registry-")
    options = ["--name", name, "--publish", "127.0.0.1::5000"]
    options += ["--env", "REGISTRY_STORAGE_DELETE_ENABLED=true"] if deletes else []
    with tempfile.TemporaryDirectory() as folder:
        if htpasswd:
            users = Path(folder) / "htpasswd"
            users.write_text(htpasswd + "\n")
            options += ["--volume", f"{users}:/users:ro", "--env", "REGISTRY_AUTH=htpasswd"]
            options += ["--env", "REGISTRY_AUTH_HTPASSWD_REALM=test", "--env", "REGISTRY_AUTH_HTPASSWD_PATH=/users"]
        subprocess.run(["docker", "run", "--detach", "--rm", *options, "registry:2"], check=True, capture_output=True)
        try:
            inspected = subprocess.run(["docker", "inspect", name], check=True, capture_output=True, text=True).stdout
            network = json.loads(inspected)[0]["NetworkSettings"]
            address = f"127.0.0.1:{network['Ports']['5000/tcp'][0]['HostPort']}"
            until_answers(address)
            yield Registry(name, address, f"{network['IPAddress']}:5000")
        finally:
            subprocess.run(["docker", "rm", "--force", "--volumes", name], check=False, capture_output=True)


def manifest(repository: str, reference: str) -> tuple[str, dict[str, Any]]:
    """Straight from the registry's HTTP API: (digest of the bytes, document)."""
    host, name = repository.split("/", 1)
    url = f"http://{host}/v2/{name}/manifests/{reference}"
    request = urllib.request.Request(url, headers={"Accept": ",".join(MANIFESTS)})
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
        content = response.read()
    return digest_of(content), json.loads(content)


def put_manifest(repository: str, reference: str, content: bytes) -> None:
    """Put a manifest past every client."""
    host, name = repository.split("/", 1)
    url = f"http://{host}/v2/{name}/manifests/{reference}"
    kind = json.loads(content)["mediaType"]
    request = urllib.request.Request(url, content, {"Content-Type": kind}, method="PUT")
    urllib.request.urlopen(request, timeout=ANSWER_SECONDS).close()


def until_answers(address: str) -> None:
    """Wait until a registry answers at host:port."""
    eventually(lambda: _answers(f"http://{address}/v2/"))


def _answers(url: str) -> bool:
    """Whether it does; one that asks for a password, or has no such page, answers, too."""
    try:
        urllib.request.urlopen(url, timeout=ANSWER_SECONDS).close()
    except HTTPError as error:
        error.close()
    return True
