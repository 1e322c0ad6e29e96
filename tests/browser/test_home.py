"""The home page in a visitor's browser."""

import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import pytest

from tests.browser.tab import Tab

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("browser")]


@pytest.fixture(params=["development", "production"])
def address(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def test_home_page_loads_without_problems_and_is_styled(address: str, new_tab: Callable[..., Tab]) -> None:
    bare, tab = new_tab(), new_tab()
    bare.page.set_content("<body><main></main></body>")

    assert tab.open(address) == 200
    tab.screenshot("home")

    assert tab.problems == []
    assert {url: status for url, status in tab.answers.items() if status >= 400} == {}
    assert tab.style("body") != bare.style("body")
    assert tab.style("main") != bare.style("main")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_home_page_fits_small_screens_and_follows_the_colour_scheme(
    address: str, new_tab: Callable[..., Tab], scheme: str, width: int
) -> None:
    tab = new_tab(scheme=scheme, width=width)

    tab.open(address)
    tab.screenshot(f"home-{scheme}-{width}")

    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    assert (tab.page.evaluate(BACKGROUND) > 0.5) == (scheme == "light")
    assert tab.page.evaluate(BACKGROUND) != tab.page.evaluate(TEXT)


@pytest.mark.parametrize(("motion", "seconds"), [("no-preference", "0.2s"), ("reduce", "0s")])
def test_reduced_motion_stops_all_animations(
    development: str, new_tab: Callable[..., Tab], motion: Literal["no-preference", "reduce"], seconds: str
) -> None:
    tab = new_tab()
    tab.page.emulate_media(reduced_motion=motion)
    tab.open(development)
    tab.page.wait_for_selector(".status[data-state]")
    assert tab.page.evaluate(TRANSITION) == seconds


def test_production_serves_styles_and_scripts_under_hashed_names(production: str, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab()
    tab.open(production)

    static = [urlsplit(url).path for url in tab.answers if "/static/" in url]
    assert any(path.endswith(".css") for path in static)
    for path in static:
        assert re.fullmatch(r"/static/.+\.[0-9a-f]{12}\.\w+", path)


TRANSITION = "getComputedStyle(document.querySelector('.status'), '::before').transitionDuration"
# The painted lightness, from 0 black to 1 white. A canvas parses every colour notation.
LIGHTNESS = """(property => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d')
  canvas.fillStyle = matchMedia('(prefers-color-scheme: dark)').matches ? 'black' : 'white'
  canvas.fillRect(0, 0, 1, 1)
  for (const element of [document.documentElement, document.body]) {
    canvas.fillStyle = getComputedStyle(element)[property]
    canvas.fillRect(0, 0, 1, 1)
  }
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255
})"""
BACKGROUND = f"{LIGHTNESS}('backgroundColor')"
TEXT = f"{LIGHTNESS}('color')"
