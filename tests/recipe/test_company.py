"""Builds in a company network: package mirrors whose certificates a private authority signed."""

import json
import re
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dockdj.adapters.docker.client import builder_environment
from dockdj.adapters.shell import stream
from dockdj.errors import CommandFailed
from dockdj.lifecycle.build.gate import bake
from dockdj.model.build.bake_definition import MIRRORS_VARIABLE, BuildOptions, definition
from dockdj.model.project.build_sources import Sources
from dockdj.model.project.compose_file import Build, Service
from tests.recipe.conftest import Shop, docker

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("recipe")]

# Each stage downloads one kind of package: Debian, Python, npm.
STAGES = ("base", "uv", "node")


@dataclass
class Mirror:
    """An HTTPS server that forwards requests; `asked` are the requested paths."""

    address: str
    authority: Path
    asked: set[str] = field(default_factory=set)

    @property
    def sources(self) -> Sources:
        """The project's [build] section for this mirror."""
        return Sources(
            ca_bundle=str(self.authority),
            python_index=f"{self.address}/pypi/simple/",
            npm_registry=f"{self.address}/",
            debian_mirror=f"{self.address}/apt",
        )


def certificate(folder: Path) -> tuple[Path, Path]:
    """Create an authority and a certificate for localhost; return the authority, and the certificate with its key."""
    (folder / "extensions").write_text("subjectAltName=DNS:localhost\n")
    signed = ("-days", "2", "-extfile", "extensions", "-out", "own.pem")
    subject = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
    for argv in (
        ("req", "-x509", *subject, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=company"),
        ("req", *subject, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=mirror"),
        ("x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", *signed),
    ):
        subprocess.run(["openssl", *argv], cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "own.key").read_bytes() + (folder / "own.pem").read_bytes())
    return folder / "ca.pem", both


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    """A mirror on this machine."""
    authority, both = certificate(tmp_path_factory.mktemp("company"))
    sources = docker(
        "run",
        "--rm",
        "debian:trixie-slim",
        "sh",
        "-c",
        "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true",
    )
    debian = re.search(r"https?://[^/ ]+", sources)
    npm = docker("run", "--rm", "node:24-trixie-slim", "npm", "config", "get", "registry")
    assert debian
    upstreams = {"apt": debian[0], "pypi": "https://pypi.org", "npm": npm.rstrip("/")}

    class Fetch(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            part, _, path = self.path.removeprefix("/").partition("/")
            if part not in upstreams:
                # npm requests a package's file from the root of the registry's host.
                part, path = "npm", self.path.removeprefix("/")
            running.asked.add(f"{part}/{path}")
            headers = {"Accept": self.headers["Accept"]} if self.headers["Accept"] else {}
            try:
                with urllib.request.urlopen(urllib.request.Request(f"{upstreams[part]}/{path}", headers=headers)) as of:
                    body, kind = of.read(), of.headers["Content-Type"]
            except urllib.error.HTTPError as error:
                self.send_error(error.code)
                return
            self.send_response(200)
            self.send_header("Content-Type", kind or "application/octet-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Fetch)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    running = Mirror(f"https://localhost:{server.server_address[1]}", authority)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield running
    server.shutdown()
    thread.join()


def build(shop: Shop, stages: tuple[str, ...], sources: Sources) -> dict[str, str]:
    """Build stages without cache, with the secrets that bake would get; their tags.

    Not by bake itself: on this machine's network the mirror has a name, and pip takes no certificate for an address.
    """
    services = tuple(Service(stage, build=Build(".", "docker/django/Dockerfile", stage)) for stage in stages)
    tags = {stage: f"{shop.name}/{stage}:company" for stage in stages}
    targets = json.loads(definition(services, tags, BuildOptions(sources=sources)))["target"]
    for stage, target in targets.items():
        secrets = [word for secret in target["secret"] for word in ("--secret", secret)]
        argv = ["docker", "buildx", "build", "--network", "host", "--no-cache", "--progress", "plain", "--load"]
        argv += ["--file", target["dockerfile"], "--target", stage, "--tag", tags[stage], *secrets, target["context"]]
        stream(argv, cwd=shop.root, env={**builder_environment(), MIRRORS_VARIABLE: sources.mirrors})
    return tags


@pytest.fixture
def with_package(shop: Shop, tmp_path: Path) -> Shop:
    """The project with one more Debian package."""
    changed = shop.copy(tmp_path)
    with (changed.root / "docker/django/packages.txt").open("a") as packages:
        packages.write("tree\n")
    return changed


def test_mirrors_and_authority_reach_every_download_and_no_image(with_package: Shop, mirror: Mirror) -> None:
    # `deps` is based on `base`, and mounts `uv`.
    tags = build(with_package, ("deps", "node"), mirror.sources)
    try:
        assert {path.partition("/")[0] for path in mirror.asked} == {"apt", "pypi", "npm"}
        # pip installs the installer of the packages, which installs the packages.
        assert {"pypi/simple/uv/", "pypi/simple/django/"} <= mirror.asked
        host = mirror.address.removeprefix("https://")
        for tag in tags.values():
            assert host not in docker("history", "--no-trunc", tag) + docker("image", "inspect", tag)
            kept = ("sh", "-c", f"grep -rlF -e '{host}' /etc /opt /var /usr/local/share /root 2>/dev/null; ls /dev/shm")
            assert docker("run", "--rm", tag, *kept, check=False) == ""
    finally:
        docker("image", "rm", "--force", *tags.values())


@pytest.mark.parametrize("stage", STAGES)
def test_build_without_the_authority_takes_nothing_from_the_mirror(
    with_package: Shop, mirror: Mirror, stage: str
) -> None:
    stranger = Sources(
        python_index=mirror.sources.python_index,
        npm_registry=mirror.sources.npm_registry,
        debian_mirror=mirror.sources.debian_mirror,
    )
    settings = with_package.root / ".npmrc"
    text = settings.read_text()
    # npm retries for more than a minute.
    settings.write_text(f"{text}fetch-retries=0\n")
    try:
        with pytest.raises(CommandFailed) as caught:
            build(with_package, (stage,), stranger)
    finally:
        settings.write_text(text)
    assert "certificate" in caught.value.output.lower()


def test_every_downloading_step_has_mirrors_and_authority(shop: Shop) -> None:
    text = (shop.root / "docker/django/Dockerfile").read_text().replace("\\\n", "")
    steps = [line for line in text.splitlines() if line.startswith("RUN ")]
    downloading = [step for step in steps if re.search(r"apt-get update|\bpip install|\bnpm ci", step)]
    told = ("id=ca ", "id=mirrors ", "target=/network.sh ", ". /network.sh ")
    assert len(downloading) >= 6
    assert [step for step in downloading if not all(part in f"{step} " for part in told)] == []


def test_base_image_can_have_another_name(shop: Shop) -> None:
    other = f"{shop.name}/mirrored:1"
    docker("tag", "debian:trixie-slim", other)
    try:
        sources = Sources(images={"node:24-trixie-slim": other})
        tags = {"npm": f"{shop.name}/npm:company"}
        npm = Service("npm", build=Build(".", "docker/django/Dockerfile", "npm"))
        bake(definition((npm,), tags, BuildOptions(sources=sources)), shop.root)
        layers = ("image", "inspect", "--format", "{{json .RootFS.Layers}}")
        assert docker(*layers, tags["npm"]).removesuffix("]").startswith(docker(*layers, other).removesuffix("]"))
        docker("image", "rm", *tags.values())
    finally:
        docker("image", "rm", other)
