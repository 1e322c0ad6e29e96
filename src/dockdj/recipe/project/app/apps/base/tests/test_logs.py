"""Log lines are JSON objects that name their request."""

import json
import logging
import sys

from project import logs


def record(**more: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "shop", "levelname": "INFO", "msg": "paid", **more})


def test_a_line_has_the_id_of_its_request_and_what_was_given_as_extra():
    token = logs.request_id.set("abc")
    line = json.loads(logs.JSONFormatter().format(record(order=7)))
    logs.request_id.reset(token)

    assert (line["message"], line["request_id"], line["order"]) == ("paid", "abc", 7)
    assert line["time"].endswith("+00:00")


def test_a_traceback_stays_in_one_line():
    try:
        raise RuntimeError("no luck")
    except RuntimeError:
        text = logs.JSONFormatter().format(record(exc_info=sys.exc_info()))

    assert "\n" not in text
    assert "RuntimeError: no luck" in json.loads(text)["traceback"]


def test_an_access_line_says_how_long_it_took_and_not_what_was_asked_for():
    atoms = {"m": "GET", "U": "/reset/", "q": "token=secret", "s": "200", "B": 12, "D": 1500, "{x-request-id}o": "abc"}
    answered = record(msg="unused", args=atoms)

    line = json.loads(logs.AccessFormatter().format(answered))

    assert (line["message"], line["duration_ms"], line["request_id"]) == ("GET /reset/ 200", 1.5, "abc")
    assert "secret" not in str(line)


def test_only_health_checks_that_fail_are_logged():
    assert not logs.not_healthy(record(args={"U": "/healthz", "s": "200"}))
    assert logs.not_healthy(record(args={"U": "/healthz", "s": "500"}))
    assert logs.not_healthy(record(args={"U": "/", "s": "200"}))
