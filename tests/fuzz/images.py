"""Parsers of what images, registries and Docker give."""

import gzip
import io
import json
import tarfile

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker import compose, image_layers
from dockdj.adapters.inventory.tar_stream import members
from dockdj.adapters.registry import failure, manifest, record_image
from dockdj.adapters.registry.push import PushOutput
from dockdj.errors import CommandFailed
from dockdj.model import image_names, json_document
from dockdj.model.bom import package_url
from dockdj.model.diff import direction
from dockdj.model.inventory import npm_packages, os_packages, python_packages, unmanaged_files
from dockdj.model.inventory import pythons as python_programs
from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.inventory import OsPackage
from dockdj.model.inventory.search import search_of
from dockdj.model.release import loader_answer
from dockdj.model.release.image import OperatingSystem
from dockdj.model.secrets import search as secrets
from dockdj.model.secrets.credentials import PATTERNS
from dockdj.model.smoke import log as smoke_log
from dockdj.model.smoke import page
from tests.fuzz.parsers import Parse, Parser
from tests.support import graphs

DIGEST = "sha256:" + "d" * 64
TAG = "shop/django:1.0.0"


def tar_of(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT, **links: str) -> bytes:
    """An archive of files and links, with names long enough for further headers."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return buffer.getvalue()


FILES = {"release.json": b'{"schema":1}', "long/" * 30 + "ü": b"x" * 700, "empty": b""}
LAYER = tar_of(FILES, link="release.json", loop="loop")
CONFIG = json.dumps({"rootfs": {"diff_ids": [DIGEST]}, "history": []}).encode()
ENTRY = json.dumps([{"Config": "c.json", "RepoTags": [TAG], "Layers": ["layer"]}]).encode()
IMAGE_DOCUMENT = {
    "Id": DIGEST, "RepoTags": [TAG], "Os": "linux", "Architecture": "amd64", "Size": 12,
    "Config": {"Cmd": ["sleep"], "Entrypoint": None, "User": "", "Env": ["PATH=/usr/bin:/opt/venv/bin", "A=b"],
               "Labels": {"org.dockdj.config": "/etc/a /etc/b", "org.dockdj.unmanaged": "/app"},
               "ExposedPorts": {"80/tcp": {}}, "WorkingDir": "/app"},
    "RootFS": {"Type": "layers", "Layers": [DIGEST]},
}  # fmt: skip
CONTAINER = {
    "State": {"Status": "running", "ExitCode": 0, "Health": {"Status": "healthy"}}, "RestartCount": 1,
    "Config": {"Labels": {"com.docker.compose.service": "django"}, "Healthcheck": {"Test": ["CMD", "true"]}},
    "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "443/tcp": None}},
}  # fmt: skip
DPKG = b"""Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc (2.41-1)
Version: 2.41-1+b1
Description: GNU C Library
 a second line

Package: dpkg
Status: deinstall ok config-files
Architecture: amd64
Version: 1:1.22.0~rc1
"""
APK = b"C:Q1\nP:musl\nV:1.2.5-r0\no:musl\nF:lib\nR:ld-musl.so\na:0:0:755\n\nP:busybox\nV:1.37\n"
METADATA = b"Metadata-Version: 2.1\nName: Django_Thing\nVersion: 6.0.1\nSummary: a\n b\n\nName: other\n"
VENV = b"home = /usr/local/bin\ninclude-system-site-packages = false\nversion = 3.13.5\n"
LOCK = json.dumps({
    "lockfileVersion": 3,
    "packages": {"": {"name": "x"}, "node_modules/esbuild": {"version": "0.25.0"},
                 "node_modules/a/node_modules/b": {"version": "1.0.0", "link": True}},
}).encode()  # fmt: skip
RECORD = b'django/__init__.py,sha256=abc,10\n"a,b.py",,\n../../bin/django,sha256=d,1\n'
OS_RELEASE = b'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian"\n'
PUSH = (
    b"0123456789ab: Pushed\n0123456789ac: Layer already exists\nlatest: digest: sha256:" + b"a" * 64 + b" size: 528\n"
)
REFUSALS = b"ERROR: failed to push: unexpected status from HEAD request: 503 Service Unavailable\nunauthorized: no\n"
PAGE = b"""<!doctype html><html><head>
<base href="/x/"><link rel="stylesheet" href="a.css?v=1"><script src='b.js'></script>
<link rel="icon" href="http://[::1]/i.png"></head>
<body><img src="data:,"><img src="//h/c.png"><!-- c --></body></html>"""
LOG_LINES = b'{"level": "ERROR"}\n2026-01-01 ERROR: no\nTraceback (most recent call last)\n[error] 1#1: x\n'


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


def _lines(content: bytes) -> list[str]:
    return _text(content).splitlines()


def _stream(content: bytes) -> object:
    return [(member.name, member.target, member.read()) for member in members(io.BytesIO(content))]


def _skipped(content: bytes) -> object:
    return [member.name for member in members(io.BytesIO(content))]


def _saved(content: bytes) -> object:
    image = image_layers.read(io.BytesIO(content), [TAG])[TAG]
    texts = list(secrets.strings(image.config))
    return texts, [(layer.files_at({0, 700}), list(layer.chunks())) for layer in image.layers]


def _json(content: bytes) -> object:
    """What `json` gave to a program: only documents reach the parser."""
    try:
        return json_document.parse(content)
    except ValueError as error:
        raise CommandFailed("no JSON") from error


def _inspected(content: bytes) -> object:
    document = docker.inspected(_text(content), "docker image inspect")[0]
    return docker.parse_image(document), search_of(document).folders()


def _tree(path: str) -> Parse:
    """A parser of a file of an image, as a part of the whole inventory."""

    def parse(content: bytes) -> object:
        base = {"/usr/bin/python3": "python3.13", "/usr/bin/python3.13": "", "/usr/lib/python3.13/os.py": ""}
        tree = Tree({**base, path: ""}, {"/var/lib/dpkg/status": DPKG, path: content})
        packages = os_packages.os_packages(tree) or {}
        pythons = python_packages.interpreters(tree, packages)
        return (
            pythons,
            python_programs.on_path(tree, ["/opt/venv/bin", "/usr/bin"], pythons),
            npm_packages.node_modules(tree),
            unmanaged_files.unmanaged([path], tree),
            os_packages.openssl_version(packages, content),
            os_packages.libc_version(packages, content),
        )

    return parse


def _paths(content: bytes) -> object:
    """The paths in an archive are of any form, too."""
    paths = {f"/{line}": "" for line in _lines(content)}
    tree = Tree(paths, dict.fromkeys(paths, b""))
    search = search_of(IMAGE_DOCUMENT)
    return [search.wants(path) for path in paths], python_packages.interpreters(tree, {}), tree.resolve("/a")


def _versions(content: bytes) -> object:
    one, _, other = _text(content).partition("\n")
    orders: tuple[direction.Order, ...] = ("dpkg", "pep440", "semver", "unknown")
    return [direction.direction(order, one, other) for order in orders], os_packages.upstream(one)


def _pushed(content: bytes) -> object:
    output = PushOutput()
    for line in _lines(content):
        output.line(line)
    return output.progress


def _failure(content: bytes) -> object:
    error = CommandFailed("push failed", output=_text(content))
    raise failure.explained("123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1", error)


def _named(content: bytes) -> object:
    name = _text(content)
    return image_names.software(name), image_names.major(name), package_url.of_image(name, DIGEST)


def _purl(content: bytes) -> object:
    name, _, version = _text(content).partition(" ")
    return package_url.of_os_package(OperatingSystem("debian", "13", {}, {}), name, OsPackage(version, name[:3]))


SAVED = tar_of({"c.json": CONFIG, "manifest.json": ENTRY, "layer": LAYER})
PACKED = tar_of({"c.json": CONFIG, "manifest.json": ENTRY, "layer": gzip.compress(LAYER, mtime=0)})
SITE = "/opt/venv/lib/python3.13/site-packages"

PARSERS = (
    Parser("migrations by Django's loader", loader_answer.parse, (json.dumps(graphs.document()).encode(),)),
    Parser("files of a container", _stream, (LAYER, tar_of(FILES, tarfile.GNU_FORMAT))),
    Parser("files of a container, skipped", _skipped, (LAYER,)),
    Parser("saved images", _saved, (SAVED, PACKED)),
    Parser("image of a record", lambda content: record_image.read(io.BytesIO(content)), (SAVED, PACKED)),
    Parser(
        "manifest and index",
        manifest.parse,
        (
            json.dumps({"config": {"digest": DIGEST}, "layers": [{"digest": DIGEST, "size": 3}]}).encode(),
            json.dumps({"manifests": [{"digest": DIGEST, "size": 1}]}).encode(),
        ),
    ),
    Parser(
        "answer of docker version",
        lambda content: docker.parse_engine(_text(content)),
        (b'{"Client":{"Context":"default"},"Server":{"Version":"29.0","Os":"linux","Arch":"amd64"}}',),
    ),
    Parser("answer of docker image inspect", _inspected, (json.dumps([IMAGE_DOCUMENT]).encode(),)),
    Parser(
        "answer of docker container inspect",
        lambda content: compose.parse_containers(_text(content)),
        (json.dumps([CONTAINER]).encode(),),
    ),
    Parser("output of docker push", _pushed, (PUSH,)),
    Parser("failure of a registry", _failure, (REFUSALS,)),
    Parser("os-release", lambda content: os_packages.parse_os_release(_text(content)), (OS_RELEASE,)),
    Parser("dpkg status", lambda content: os_packages.parse_dpkg_status(_text(content)), (DPKG,)),
    Parser(
        "apk database",
        lambda content: (
            os_packages.parse_apk_installed(_text(content)),
            unmanaged_files.parse_apk_files(_text(content)),
        ),
        (APK,),
    ),
    Parser("Python metadata", _tree(f"{SITE}/django-6.0.dist-info/METADATA"), (METADATA,)),
    Parser("Python RECORD", _tree(f"{SITE}/django-6.0.dist-info/RECORD"), (RECORD,)),
    Parser("pyvenv.cfg", _tree("/opt/venv/pyvenv.cfg"), (VENV,)),
    Parser("patchlevel.h", _tree("/usr/include/python3.13/patchlevel.h"), (b'#define PY_VERSION "3.13.5"\n',)),
    Parser("package-lock.json of an image", _tree("/node_modules/.package-lock.json"), (LOCK,)),
    Parser(
        "libraries of an image",
        _tree("/usr/lib/libc.so.6"),
        (b"\0OpenSSL 3.5.1 1 Jul 2025\0GNU C Library (Debian GLIBC 2.41-1) stable release version 2.41.\n",),
    ),
    Parser(
        "paths of an image",
        _paths,
        (
            b"usr/lib/python3.13/site-packages/a.dist-info/METADATA\nnode_modules/.package-lock.json\n"
            b"app/__pycache__/m.cpython-313.opt-1.pyc\nvar/lib/dpkg/status.d/base\nvar/lib/dpkg/info/a.list\n",
        ),
    ),
    Parser(
        "versions of packages",
        _versions,
        (b"1:2.41-1+deb13u1\n1:2.41~rc1-1", b"1.0.0-rc.1+b\n1.0.0-rc.2", b"6.0a1\n6!1.post2.dev3"),
    ),
    Parser("name of an image", _named, (b"ghcr.io/a/b:1.2-slim@sha256:aa", b"postgres:17", b"localhost:5000/x")),
    Parser("package URL", _purl, (b"libssl3t64 3.5.1-1+deb13u1", b"a/b@c 1%2")),
    Parser("page", lambda content: page.resources(_text(content), "http://127.0.0.1:80/"), (PAGE,)),
    Parser("lines of a service's log", lambda content: smoke_log.error_lines(_lines(content)), (LOG_LINES,)),
    Parser(
        "secrets in a layer",
        lambda content: list(secrets.scan((content[:50], content[50:]), PATTERNS)),
        (b"AKIAIOSFODNN7EXAMPLE aws_secret_access_key = x\n-----BEGIN RSA PRIVATE KEY-----\nghp_" + b"a" * 36,),
    ),
)
