"""The record of tested images: what a release record says of images, as far as there is no release yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from dockdj.errors import ProjectError
from dockdj.model.canonical import canonical
from dockdj.model.release.image import RecordedImage
from dockdj.model.release.schema import base_of, recorded_fields, suite_of, suites_fields
from dockdj.model.release.suites import SuiteResult
from dockdj.model.release.validation import SCHEMA, stored, wrong_field

KIND = "qa"


@dataclass(frozen=True)
class TestedSource:
    """The source of tested images: Git's ids of the commit and of the project's folder in it.

    `modified` are the files that were not as in the commit.
    """

    commit: str
    tree: str
    modified: tuple[str, ...]


@dataclass(frozen=True)
class TestedValues:
    """The values of a record of tested images: names and digests only, never a secret.

    `created` is when the images were built and tested (ISO 8601, UTC). `npm` are the packages that built the assets,
    name -> version. `evidence` is the result of the tests in the images' build.
    """

    name: str
    environment: str
    created: str
    by: str
    tool: str
    app: TestedSource
    npm: Mapping[str, str]
    services: Mapping[str, RecordedImage]
    evidence: SuiteResult

    @property
    def configs(self) -> dict[str, str]:
        """Service -> digest of its image's configuration."""
        return {name: image.config for name, image in self.services.items()}


@dataclass(frozen=True)
class TestedRecord(TestedValues):
    """The values of a record of tested images, and the record's bytes as stored."""

    content: bytes = field(repr=False)


def write(values: TestedValues) -> TestedRecord:
    """The record of tested images, in canonical bytes."""
    document = {
        "schema": SCHEMA,
        "kind": KIND,
        "name": values.name,
        "environment": values.environment,
        "created": values.created,
        "by": values.by,
        "tool": values.tool,
        "app": {"commit": values.app.commit, "tree": values.app.tree, "modified": list(values.app.modified)},
        "npm": values.npm,
        "services": {name: recorded_fields(image) for name, image in values.services.items()},
        "evidence": suites_fields([values.evidence]),
    }
    own = {each.name: getattr(values, each.name) for each in fields(TestedValues)}
    return TestedRecord(**own, content=canonical(document))


def read(content: bytes) -> TestedRecord:
    """The record of tested images in these bytes.

    Raises NewerSchema, or ProjectError for a damaged record, one that lacks a field, and a release's.
    """
    document = stored(content)
    if document.get("kind") != KIND:
        raise ProjectError("this is not a record of tested images", hint="a release is named by its version")
    try:
        return TestedRecord(
            name=_text(document, "name"),
            environment=_text(document, "environment"),
            created=_text(document, "created"),
            by=_text(document, "by"),
            tool=_text(document, "tool"),
            app=_source(document["app"]),
            npm=dict(document["npm"]),
            services={name: _image(fields) for name, fields in document["services"].items()},
            evidence=_suite(document["evidence"][0]),
            content=content,
        )
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise ProjectError(
            "this record of tested images lacks fields that each has",
            hint="publish the images again: dockdj image publish ENV",
        ) from error


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A field that is text. Raises KeyError and TypeError."""
    if not isinstance(text := fields[name], str):
        raise TypeError(f"{name} is not text: {text!r}")
    return text


def _source(fields: Mapping[str, Any]) -> TestedSource:
    return TestedSource(_text(fields, "commit"), _text(fields, "tree"), tuple(fields["modified"]))


def _image(fields: Mapping[str, Any]) -> RecordedImage:
    return RecordedImage(
        config=_text(fields, "config"),
        diff_ids=tuple(fields["diff_ids"]),
        platform=_text(fields, "platform"),
        size=fields.get("size", 0),
        source=fields["source"],
        base=base_of(fields.get("base")),
    )


def _suite(fields: Mapping[str, Any]) -> SuiteResult:
    """The result of a suite. Raises ValueError for fields that are not those of a suite's result."""
    if (wrong := wrong_field(fields, "evidence")) is not None:
        raise ValueError(f"no usable field `{wrong}`")
    return suite_of(fields)
