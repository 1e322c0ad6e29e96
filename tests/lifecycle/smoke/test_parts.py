"""What a smoke run is made of, without an engine."""

from pathlib import Path

import pytest

from dockdj.adapters import web
from dockdj.adapters.docker.compose import Container
from dockdj.adapters.docker.throwaway_stack import Identity
from dockdj.adapters.web import Answer
from dockdj.errors import ProjectError, Refused
from dockdj.lifecycle.smoke import variables
from dockdj.lifecycle.smoke.checklist import Suite, Wrong
from dockdj.lifecycle.smoke.containers import same_images
from dockdj.lifecycle.smoke.pages import Door, Front, door
from dockdj.model.project.dotenv import parse
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


def values(folder: Path) -> dict[str, str]:
    return dict(parse(variables.values(folder).encode(), "env"))


def test_variables_come_from_the_contract_with_new_secrets_and_never_from_a_persons_own_file(tmp_path: Path) -> None:
    write(tmp_path, "environments/prod/.env.example", CONTRACT)
    write(tmp_path, "environments/prod/.env", "PASSWORD=mine\nKEY=mine\n")
    first, second = values(tmp_path), values(tmp_path)
    assert len(first["PASSWORD"]) == len(first["KEY"]) == 64
    assert first["URL"] == f"postgres://app:{first['PASSWORD']}@postgres/app"
    assert first["NAME"] == "" and first["PASSWORD"] != second["PASSWORD"] and first["KEY"] != second["KEY"]


def test_the_commit_may_have_values_for_this_suite(tmp_path: Path) -> None:
    write(tmp_path, "environments/prod/.env.example", CONTRACT)
    write(tmp_path, "docker/smoke.env", "KEY=known\nMORE=1\n")
    assert (values(tmp_path)["KEY"], values(tmp_path)["MORE"]) == ("known", "1")
    write(tmp_path, "docker/smoke.env", "KEY=$x\n")
    with pytest.raises(ProjectError, match=r"docker/smoke\.env:1"):
        values(tmp_path)


def test_a_required_variable_that_nobody_can_invent_is_named_with_what_it_is_for(tmp_path: Path) -> None:
    write(tmp_path, "environments/prod/.env.example", CONTRACT + "# required. Which shop this is.\nSHOP=\n")
    with pytest.raises(Refused, match=r"requires:\n  SHOP: Which shop this is") as caught:
        values(tmp_path)
    assert "docker/smoke.env" in caught.value.hint and "KEY" not in caught.value.message
    write(tmp_path, "docker/smoke.env", "SHOP=north\n")
    assert values(tmp_path)["SHOP"] == "north"


def test_a_project_without_a_contract_has_no_variables(tmp_path: Path) -> None:
    assert values(tmp_path) == {}


def test_the_door_is_the_applications_port_or_one_of_a_service_that_says_it_is_well() -> None:
    declared, other = Published("nginx", 8000, 80, variable=True), Published("django", 8080, 81)
    silent = (Container("nginx", "running", ports={8000: 40000}), Container("django", "running", ports={8080: 40001}))
    assert door([declared, other], silent) == Door("nginx", 8000, 40000)
    assert door([other], silent) is None
    well = (Container("django", "running", "healthy", ports={8080: 40001}),)
    assert door([other], well) == Door("django", 8080, 40001)
    assert door([Published("django", 1, 1)], well) is None


class Site:
    """Pages, in the place of a web server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **pages: Answer) -> None:
        self.pages = {f"/{name}": answer for name, answer in pages.items()}
        monkeypatch.setattr(web, "get", lambda _, path: self.pages.get(path, Answer(404, "", "", b"")))

    def front(self, stack: object = None) -> Front:
        return Front(Suite(stack, ("django", "nginx"), print), Door("nginx", 8000, 40000), "shop-smoke")  # type: ignore[arg-type]


def page(body: bytes = b"", status: int = 200, kind: str = "text/html", location: str = "") -> Answer:
    return Answer(status, kind, location, body)


def test_the_health_page_must_answer_and_be_the_one_of_this_very_run(monkeypatch: pytest.MonkeyPatch) -> None:
    Site(monkeypatch, healthz=page(b'{"release": "shop-smoke"}', kind="application/json")).front().health()
    Site(monkeypatch, healthz=page(b"ok", kind="text/plain")).front().health()
    Site(monkeypatch, healthz=page(b"[]")).front().health()
    with pytest.raises(Wrong) as caught:
        Site(monkeypatch, healthz=page(b'{"release": "another"}')).front().health()
    assert "'another'" in caught.value.message
    with pytest.raises(Wrong) as caught:
        Site(monkeypatch, healthz=page(b"no upstream", 502, "text/plain")).front().health()
    assert caught.value.message == "GET /healthz: status 502\nno upstream"
    assert caught.value.services == ("nginx", "django")
    with pytest.raises(Wrong, match="404"):
        Site(monkeypatch).front().health()


def test_the_first_page_is_where_redirects_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(monkeypatch, en=page(b"hello"))
    site.pages["/"] = page(status=302, location="https://127.0.0.1:40000/en")
    assert site.front().home() == ("/en", page(b"hello"))
    site.pages["/"] = away = page(status=302, location="https://accounts.example.com/")
    assert site.front().home() == ("/", away)
    site.pages["/"] = page(status=302, location="/")
    with pytest.raises(Wrong, match="redirects more than"):
        site.front().home()
    for status, hint in ((500, ""), (400, "docker/smoke.env")):
        site.pages["/"] = page(status=status)
        with pytest.raises(Wrong, match=f"status {status}") as caught:
            site.front().home()
        assert hint in caught.value.hint


def test_every_file_of_a_page_must_be_there_and_be_what_the_page_takes_it_for(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = page(b'<link rel=stylesheet href="/a.css"><script src="/a.js"></script>')
    site = Site(monkeypatch)
    site.pages |= {"/a.css": page(kind="text/css"), "/a.js": page(kind="text/javascript")}
    assert site.front().files("/", wanted) == 2
    site.pages["/a.js"] = page(kind="text/html")
    with pytest.raises(Wrong, match=r"GET /a\.js: text/html, expected text/javascript or"):
        site.front().files("/", wanted)
    del site.pages["/a.css"]
    with pytest.raises(Wrong, match=r"GET /a\.css: status 404"):
        site.front().files("/", wanted)


def test_a_page_that_nobody_made_must_not_break_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(monkeypatch)
    assert site.front().unknown().startswith("/dockdj-smoke-")
    monkeypatch.setattr(web, "get", lambda *_: page(status=500))
    with pytest.raises(Wrong, match="status 500"):
        site.front().unknown()


def test_a_container_of_another_image_than_was_built_is_no_proof() -> None:
    class Stack:
        def identities(self) -> dict[str, Identity]:
            return {"django": Identity("1", "sha256:built", "shop/django:1.0.0")}

    suite = Suite(Stack(), ("django",), print)  # type: ignore[arg-type]
    same_images(suite, {"django": "sha256:built"})
    for expected in ({"django": "sha256:another"}, {"django": "sha256:built", "nginx": "sha256:built"}):
        with pytest.raises(Wrong, match="was built"):
            same_images(suite, expected)
