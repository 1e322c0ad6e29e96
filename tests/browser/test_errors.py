"""A failing page: the debugger in development, no details in production."""

import re
from collections.abc import Callable

import pytest

from tests.browser.tab import Tab
from tests.recipe.conftest import Shop, docker, get
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("browser")]


def test_development_shows_the_debugger_with_a_working_console(
    development: str, gallery: Shop, new_tab: Callable[..., Tab]
) -> None:
    tab = new_tab(height=1000)

    assert tab.open(f"{development}boom/") == 500
    tab.screenshot("debugger")
    assert "ValueError: no such colour: ultraviolet" in tab.page.inner_text("body")

    frame = tab.page.locator(".frame").last
    frame.locator("pre.current").hover()
    frame.locator("pre.current img").click()
    if tab.page.locator(".pin-prompt").is_visible():
        pins = eventually(lambda: PIN.findall(gallery.dockdj("logs", "dev", "django").stdout))
        tab.page.fill(".pin-prompt input[name=pin]", pins[-1])
        tab.page.click(".pin-prompt [name=btn]")
        tab.page.locator(".pin-prompt").wait_for(state="hidden")
    console = tab.page.locator(".traceback form input")
    console.fill("colour.upper() + str(6 * 7)")
    console.press("Enter")
    tab.page.get_by_text("ULTRAVIOLET42").wait_for()
    tab.screenshot("debugger-console")


def test_debugger_console_refuses_other_host_names(development: str) -> None:
    """A foreign site can let its own name resolve to this machine (DNS rebinding)."""
    page = get(f"{development}boom/")[1]
    secret = re.search('SECRET = "([^"]+)"', page)
    assert secret and "EVALEX = true" in page
    asked = f"{development}?__debugger__=yes&cmd=pinauth&pin=0&s={secret[1]}"
    assert get(asked)[0] == 200
    assert get(asked, Host="elsewhere.example")[0] == 400
    assert "EVALEX = false" in get(f"{development}boom/", Host="elsewhere.example")[1]


def test_production_shows_no_details_of_a_failure(production: str, gallery: Shop, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab()

    assert tab.open(f"{production}boom/") == 500
    tab.screenshot("500")
    page = tab.page.content()
    for secret in ("Traceback", "ValueError", "ultraviolet", "boom", "broken.py", "debugger"):
        assert secret not in page
    # Operators find the failure in the log.
    eventually(lambda: "ultraviolet" in gallery.dockdj("logs", "prod", "django").stdout)
    installed = docker("exec", gallery.container("prod", "django"), "python", "-c", IMPORTABLE)
    assert installed == "False False"


def test_unknown_page_is_a_404_without_a_list_of_urls(production: str, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab()

    assert tab.open(f"{production}nothing-here/") == 404
    tab.screenshot("404")
    assert "urls" not in tab.page.content()


# runserver_plus prints it for the developer.
PIN = re.compile(r"PIN: ([0-9-]+)")
IMPORTABLE = "from importlib.util import find_spec as f; print(bool(f('werkzeug')), bool(f('django_extensions')))"
