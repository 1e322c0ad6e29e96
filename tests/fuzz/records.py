"""Parsers of what Dockdj itself writes, and others can change: records, logs, caches, evidence, bundles."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from dockdj.adapters import project_file
from dockdj.adapters.inventory import cache
from dockdj.lifecycle.environments import checks
from dockdj.lifecycle.history import log, tags
from dockdj.lifecycle.release import restack_control
from dockdj.lifecycle.tested_images import memory
from dockdj.lifecycle.verify.bundle import record_in
from dockdj.model import version
from dockdj.model.beanstalk.bundle import version_in_label
from dockdj.model.build import tested_record
from dockdj.model.canonical import canonical
from dockdj.model.inventory.inventory import Distribution, Interpreter, Inventory, OsPackage
from dockdj.model.project.layout import Gate
from dockdj.model.project.project import Project
from dockdj.model.release import evidence, junit, schema
from tests.fuzz.parsers import Parser
from tests.support import qa, records
from tests.support.project import FILES

RELEASE = records.release()
JUNIT = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="0" failures="1" skipped="1" tests="3" time="0.5">
<testcase classname="shop.test_models.Order" name="test_total[1]" time="0.1" />
<testcase classname="shop.test_models" name="test_tax" time="0.2"><failure message="no">1 == 2</failure></testcase>
<testcase classname="" name="shop.test_views" time="0"><error message="import">&lt;x&gt;</error></testcase>
<testcase classname="a" name="b" time="1e3"><skipped type="pytest.skip" message="later">c.py:1</skipped></testcase>
</testsuite></testsuites>"""
BOMB = b"""<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>
<testsuites><testcase classname="&e;&e;" name="x">&e;</testcase></testsuites>"""
SUMMARY = json.dumps({
    "exit": 0,
    "checks": [{"name": "lint", "exit": 0, "seconds": 0.5}, {"name": "tests", "exit": 1, "seconds": 2}],
    "tests": {"passed": 3, "failed": 1, "skipped": 0, "seconds": 1.5},
}).encode()  # fmt: skip
INVENTORY = Inventory(
    os_id="debian",
    os_version="13",
    os_packages={"libc6": OsPackage("2.41-1", "glibc")},
    python={"/usr": Interpreter("3.13.5", {"django": Distribution("6.0")})},
    npm={"/node_modules": {"esbuild": "0.25.0"}},
    runtime={"libc": "glibc 2.41"},
)
LOG = b"""{"when": "2026-01-01T00:00:00Z", "who": "dev@host", "what": "deployed", "version": "1.0.0", \
 "target": "local", "outcome": "ok", "record": "sha256:aa", "label": "1.0.0-aa"}
{"when": "2026-01-01T00:01:00Z", "who": "dev@host", "what": "rolled back", "version": "1.0.0", \
 "target": "local", "outcome": "started", "record": "", "label": ""}
"""
PROJECT = project_file.parse(FILES["dockdj.toml"], Path())
FOLDER = tempfile.TemporaryDirectory(prefix="dockdj-fuzz-")


def _in_file(path: str, parse: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A parser of a file in a folder that belongs to the tests."""
    file = Path(FOLDER.name) / path

    def written(content: bytes) -> object:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return parse(Path(FOLDER.name))

    return written


def _project(folder: Path) -> Project:
    return replace(PROJECT, root=folder)


def _entry() -> bytes:
    body = asdict(INVENTORY)
    return json.dumps({"digest": cache._digest(body), "inventory": body}).encode()


def _cached(content: bytes) -> object:
    document = None
    try:
        document = json.loads(content)
        document["digest"] = cache._digest(document["inventory"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return cache.parse(content)
    # With its right digest, so that the values behind it are read.
    return cache.parse(json.dumps(document).encode())


def _release(content: bytes) -> object:
    release = schema.read(_canonical(content))
    return tags.message(release), schema.document_of(release)


def _canonical(content: bytes) -> bytes:
    """The same document in canonical form, so that not every change is an edited record."""
    try:
        return canonical(json.loads(content))
    except (ValueError, RecursionError):
        return content


def _zip(compression: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("release.json", RELEASE.content)
        archive.writestr("docker-compose.yml", b"services: {}\n")
    return buffer.getvalue()


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


GATE = Gate()
TESTED = canonical(qa.document())
MEMORY = json.dumps({
    "schema": 1,
    "images": [
        {"repository": "r/shop", "index": "sha256:i", "manifests": {"django": "sha256:m"}, "record": qa.document()},
    ],
}).encode()  # fmt: skip

PARSERS = (
    Parser("release record", _release, (RELEASE.content,)),
    Parser(
        "beginning of a release record",
        lambda content: schema.head(content, version.Version(1, 0, 0)),
        (RELEASE.content,),
    ),
    Parser("message of a release's tag", tags.from_message, (tags.message(RELEASE).encode(),)),
    Parser("record of tested images", lambda content: tested_record.read(_canonical(content)), (TESTED,)),
    Parser(
        "memory of tested images",
        _in_file(memory.MEMORY_FILE, lambda folder: memory.known(_project(folder))),
        (MEMORY,),
    ),
    Parser(
        "log of deployments", _in_file(log.LOG_FILE, lambda folder: log.finished(log.read(_project(folder)))), (LOG,)
    ),
    Parser("version", lambda content: version.parse(_text(content)), (b"1.2.3", b"1.2.3+stack.4")),
    Parser(
        "version label",
        lambda content: version_in_label(_text(content)),
        (b"1.2.3-0123abcd", b"1.2.3_stack.1-0123abcd"),
    ),
    Parser(
        "summary of a build's checks", lambda content: evidence.read(content, JUNIT, {"django": "sha256:c"}), (SUMMARY,)
    ),
    Parser(
        "evidence of the checks",
        _in_file("summary.json", lambda folder: checks.read(folder, "summary.json")),
        (SUMMARY,),
    ),
    Parser(
        "evidence of a control",
        lambda content: restack_control.failures({GATE.summary: content, GATE.junit: JUNIT}, GATE),
        (SUMMARY,),
    ),
    Parser(
        "JUnit report",
        lambda content: (junit.failures(content), junit.milliseconds(junit.cases(content))),
        (JUNIT, BOMB),
    ),
    Parser("cache of inventories", _cached, (_entry(),)),
    Parser("bundle", record_in, (_zip(zipfile.ZIP_STORED), _zip(zipfile.ZIP_DEFLATED))),
)
