"""The home page greets and says what answers."""

import django
import pytest

from apps.webroot import stack
from apps.webroot.views import GREETING


def test_the_home_page_greets(client):
    response = client.get("/")

    assert response.status_code == 200
    assert f"<h1>{GREETING}</h1>" in response.content.decode()


def test_the_home_page_says_release_environment_and_stack(client, monkeypatch, settings):
    settings.ENV_NAME = "qa"
    monkeypatch.setenv("DOCKDJ_RELEASE", "1.2.3")
    monkeypatch.setenv("DOCKDJ_RECORD", "sha256:0123456789abcdef")

    page = client.get("/", SERVER_SOFTWARE="gunicorn/27.0.1").content.decode()

    assert "qa · release 1.2.3" in page
    assert "<dd>0123456789ab</dd>" in page
    assert f"<dd>{django.get_version()}</dd>" in page
    assert "<dt>gunicorn</dt>\n          <dd>27.0.1</dd>" in page


def test_nothing_is_inline(client):
    page = client.get("/").content.decode()

    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script") == page.count("<script src=") == 1


@pytest.mark.parametrize(
    ("text", "name"), [('ID=debian\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n', "Debian GNU/Linux 13"), (None, "")]
)
def test_the_system_is_named_by_itself(tmp_path, monkeypatch, text, name):
    monkeypatch.setattr(stack, "OS_RELEASE", tmp_path / "os-release")
    if text:
        stack.OS_RELEASE.write_text(text)

    assert stack.system() == (name or stack.platform.system())
