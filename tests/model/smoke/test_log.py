import pytest

from dockdj.model.smoke.log import complaints


@pytest.mark.parametrize(
    "line",
    [
        '{"level": "ERROR", "logger": "django.request", "message": "Internal Server Error: /"}',
        '{"severity": "critical", "message": "x"}',
        '{"level": "WARNING", "traceback": "Traceback (most recent call last):\\n  File"}',
        "Traceback (most recent call last):",
        "ERROR django.request: Internal Server Error: /",
        "[2026-01-01 10:00:00 +0000] [7] [ERROR] Exception in worker process",
        "2026-01-01 10:00:00,000 CRITICAL: out of memory",
        "2026/01/01 10:00:00 [error] 29#29: *1 connect() failed (111: Connection refused)",
        "2026/01/01 10:00:00 [emerg] 1#1: host not found in upstream",
        "{not json ERROR",
    ],
)
def test_a_line_that_reports_an_error_is_found(line: str) -> None:
    assert complaints(["all is well", line]) == (line,)


@pytest.mark.parametrize(
    "line",
    [
        '{"level": "INFO", "message": "no ERROR at all", "path": "/ERROR"}',
        '{"level": "WARNING", "message": "Not Found: /nothing"}',
        "GET /ERROR 200",
        "loaded errors.html, ERROR_PAGES=3",
        "[2026-01-01 10:00:00 +0000] [1] [INFO] Starting gunicorn 27.0.1",
        "2026/01/01 10:00:00 [notice] 1#1: start worker processes",
        "[1, 2]",
        "",
    ],
)
def test_other_lines_are_not(line: str) -> None:
    assert not complaints([line])


def test_what_was_asked_for_on_purpose_is_no_complaint() -> None:
    line = '2026/01/01 [error] 29#29: open() "/srv/static/none-1" failed (2: No such file), request: "GET /none-1"'
    assert complaints([line]) == (line,)
    assert not complaints([line], expected=["/none-1"])
