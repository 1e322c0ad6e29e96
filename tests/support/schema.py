"""The published JSON Schema of release records, in an independent validator."""

import json
from typing import Any

from jsonschema import Draft202012Validator

from dockdj.model.release.validation import SCHEMA_FILE

DOCUMENT: dict[str, Any] = json.loads(SCHEMA_FILE.read_bytes())
VALIDATOR = Draft202012Validator(DOCUMENT, format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults(record: bytes) -> list[str]:
    """The schema's errors in a record's bytes."""
    return [error.message for error in VALIDATOR.iter_errors(json.loads(record))]
