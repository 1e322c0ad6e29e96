"""What stands in a release record before its services: enough to list many releases without reading all of each."""

import json
from dataclasses import dataclass
from typing import Any

from dockdj.model.descent import Descent, origin_of
from dockdj.model.release import SCHEMA, digest_of
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


def head(content: bytes, version: Version) -> Listed | None:
    """The release in a record's bytes; None when it is not one of this version, or of a form not known here."""
    # The last of the sorted fields.
    if not content.endswith(f',"version":"{version}"}}'.encode()):
        return None
    try:
        fields = _fields(content.decode())
        if fields["schema"] != SCHEMA:
            return None
        return Listed(
            fields["name"],
            version,
            digest_of(content),
            fields["app"]["commit"],
            fields["created"],
            origin_of(str(version), fields.get("restack_of")),
        )
    except (ValueError, KeyError, TypeError):
        return None


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
