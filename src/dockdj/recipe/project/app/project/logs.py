"""Log lines on standard output: one JSON object each in production, text in development."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# The id of the request under way; empty outside of requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")

# What every record has; anything else on it was given as `extra=`.
STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "request"}
# Made once: `json.dumps` makes one for each call that has such options.
encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


class JSONFormatter(logging.Formatter):
    """Time, level, logger, message, request id; the traceback and what was given as `extra` where there is some."""

    def format(self, record: logging.LogRecord) -> str:
        return encode(self.fields(record))

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """What the line says."""
        # Django logs a refused request after its middleware has ended: the request still knows.
        request = request_id.get() or getattr(getattr(record, "request", None), "id", "")
        found = opening(record, record.getMessage(), request)
        found |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            found["traceback"] = self.formatException(record.exc_info)
        return found


class AccessFormatter(JSONFormatter):
    """An answered request, from gunicorn's atoms. Without the query: tokens and addresses travel in it."""

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        atoms: Any = record.args
        return {
            **opening(record, f"{atoms['m']} {atoms['U']} {atoms['s']}", atoms["{x-request-id}o"]),
            "method": atoms["m"],
            "path": atoms["U"],
            "status": int(atoms["s"]),
            "bytes": atoms["B"],
            "duration_ms": atoms["D"] / 1000,
        }


def opening(record: logging.LogRecord, message: str, request: str) -> dict[str, Any]:
    """What every line begins with."""
    return {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": message,
        "request_id": request,
    }


def not_healthy(record: logging.LogRecord) -> bool:
    """Leave out the answers to health checks that say nothing new."""
    atoms: Any = record.args
    return not (atoms["U"] == "/healthz" and str(atoms["s"]) == "200")


def configuration(level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING."""
    line: dict[str, Any] = {"()": JSONFormatter} if as_json else {"format": "%(levelname)s %(name)s: %(message)s"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django": {"handlers": [], "level": level}},
    }


def gunicorn_configuration(level: str) -> dict[str, Any]:
    """gunicorn's `logconfig_dict`: its errors and its access log."""
    stdout = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"not healthy": {"()": lambda: not_healthy}},
        "formatters": {"line": {"()": JSONFormatter}, "access": {"()": AccessFormatter}},
        "handlers": {
            "console": {**stdout, "formatter": "line"},
            "access": {**stdout, "formatter": "access", "filters": ["not healthy"]},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "gunicorn.error": {"handlers": ["console"], "level": level, "propagate": False},
            "gunicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
        },
    }
