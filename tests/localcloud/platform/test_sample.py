"""The sample application's program, in this machine's shell."""

import subprocess

import pytest

from dockdj.localcloud.fleet.images import FOLDER


@pytest.mark.parametrize(
    ("request_line", "status", "has_page"),
    [
        ("GET / HTTP/1.1", "200 OK", True),
        ("HEAD / HTTP/1.1", "200 OK", False),
        ("GET /?from=here HTTP/1.1", "200 OK", True),
        ("GET /healthz HTTP/1.1", "404 Not Found", True),
        ("GET //x/* HTTP/1.1", "404 Not Found", True),
        ("HEAD /index.html HTTP/1.0", "404 Not Found", False),
    ],
)
def test_sample_application_answers_its_first_page_only(request_line: str, status: str, has_page: bool) -> None:
    request = f"{request_line}\r\nHost: shop\r\n\r\n"
    argv = ["sh", str(FOLDER / "instance/sample-answer")]
    answer = subprocess.run(argv, input=request.encode(), capture_output=True, check=True).stdout
    head, _, page = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == f"HTTP/1.1 {status}"
    length = next(int(line.partition(": ")[2]) for line in lines if line.startswith("Content-Length"))
    assert (length > 0, len(page)) == (True, length if has_page else 0)
