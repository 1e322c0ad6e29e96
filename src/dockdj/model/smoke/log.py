"""Find the lines of a service's log that report an error."""

import re
from collections.abc import Collection, Iterable, Iterator

from dockdj.model import json_document

LEVELS = {"ERROR", "CRITICAL", "FATAL"}
# Python's logging and most programs: the level as a separate word near the start of the line.
PLAIN = re.compile(r"^.{0,60}?(?<![\w/.-])(?:ERROR|CRITICAL|FATAL)(?![\w/.-])")
# nginx, "error_log": the levels `error` and above.
NGINX = re.compile(r"\[(?:error|crit|alert|emerg)\] ")
TRACEBACK = "Traceback (most recent call last)"


def error_lines(lines: Iterable[str], *, expected: Collection[str] = ()) -> tuple[str, ...]:
    """The lines that report an error, without the lines about a path in `expected`, which was requested on purpose."""
    return tuple(line for line in lines if _reports_error(line) and not any(path in line for path in expected))


def _reports_error(line: str) -> bool:
    if line.lstrip().startswith("{"):
        try:
            return any(_document_reports_error(json_document.parse(line)))
        except ValueError:
            pass
    return TRACEBACK in line or bool(PLAIN.search(line) or NGINX.search(line))


def _document_reports_error(document: object) -> Iterator[bool]:
    """The level of a JSON line is in a field; other fields may hold the same words."""
    if isinstance(document, dict):
        for name in ("level", "levelname", "severity"):
            yield str(document.get(name, "")).upper() in LEVELS
        yield TRACEBACK in str(document.get("traceback") or document.get("exc_info") or "")
