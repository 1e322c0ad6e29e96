"""The tab that the other tests rely on does notice a broken page."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.browser.tab import Tab
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("browser")]

PAGES = {
    "/sound": "<h1>Sound</h1>",
    "/inline-script": "<script>document.title = 'changed'</script>",
    "/inline-style": "<h1 style='color: red'>Red</h1>",
    "/elsewhere": "<img src='http://127.0.0.1:9/picture.png'>",
    "/missing": "<link rel=stylesheet href=/nothing.css>",
    "/throws": "<script src=/throws.js></script>",
    "/throws.js": "undefinedFunction()",
}


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pages() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/inline-script", "CSP: script-src-elem"),
        ("/inline-style", "CSP: style-src-attr"),
        ("/elsewhere", "CSP: img-src"),
        ("/missing", "404"),
        ("/throws", "undefinedFunction"),
    ],
)
def test_tab_reports_what_a_developer_would_see_in_the_console(
    pages: str, new_tab: Callable[..., Tab], path: str, told: str
) -> None:
    tab = new_tab()
    tab.open(pages + path)
    eventually(lambda: told in " ".join(tab.recorded_problems()))


def test_intact_page_has_no_problems(pages: str, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab()
    tab.open(f"{pages}/sound")
    assert tab.problems == []
