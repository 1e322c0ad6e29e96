"""A project with many large releases, created in a second: records in tags, without images."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.canonical import canonical
from dockdj.model.project.project import Project
from dockdj.model.release.schema import read
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support.project import git
from tests.support.records import application, document, service

SERVICES = ("django", "nginx", "worker", "beat")
COMMIT, VERSION = "1" * 40, "0.0.0"
# One of so many packages has another version in the next release.
CHANGED = 40


def make(folder: Path, count: int, *, system: int, python: int, npm: int) -> Project:
    """Create a project with `count` releases, from 1.0.0 on, each with its commit.

    `system`, `python` and `npm` are the numbers of packages of each kind in all four services together.
    """
    project = projects.make(folder, "many")
    stream = bytearray()
    parent = git(folder, "rev-parse", "HEAD")
    for number in range(count):
        stream += _commit(number, parent if number == 0 else "")
    commits = _imported(folder, bytes(stream))
    variants = [_record(variant, system // 4, python // 4, npm) for variant in range(3)]
    records = [read(content) for content in variants]
    tags = bytearray()
    for number, commit in enumerate(commits):
        version = f"1.{number}.0"
        content = variants[number % 3].replace(COMMIT.encode(), commit.encode())
        content = content.replace(f'"version":"{VERSION}"}}'.encode(), f'"version":"{version}"}}'.encode())
        message = release_tags.message(replace(records[number % 3], version=parse(version), content=content))
        tags += _tag(version, commit, message.encode())
    _imported(folder, bytes(tags))
    git(folder, "reset", "--quiet", "--hard", "main")
    return project


def _record(variant: int, system: int, python: int, npm: int) -> bytes:
    """One of the three records that the releases have in turn."""

    def version(number: int) -> str:
        return f"{number % 9}.{variant if number % CHANGED == 0 else 0}.1"

    services: dict[str, Any] = {}
    for name in SERVICES:
        packages = {
            f"lib{name}{number}": {
                "source": f"source{number // 2}",
                "version": f"{version(number)}-1+deb13u1",
                "origin": "base" if number % 3 else "ours",
            }
            for number in range(system)
        }
        listed = {
            f"{name}-package-{number}": {"version": version(number), "origin": "ours"} for number in range(python)
        }
        services[name] = service(
            config=f"sha256:{variant:064}",
            diff_ids=[f"sha256:{layer:064}" for layer in range(9)],
            os={"id": "debian", "version": "13", "packages": packages},
            python={"/opt/venv": {"version": "3.13.5", "packages": listed}},
        )
    assets = {f"asset-package-{number}": version(number) for number in range(npm)}
    return canonical(document(VERSION, services, name="many", npm=assets, app=application(COMMIT)))


def _commit(number: int, parent: str) -> bytes:
    text = f"release {number}\n".encode()
    start = f"from {parent}\n" if parent else ""
    return (
        f"commit refs/heads/main\nmark :{number + 1}\ncommitter Dev <dev@example.com> {1_700_000_000 + number} +0000\n"
        f"data {len(text)}\n{text.decode()}\n{start}M 100644 inline app/file{number % 50}.txt\n"
        f"data {len(text)}\n{text.decode()}\nget-mark :{number + 1}\n"
    ).encode()


def _tag(version: str, commit: str, message: bytes) -> bytes:
    head = f"tag v{version}\nfrom {commit}\ntagger Dev <dev@example.com> 1700000000 +0000\ndata {len(message)}\n"
    return head.encode() + message + b"\n"


def _imported(folder: Path, stream: bytes) -> list[str]:
    """Run `git fast-import`; return the commit ids that the stream asks for."""
    done = subprocess.run(
        ["git", "-C", str(folder), "fast-import", "--quiet", "--cat-blob-fd=1"],
        input=stream,
        stdout=subprocess.PIPE,
        check=True,
        env=os.environ,
    )
    return done.stdout.decode().split()
