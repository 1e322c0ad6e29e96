"""The parts of a smoke run, without an engine."""

from pathlib import Path

import pytest

from dockdj.adapters import web
from dockdj.adapters.docker.compose import Container
from dockdj.adapters.docker.throwaway_stack import Identity
from dockdj.adapters.web import Answer
from dockdj.errors import ProjectError, Refused
from dockdj.lifecycle.smoke import variables
from dockdj.lifecycle.smoke.checklist import CheckFailed, Suite
from dockdj.lifecycle.smoke.containers import same_images
from dockdj.lifecycle.smoke.pages import Door, PageChecks, door
from dockdj.model.project.dotenv import parse
from dockdj.model.project.layout import Layout
from dockdj.model.project.project import Project, Recipe
from dockdj.model.smoke.compose_file import Published
from tests.support.project import write

CONTRACT = """\
# required, secret. The password.
PASSWORD=<generate>
# required, secret. Where the data is.
URL=postgres://app:<PASSWORD>@postgres/app
# required, secret. A key of somebody else.
KEY=
# optional. A name.
NAME=
"""

PROJECT = Project("shop", "0", Recipe("0"))


def values(folder: Path) -> dict[str, str]:
    return dict(parse(variables.values(PROJECT, folder).encode(), "env"))


def test_variables_come_from_the_contract_with_new_secrets_and_not_from_a_persons_file(tmp_path: Path) -> None:
    write(tmp_path, "environments/prod/.env.example", CONTRACT)
    write(tmp_path, "environments/prod/.env", "PASSWORD=mine\nKEY=mine\n")
    first, second = values(tmp_path), values(tmp_path)
    assert len(first["PASSWORD"]) == len(first["KEY"]) == 64
    assert first["URL"] == f"postgres://app:{first['PASSWORD']}@postgres/app"
    assert first["NAME"] == "" and first["PASSWORD"] != second["PASSWORD"] and first["KEY"] != second["KEY"]


def test_smoke_env_overrides_and_adds_variables(tmp_path: Path) -> None:
    write(tmp_path, "environments/prod/.env.example", CONTRACT)
    write(tmp_path, "docker/smoke.env", "KEY=known\nMORE=1\n")
    assert (values(tmp_path)["KEY"], values(tmp_path)["MORE"]) == ("known", "1")
    write(tmp_path, "docker/smoke.env", "KEY=$x\n")
    with pytest.raises(ProjectError, match=r"docker/smoke\.env:1"):
        values(tmp_path)


def test_a_required_variable_without_a_value_is_refused_with_its_description(tmp_path: Path) -> None:
    write(tmp_path, "environments/prod/.env.example", CONTRACT + "# required. Which shop this is.\nSHOP=\n")
    with pytest.raises(Refused, match=r"requires:\n  SHOP: Which shop this is") as caught:
        values(tmp_path)
    assert "docker/smoke.env" in caught.value.hint and "KEY" not in caught.value.message
    write(tmp_path, "docker/smoke.env", "SHOP=north\n")
    assert values(tmp_path)["SHOP"] == "north"


def test_without_a_contract_there_are_no_variables(tmp_path: Path) -> None:
    assert values(tmp_path) == {}


def test_the_door_is_the_applications_port_or_a_port_of_a_service_with_a_health_check() -> None:
    declared, other = Published("nginx", 8000, 80, variable=True), Published("django", 8080, 81)
    silent = (Container("nginx", "running", ports={8000: 40000}), Container("django", "running", ports={8080: 40001}))
    assert door([declared, other], silent) == Door("nginx", 8000, 40000)
    assert door([other], silent) is None
    checked = (Container("django", "running", "healthy", ports={8080: 40001}),)
    assert door([other], checked) == Door("django", 8080, 40001)
    assert door([Published("django", 1, 1)], checked) is None


class Site:
    """Pages in place of a web server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **pages: Answer) -> None:
        self.pages = {f"/{name}": answer for name, answer in pages.items()}
        monkeypatch.setattr(web, "get", lambda _, path: self.pages.get(path, Answer(404, "", "", b"")))

    def checks(self, stack: object = None) -> PageChecks:
        return PageChecks(Suite(stack, ("django", "nginx"), print), Door("nginx", 8000, 40000), "shop-smoke", Layout())  # type: ignore[arg-type]


def page(body: bytes = b"", status: int = 200, kind: str = "text/html", location: str = "") -> Answer:
    return Answer(status, kind, location, body)


def test_the_health_page_must_answer_and_show_this_runs_release(monkeypatch: pytest.MonkeyPatch) -> None:
    Site(monkeypatch, healthz=page(b'{"release": "shop-smoke"}', kind="application/json")).checks().health()
    Site(monkeypatch, healthz=page(b"ok", kind="text/plain")).checks().health()
    Site(monkeypatch, healthz=page(b"[]")).checks().health()
    with pytest.raises(CheckFailed) as caught:
        Site(monkeypatch, healthz=page(b'{"release": "another"}')).checks().health()
    assert "'another'" in caught.value.message
    with pytest.raises(CheckFailed) as caught:
        Site(monkeypatch, healthz=page(b"no upstream", 502, "text/plain")).checks().health()
    assert caught.value.message == "GET /healthz: status 502\nno upstream"
    assert caught.value.services == ("nginx", "django")
    with pytest.raises(CheckFailed, match="404"):
        Site(monkeypatch).checks().health()


def test_the_first_page_follows_redirects_of_its_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(monkeypatch, en=page(b"hello"))
    site.pages["/"] = page(status=302, location="https://127.0.0.1:40000/en")
    assert site.checks().home() == ("/en", page(b"hello"))
    site.pages["/"] = away = page(status=302, location="https://accounts.example.com/")
    assert site.checks().home() == ("/", away)
    site.pages["/"] = page(status=302, location="/")
    with pytest.raises(CheckFailed, match="redirects more than"):
        site.checks().home()
    for status, hint in ((500, ""), (400, "docker/smoke.env")):
        site.pages["/"] = page(status=status)
        with pytest.raises(CheckFailed, match=f"status {status}") as caught:
            site.checks().home()
        assert hint in caught.value.hint


def test_a_pages_files_must_exist_and_have_the_expected_media_type(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = page(b'<link rel=stylesheet href="/a.css"><script src="/a.js"></script>')
    site = Site(monkeypatch)
    site.pages |= {"/a.css": page(kind="text/css"), "/a.js": page(kind="text/javascript")}
    assert site.checks().files("/", wanted) == 2
    site.pages["/a.js"] = page(kind="text/html")
    with pytest.raises(CheckFailed, match=r"GET /a\.js: text/html, expected text/javascript or"):
        site.checks().files("/", wanted)
    del site.pages["/a.css"]
    with pytest.raises(CheckFailed, match=r"GET /a\.css: status 404"):
        site.checks().files("/", wanted)


def test_an_unknown_page_must_not_be_a_server_error(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(monkeypatch)
    assert site.checks().unknown().startswith("/dockdj-smoke-")
    monkeypatch.setattr(web, "get", lambda *_: page(status=500))
    with pytest.raises(CheckFailed, match="status 500"):
        site.checks().unknown()


def test_a_container_of_another_image_fails_the_check() -> None:
    class Stack:
        def identities(self) -> dict[str, Identity]:
            return {"django": Identity("1", "sha256:built", "shop/django:1.0.0")}

    suite = Suite(Stack(), ("django",), print)  # type: ignore[arg-type]
    same_images(suite, {"django": "sha256:built"})
    for expected in ({"django": "sha256:another"}, {"django": "sha256:built", "nginx": "sha256:built"}):
        with pytest.raises(CheckFailed, match="was built"):
            same_images(suite, expected)
