"""Which lines of a service's log say that something went wrong."""

import json
import re
from collections.abc import Collection, Iterable, Iterator

LEVELS = {"ERROR", "CRITICAL", "FATAL"}
# Python's logging and most others: the level as a word of its own, near the start of the line.
PLAIN = re.compile(r"^.{0,60}?(?<![\w/.-])(?:ERROR|CRITICAL|FATAL)(?![\w/.-])")
# nginx, "error_log": the levels from `error` on.
NGINX = re.compile(r"\[(?:error|crit|alert|emerg)\] ")
TRACEBACK = "Traceback (most recent call last)"


def complaints(lines: Iterable[str], *, expected: Collection[str] = ()) -> tuple[str, ...]:
    """The lines that report an error, except those about a path in `expected`, which was asked for on purpose."""
    return tuple(line for line in lines if _complains(line) and not any(path in line for path in expected))


def _complains(line: str) -> bool:
    if line.lstrip().startswith("{"):
        try:
            return any(_in_document(json.loads(line)))
        except ValueError:
            pass
    return TRACEBACK in line or bool(PLAIN.search(line) or NGINX.search(line))


def _in_document(document: object) -> Iterator[bool]:
    """A line that is a JSON object has its level in a field, whatever else its texts hold."""
    if isinstance(document, dict):
        for name in ("level", "levelname", "severity"):
            yield str(document.get(name, "")).upper() in LEVELS
        yield TRACEBACK in str(document.get("traceback") or document.get("exc_info") or "")
