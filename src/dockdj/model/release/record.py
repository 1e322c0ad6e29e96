"""The release record: one canonical JSON document that says what was released. It never changes afterwards."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockdj.errors import ProjectError
from dockdj.model.canonical import canonical, digest_of
from dockdj.model.version import Version, parse

SCHEMA = 1
UPGRADE = "pip install --upgrade dockdj-cli"


class NewerSchema(ProjectError):
    """The record was written by a newer dockdj: nothing is wrong with it."""


@dataclass(frozen=True)
class Release:
    """A release: the record's bytes as stored, and what is read from them."""

    content: bytes
    document: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The record's name."""
        return digest_of(self.content)

    @property
    def version(self) -> Version:
        return parse(self.document["version"])

    @property
    def commit(self) -> str:
        return str(self.document["app"]["commit"])

    @property
    def configs(self) -> dict[str, str]:
        """Service -> digest of its image's configuration."""
        return {name: service["config"] for name, service in self.document["services"].items()}


def read(content: bytes) -> Release:
    """The release in a record's bytes. Raises NewerSchema, or ProjectError for a damaged record."""
    try:
        document = json.loads(content)
        schema = document["schema"]
        newer = is_newer(schema)
        if not newer and schema != SCHEMA:
            raise ValueError(f"schema {schema!r}")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProjectError("this is not a release record", hint="was the tag's message edited?") from error
    if newer:
        raise NewerSchema(
            f"this release record has schema {schema}, and this dockdj knows {SCHEMA}",
            hint=f"upgrade dockdj: {UPGRADE}",
        )
    try:
        intact = canonical(document) == content
    except (ValueError, RecursionError):
        intact = False
    if not intact:
        raise ProjectError("this release record is not in its canonical form: it was edited")
    return Release(content, document)


def is_newer(schema: object) -> bool:
    """Whether this number of a form is one of a newer dockdj."""
    return isinstance(schema, int) and schema > SCHEMA


def compose(
    *,
    name: str,
    version: Version,
    created: str,
    by: str,
    tool: str,
    parent: str | None,
    app: Mapping[str, Any],
    application: str,
    services: Mapping[str, Mapping[str, Any]],
    npm: Mapping[str, str],
    compose_file: str,
    platform: str,
    evidence: Sequence[Mapping[str, Any]],
    restack_of: Mapping[str, Any] | None = None,
) -> Release:
    """The record of a new release. Names and digests only: never a secret, nothing that exists only after a push.

    `application` is the fingerprint of the application's files, `npm` what built its assets.
    """
    document = {
        "schema": SCHEMA,
        "name": name,
        "version": str(version),
        "created": created,
        "by": by,
        "tool": tool,
        "parent": parent,
        "restack_of": restack_of,
        "app": app,
        "npm": npm,
        "services": services,
        "compose": compose_file,
        "platform": {"kind": platform},
        "fingerprint": fingerprints(application, services, npm),
        "evidence": evidence,
    }
    content = canonical(document)
    return Release(content, json.loads(content))


def fingerprints(application: str, services: Mapping[str, Mapping[str, Any]], npm: Mapping[str, str]) -> dict[str, str]:
    """What the content is, apart from the bytes it happens to be packed in: equal for equal content.

    `app` is given: the application's files, those of the stack left out. `deps` are the Python and npm packages,
    `stack` the operating system's packages, the runtime and the files that images name, `pair` all three. Where a
    package came from (the base image or a layer of ours) makes no difference.
    """
    deps = {
        "npm": npm,
        "services": {
            name: {
                "python": {
                    prefix: {package: one["version"] for package, one in python["packages"].items()}
                    for prefix, python in service.get("python", {}).items()
                },
                "npm": service.get("npm", {}),
            }
            for name, service in services.items()
        },
    }
    stack = {
        name: {
            "os": _os(service.get("os", {})),
            "runtime": service.get("runtime", {}),
            "files": service.get("files", {}),
            "unmanaged": service.get("unmanaged", {}),
        }
        for name, service in services.items()
    }
    found = {"app": application, "deps": digest_of(canonical(deps)), "stack": digest_of(canonical(stack))}
    return {**found, "pair": digest_of(canonical(found))}


def _os(system: Mapping[str, Any]) -> dict[str, Any]:
    packages = system.get("packages", {})
    return {**system, "packages": {name: [one["version"], one["source"]] for name, one in packages.items()}}
