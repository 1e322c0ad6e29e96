import pytest

from dockdj.model.smoke.log import error_lines


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
def test_lines_that_report_an_error_are_found(line: str) -> None:
    assert error_lines(["all is fine", line]) == (line,)


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
def test_ordinary_log_lines_are_accepted(line: str) -> None:
    assert not error_lines([line])


def test_errors_about_expected_paths_are_accepted() -> None:
    line = '2026/01/01 [error] 29#29: open() "/srv/static/none-1" failed (2: No such file), request: "GET /none-1"'
    assert error_lines([line]) == (line,)
    assert not error_lines([line], expected=["/none-1"])
