"""Read and write release records. Nothing else knows the names and places of their JSON fields.

A record is canonical JSON. Fields that the published schema does not name are skipped, and stay in the record's bytes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from dockdj.errors import ProjectError
from dockdj.model import json_document
from dockdj.model.beanstalk.containers import Containers
from dockdj.model.canonical import canonical, digest_of
from dockdj.model.inventory.inventory import Base, Distribution, Interpreter, OsPackage
from dockdj.model.release.application import Application, DirectPackages, RecordedVariable
from dockdj.model.release.fingerprint import Fingerprint
from dockdj.model.release.image import OperatingSystem, RecordedImage, RunSettings, ServiceImage
from dockdj.model.release.migrations import graph_of
from dockdj.model.release.origin import descent_of
from dockdj.model.release.record import NamedRelease, Platform, Record, Release, Restack
from dockdj.model.release.suites import BackingImage, CheckResult, SuiteResult
from dockdj.model.release.summary import Listed, Unread
from dockdj.model.release.validation import SCHEMA, is_newer, stored, wrong_field
from dockdj.model.version import Version, attempt

# A record's fields are sorted, and this one is nearly all of the record.
LARGEST = "services"
# The end of a variable's name that says that the variable is required.
REQUIRED = "!"
# The fields of an operating system that this dockdj knows.
_OS_FIELDS = {"id", "version", "packages"}
_DECODER = json.JSONDecoder()
_FINGERPRINTS = ("app", "deps", "stack", "pair")


def read(content: bytes) -> Release:
    """The release in a record's bytes.

    Raises NewerSchema, or ProjectError for a damaged record and for one that lacks a field.
    """
    document = stored(content)
    field = wrong_field(document)
    version = attempt(document["version"]) if field is None else None
    if version is None:
        raise ProjectError(
            f"this release record has no usable field `{field or 'version'}`",
            hint="was it edited, or made by an early dockdj? release the next version",
        )
    return _release(content, document, version)


def head(content: bytes, version: Version) -> Listed | Unread:
    """The release of this version in a record's bytes, by the beginning of the record alone."""
    fields: dict[str, Any] = {}
    newer = False
    try:
        fields = _first_fields(content.decode())
        newer = is_newer(fields["schema"])
        if not newer and (listed := _listed(content, fields, version)):
            return listed
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    name = fields.get("name")
    return Unread(name if isinstance(name, str) else "", version, newer)


def write(record: Record) -> Release:
    """The release of a new record, in canonical bytes."""
    values = {field.name: getattr(record, field.name) for field in fields(Record)}
    return Release(**values, content=canonical(document_of(record)))


def restack_of(fields: Mapping[str, Any] | None) -> Restack | None:
    """The origin of a restack; None for a release from a branch."""
    if fields is None:
        return None
    stack = fields["stack_from"]
    stack_from = NamedRelease(stack["version"], stack["digest"]) if stack else None
    return Restack(fields["version"], fields["digest"], stack_from, fields["bases"])


def base_of(fields: Mapping[str, Any] | None) -> Base | None:
    """A base image."""
    return Base(fields["name"], fields["config"], fields["layers"]) if fields else None


def image_of(fields: Mapping[str, Any]) -> ServiceImage:
    """The image of a service."""
    run = fields["run"]
    return ServiceImage(
        config=fields["config"],
        diff_ids=tuple(fields["diff_ids"]),
        platform=fields["platform"],
        size=fields["size"],
        source=fields["source"],
        base=base_of(fields["base"]),
        run=RunSettings(tuple(run["cmd"]), tuple(run["entrypoint"]), run["user"], tuple(run["ports"])),
        runtime=fields["runtime"],
        files=fields["files"],
        os=_system(fields.get("os")),
        python={prefix: _interpreter(each) for prefix, each in fields.get("python", {}).items()},
        npm=fields.get("npm", {}),
        unmanaged=fields.get("unmanaged"),
    )


def suite_of(fields: Mapping[str, Any]) -> SuiteResult:
    """The result of a suite."""
    backing, known = fields.get("backing"), fields.get("known")
    return SuiteResult(
        suite=fields["suite"],
        exit=fields["exit"],
        passed=fields["passed"],
        failed=fields["failed"],
        skipped=fields["skipped"],
        milliseconds=fields["milliseconds"],
        checks=tuple(CheckResult(each["name"], each["exit"], each["milliseconds"]) for each in fields["checks"]),
        images=fields["images"],
        backing=None
        if backing is None
        else {name: BackingImage(each["name"], each["config"]) for name, each in backing.items()},
        known=None if known is None else tuple(known),
        report=fields.get("report"),
    )


def document_of(record: Record) -> dict[str, Any]:
    """The JSON document of a record's values."""
    return {
        "schema": SCHEMA,
        "name": record.name,
        "version": str(record.version),
        "created": record.created,
        "by": record.by,
        "tool": record.tool,
        "parent": record.parent,
        "restack_of": asdict(record.restack_of) if record.restack_of else None,
        "app": _application_fields(record.app),
        "npm": record.npm,
        "services": {name: image_fields(image) for name, image in record.services.items()},
        "compose": record.compose,
        **_containers_fields(record.containers),
        "platform": {"kind": record.platform.kind},
        "fingerprint": {name: getattr(record.fingerprint, name) for name in _FINGERPRINTS},
        "evidence": suites_fields(record.evidence),
    }


def recorded_fields(image: RecordedImage) -> dict[str, Any]:
    """The JSON fields of an image, without its inventory."""
    return {
        "config": image.config,
        "diff_ids": list(image.diff_ids),
        "platform": image.platform,
        "size": image.size,
        "source": image.source,
        "base": asdict(image.base) if image.base else None,
    }


def image_fields(image: ServiceImage) -> dict[str, Any]:
    """The JSON fields of a service's image. What the image has none of is left out."""
    fields = {
        **recorded_fields(image),
        "run": {name: list(value) if isinstance(value, tuple) else value for name, value in vars(image.run).items()},
        "runtime": image.runtime,
        "files": image.files,
    }
    if image.os is not None:
        packages = {name: asdict(package) for name, package in image.os.packages.items()}
        fields["os"] = {**image.os.more, "id": image.os.id, "version": image.os.version, "packages": packages}
    if image.python:
        fields["python"] = {prefix: asdict(interpreter) for prefix, interpreter in image.python.items()}
    if image.npm:
        fields["npm"] = image.npm
    if image.unmanaged is not None:
        fields["unmanaged"] = image.unmanaged
    return fields


def suites_fields(results: Iterable[SuiteResult]) -> list[dict[str, Any]]:
    """The JSON fields of suites' results, sorted as in a stored record. What a suite has none of is left out."""
    fields = [{name: value for name, value in asdict(each).items() if value is not None} for each in results]
    sorted_fields: list[dict[str, Any]] = json_document.parse(canonical(fields))
    return sorted_fields


def _listed(content: bytes, fields: Mapping[str, Any], version: Version) -> Listed | None:
    """The release, None when these are not the fields of a release of this version. Raises KeyError and TypeError."""
    name, commit, created, restack = fields["name"], fields["app"]["commit"], fields["created"], fields["restack_of"]
    # The last of the sorted fields.
    of_version = content.endswith(f',"version":"{version}"}}'.encode())
    texts = all(isinstance(value, str) for value in (name, commit, created))
    if fields["schema"] != SCHEMA or not (of_version and texts):
        return None
    if restack is not None and wrong_field(restack, "restack") is not None:
        return None
    return Listed(name, version, digest_of(content), commit, created, descent_of(str(version), restack_of(restack)))


def _first_fields(text: str) -> dict[str, Any]:
    """The fields of a record up to the largest one. Raises ValueError for text that is not canonical JSON."""
    fields: dict[str, Any] = {}
    position = 0
    while text[position : position + 1] == ("," if fields else "{"):
        name, position = _DECODER.raw_decode(text, position + 1)
        if name == LARGEST or text[position : position + 1] != ":":
            break
        fields[name], position = _DECODER.raw_decode(text, position + 1)
    json_document.require_unicode(fields)
    return fields


def _release(content: bytes, document: Mapping[str, Any], version: Version) -> Release:
    prints = document["fingerprint"]
    return Release(
        name=document["name"],
        version=version,
        created=document["created"],
        by=document["by"],
        tool=document["tool"],
        parent=document["parent"],
        restack_of=restack_of(document["restack_of"]),
        app=_application(document["app"]),
        npm=document["npm"],
        services={name: image_of(fields) for name, fields in document["services"].items()},
        compose=document["compose"],
        platform=Platform(document["platform"]["kind"]),
        fingerprint=Fingerprint(*(prints[name] for name in _FINGERPRINTS)),
        evidence=tuple(suite_of(fields) for fields in document["evidence"]),
        containers=_containers(document.get("containers")),
        content=content,
    )


def _containers(fields: Mapping[str, Any] | None) -> Containers | None:
    return None if fields is None else Containers(fields["compose"], tuple(fields["files"]))


def _containers_fields(containers: Containers | None) -> dict[str, Any]:
    if containers is None:
        return {}
    return {"containers": {"compose": containers.compose, "files": list(containers.files)}}


def _application(fields: Mapping[str, Any]) -> Application:
    direct = fields["direct"]
    return Application(
        commit=fields["commit"],
        tree=fields["tree"],
        migrations=fields["migrations"],
        irreversible=tuple(fields["irreversible"]),
        variables=tuple(
            RecordedVariable(text.removesuffix(REQUIRED), text.endswith(REQUIRED)) for text in fields["variables"]
        ),
        direct=DirectPackages(tuple(direct["npm"]), tuple(direct["os"]), tuple(direct["python"])),
        django=graph_of(fields.get("django")),
    )


def _application_fields(app: Application) -> dict[str, Any]:
    variables = [f"{variable.name}{REQUIRED if variable.required else ''}" for variable in app.variables]
    # An older record has no such field, and keeps its bytes.
    django = {"django": asdict(app.django)} if app.django else {}
    return {
        **django,
        "commit": app.commit,
        "tree": app.tree,
        "migrations": app.migrations,
        "irreversible": list(app.irreversible),
        "variables": variables,
        "direct": {kind: list(names) for kind, names in vars(app.direct).items()},
    }


def _system(fields: Mapping[str, Any] | None) -> OperatingSystem | None:
    if fields is None:
        return None
    packages = {
        name: OsPackage(each["version"], each["source"], each["origin"]) for name, each in fields["packages"].items()
    }
    more = {name: value for name, value in fields.items() if name not in _OS_FIELDS}
    return OperatingSystem(fields["id"], fields["version"], packages, more)


def _interpreter(fields: Mapping[str, Any]) -> Interpreter:
    packages = {name: Distribution(each["version"], each["origin"]) for name, each in fields["packages"].items()}
    return Interpreter(fields["version"], packages)
