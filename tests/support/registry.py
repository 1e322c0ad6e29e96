"""A real image registry that runs while a context lasts."""

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
    """A registry's container and its host:port, on this machine and on the engine's network (`inner`)."""

    container: str
    address: str
    inner: str

    def requests(self) -> list[tuple[str, str, int]]:
        """(method, path, status) of every request in the registry's access log."""
        # A log line appears a moment after its answer. When this last line is there, so are all before it.
        last = f"/v2/{uuid.uuid4().hex}/tags/list"
        _answers(f"http://{self.address}{last}")
        return eventually(lambda: self._logged(last))

    def _logged(self, last: str) -> list[tuple[str, str, int]]:
        """The requests in the log, or an empty list while the last path is missing."""
        done = subprocess.run(["docker", "logs", self.container], check=True, capture_output=True, text=True)
        lines = filter(None, map(REQUEST.search, done.stdout.splitlines()))
        requests = [(line["method"], line["path"], int(line["status"])) for line in lines]
        return requests if last in [path for _, path, _ in requests] else []


@contextmanager
def running(*, deletes: bool = False) -> Iterator[str]:
    """Run a registry and yield its host:port; `deletes` allows the deletion of manifests."""
    with started(deletes=deletes) as registry:
        yield registry.address


@contextmanager
def started(*, deletes: bool = False, htpasswd: str = "") -> Iterator[Registry]:
    """Run a registry; with `htpasswd`, a line NAME:BCRYPT, it requires a password."""
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
    """Read a manifest through the registry's HTTP API; return its digest and document."""
    host, name = repository.split("/", 1)
    url = f"http://{host}/v2/{name}/manifests/{reference}"
    request = urllib.request.Request(url, headers={"Accept": ",".join(MANIFESTS)})
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
        content = response.read()
    return digest_of(content), json.loads(content)


def put_manifest(repository: str, reference: str, content: bytes) -> None:
    """Write a manifest through the registry's HTTP API, without a client's checks."""
    host, name = repository.split("/", 1)
    url = f"http://{host}/v2/{name}/manifests/{reference}"
    kind = json.loads(content)["mediaType"]
    request = urllib.request.Request(url, content, {"Content-Type": kind}, method="PUT")
    urllib.request.urlopen(request, timeout=ANSWER_SECONDS).close()


def until_answers(address: str) -> None:
    """Wait until a registry answers at host:port."""
    eventually(lambda: _answers(f"http://{address}/v2/"))


def _answers(url: str) -> bool:
    """Tell if a server answers; an HTTP error counts as an answer."""
    try:
        urllib.request.urlopen(url, timeout=ANSWER_SECONDS).close()
    except HTTPError as error:
        error.close()
    return True
