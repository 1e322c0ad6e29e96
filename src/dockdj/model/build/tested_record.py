"""The record of tested images: what a release record says of images, as far as there is no release yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from dockdj.errors import ProjectError
from dockdj.model.canonical import canonical
from dockdj.model.json_document import items, number, table, text, text_table, texts
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
            name=text(document, "name"),
            environment=text(document, "environment"),
            created=text(document, "created"),
            by=text(document, "by"),
            tool=text(document, "tool"),
            app=_source(table(document["app"])),
            npm=text_table(document["npm"], "npm"),
            services={name: _image(table(fields)) for name, fields in table(document["services"]).items()},
            evidence=_suite(items(document["evidence"])[0]),
            content=content,
        )
    except (KeyError, ValueError, IndexError) as error:
        raise ProjectError(
            "this record of tested images lacks fields that each has",
            hint="publish the images again: dockdj image publish ENV",
        ) from error


def _source(fields: Mapping[str, Any]) -> TestedSource:
    return TestedSource(text(fields, "commit"), text(fields, "tree"), texts(fields["modified"], "modified"))


def _image(fields: Mapping[str, Any]) -> RecordedImage:
    """An image. Raises ValueError and KeyError for fields that are not those of an image."""
    source, base = fields["source"], fields.get("base")
    if base is not None and (wrong := wrong_field(base, "base")) is not None:
        raise ValueError(f"no usable field `base.{wrong}`")
    return RecordedImage(
        config=text(fields, "config"),
        diff_ids=texts(fields["diff_ids"], "diff_ids"),
        platform=text(fields, "platform"),
        size=number(fields, "size") if "size" in fields else 0,
        source=None if source is None else text(fields, "source"),
        base=base_of(base),
    )


def _suite(fields: Mapping[str, Any]) -> SuiteResult:
    """The result of a suite. Raises ValueError for fields that are not those of a suite's result."""
    if (wrong := wrong_field(fields, "evidence")) is not None:
        raise ValueError(f"no usable field `{wrong}`")
    return suite_of(fields)
