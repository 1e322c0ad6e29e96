"""Saved files show in the browser without a restart by hand."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, expect

from tests.browser.tab import PATIENCE, Tab
from tests.recipe.conftest import Shop
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("browser")]

TOKENS = "app/apps/base/assets/stylesheets/_tokens.scss"
HOME = "app/apps/webroot/templates/webroot/home.html"
VIEWS = "app/apps/webroot/views.py"


@pytest.fixture(autouse=True)
def sources(gallery: Shop) -> Iterator[None]:
    """Restore the files afterwards, since production is built from them too."""
    before = {name: (gallery.root / name).read_text() for name in (TOKENS, HOME, VIEWS)}
    yield
    for name, text in before.items():
        # Writing an unchanged file would restart the server.
        if (gallery.root / name).read_text() != text:
            gallery.save(name, text)


def test_styles_come_from_the_asset_server(development: str, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab()
    tab.open(development)

    servers = {urlsplit(sheet).netloc for sheet in tab.stylesheets()}
    assert len(servers) == 1
    assert servers != {urlsplit(development).netloc}


def test_saved_stylesheet_shows_in_the_open_page(development: str, gallery: Shop, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab()
    tab.open(development)
    expect(tab.page.locator("body")).not_to_have_css("background-color", "rgb(1, 2, 3)")

    gallery.edit(TOKENS, _paper(gallery), "--paper: #010203")

    expect(tab.page.locator("body")).to_have_css("background-color", "rgb(1, 2, 3)", timeout=PATIENCE)
    assert [problem for problem in tab.problems if "CSP" in problem or "script" in problem] == []


def test_stylesheet_error_is_reported_and_its_correction_shows(
    development: str, gallery: Shop, new_tab: Callable[..., Tab]
) -> None:
    tab = new_tab()
    tab.open(development)

    gallery.edit(TOKENS, ":root {", ":root {{")
    eventually(lambda: "_tokens.scss" in gallery.dockdj("logs", "dev", "assets").stdout)
    gallery.edit(TOKENS, ":root {{", ":root {")
    gallery.edit(TOKENS, _paper(gallery), "--paper: #030201")

    expect(tab.page.locator("body")).to_have_css("background-color", "rgb(3, 2, 1)", timeout=PATIENCE)


def test_saved_template_and_view_show(development: str, gallery: Shop, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab()

    gallery.edit(HOME, "{% block content %}", "{% block content %}<p id=fresh>A new paragraph</p>")
    eventually(lambda: "A new paragraph" in _text(tab, development))
    gallery.edit(VIEWS, "Hello from", "Good evening from")
    eventually(lambda: "Good evening from" in _text(tab, development))


def _paper(gallery: Shop) -> str:
    """The line that sets the colour of pages."""
    declaration = re.search("--paper: [^;]+", (gallery.root / TOKENS).read_text())
    assert declaration
    return declaration[0]


def _text(tab: Tab, address: str) -> str:
    try:
        tab.open(address)
    except Error:  # A server that restarts closes connections.
        return ""
    return tab.page.inner_text("body")
