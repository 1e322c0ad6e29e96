"""One project in development and in production, and a browser that shows both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium, tab
from tests.browser.tab import Tab
from tests.conftest import remove_images
from tests.recipe.conftest import Shop, docker
from tests.support import ports, runs

RAISING = '''"""A page with a mistake in it."""

from django.http import HttpRequest, HttpResponse


def boom(request: HttpRequest) -> HttpResponse:
    """Fail."""
    colour = "ultraviolet"
    raise ValueError(f"no such colour: {colour}")
'''


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium.running() as address, sync_playwright() as playwright:
        yield playwright.chromium.connect_over_cdp(address, timeout=tab.PATIENCE)


@pytest.fixture
def new_tab(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """A function that opens tabs; screenshots go to the test's folder."""
    tabs: list[Tab] = []

    def open_tab(**settings: str | int) -> Tab:
        tabs.append(tab.new(browser, tmp_path, **settings))  # type: ignore[arg-type]
        return tabs[-1]

    yield open_tab
    for each in tabs:
        each.page.context.close()


@pytest.fixture(scope="package")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A new project with one page that fails."""
    gallery = Shop(tmp_path_factory.mktemp("browsed") / runs.name("gallery-"))
    assert Shop(gallery.root.parent).dockdj("new", str(gallery.root)).returncode == 0
    (gallery.root / "app/apps/webroot/broken.py").write_text(RAISING)
    gallery.edit(
        "app/project/urls.py",
        "from apps.webroot.views",
        "from apps.webroot.broken import boom\nfrom apps.webroot.views",
    )
    gallery.edit("app/project/urls.py", '    path("admin/"', '    path("boom/", boom),\n    path("admin/"')
    yield gallery
    for environment in ("dev", "prod"):
        gallery.dockdj("stop", environment)
        docker("volume", "rm", "--force", f"{gallery.name}-{environment}_postgres", check=False)
    remove_images(gallery.name)


@pytest.fixture(scope="package")
def development(gallery: Shop) -> str:
    """The address of the project's development server."""
    return gallery.start("dev", "--detach", "--port", str(ports.free()))


@pytest.fixture(scope="package")
def production(gallery: Shop) -> str:
    """The address of the project's production stack on this machine."""
    return gallery.start("prod", "--port", str(ports.free()))
