"""Django's admin in production, through nginx, with its styles and the content security policy."""

from collections.abc import Callable
from secrets import token_urlsafe
from urllib.parse import urlsplit

import pytest

from tests.browser.tab import Tab
from tests.recipe.conftest import Shop

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("browser")]

MAKE = "from django.contrib.auth.models import User; User.objects.create_superuser('ada', password='{}')"


def test_superuser_logs_in_and_every_page_is_styled(
    production: str, gallery: Shop, new_tab: Callable[..., Tab]
) -> None:
    password = token_urlsafe(12)
    created = gallery.dockdj("manage", "prod", "--", "shell", "--command", MAKE.format(password))
    assert created.returncode == 0, created.stderr
    tab = new_tab()

    assert tab.open(f"{production}admin/") == 200
    tab.screenshot("admin-login")
    assert urlsplit(tab.page.url).path == "/admin/login/"
    assert tab.page.evaluate(HEADER) not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    tab.page.fill("#id_username", "ada")
    tab.page.fill("#id_password", password)
    tab.page.click("input[type=submit]")
    tab.page.wait_for_url(f"{production}admin/")
    assert "Site administration" in tab.page.inner_text("#content")
    tab.screenshot("admin")
    tab.page.click("text=Users")
    tab.page.wait_for_url(f"{production}admin/auth/user/")
    tab.page.click("#result_list .field-username a")
    tab.page.wait_for_selector("#id_username")
    tab.screenshot("admin-user")

    assert tab.problems == []
    assert {url: status for url, status in tab.answers.items() if status >= 400} == {}


HEADER = "getComputedStyle(document.querySelector('#header')).backgroundColor"
