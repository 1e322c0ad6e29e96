"""What stands in a release record before its services: enough to list many releases without reading all of each."""

import json
from dataclasses import dataclass
from typing import Any

from dockdj.model.canonical import digest_of
from dockdj.model.release.origin import Descent, origin_of
from dockdj.model.release.record import SCHEMA, is_newer
from dockdj.model.release.schema import wrong_field
from dockdj.model.version import Version

# A record's fields are sorted, and this one is nearly all of it.
LARGEST = "services"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Listed:
    """A release as a list shows it. Whether its record is intact, reading it whole tells."""

    name: str
    version: Version
    digest: str
    commit: str
    created: str
    origin: Descent | None


@dataclass(frozen=True)
class Unread:
    """A release whose record says nothing here: it is of a `newer` dockdj, or else damaged. `name` is the project's,
    empty where not even that is known."""

    name: str
    version: Version
    newer: bool

    @property
    def why(self) -> str:
        """What is said of its record."""
        return "of a newer dockdj" if self.newer else "cannot be read"


def head(content: bytes, version: Version) -> Listed | Unread:
    """The release of this version in a record's bytes."""
    fields: dict[str, Any] = {}
    newer = False
    try:
        fields = _fields(content.decode())
        newer = is_newer(fields["schema"])
        if not newer and (found := _listed(content, fields, version)):
            return found
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    name = fields.get("name")
    return Unread(name if isinstance(name, str) else "", version, newer)


def _listed(content: bytes, fields: dict[str, Any], version: Version) -> Listed | None:
    """The release, None when these are not the fields of one of this version. Raises KeyError and TypeError, too."""
    name, commit, created, restack = fields["name"], fields["app"]["commit"], fields["created"], fields["restack_of"]
    # The last of the sorted fields.
    of_version = content.endswith(f',"version":"{version}"}}'.encode())
    texts = all(isinstance(one, str) for one in (name, commit, created))
    if fields["schema"] != SCHEMA or not (of_version and texts):
        return None
    if restack is not None and wrong_field(restack, "restack") is not None:
        return None
    return Listed(name, version, digest_of(content), commit, created, origin_of(str(version), restack))


def _fields(text: str) -> dict[str, Any]:
    """The fields in canonical form up to the largest. Raises ValueError where it is not one."""
    found: dict[str, Any] = {}
    position = 0
    while text[position : position + 1] == ("," if found else "{"):
        name, position = _DECODER.raw_decode(text, position + 1)
        if name == LARGEST or text[position : position + 1] != ":":
            break
        found[name], position = _DECODER.raw_decode(text, position + 1)
    return found
