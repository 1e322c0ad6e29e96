import pytest

from dockdj.adapters.compose_file import parse, pinned
from dockdj.errors import ProjectError

TEXT = """\
# what runs
services:
  django:
    build: ../../..
    image: shop/django:prod
    env_file: ../../../environments/prod/.env
    environment:
      PLAIN: "yes"  # kept
    depends_on:
      postgres:
        condition: service_healthy
  nginx:
    build: ../../..
    depends_on: [django, postgres]
    environment:
      - A=b
  postgres:
    image: postgres:17
    profiles: [local]
    volumes: ["data:/var/lib/postgresql/data"]
volumes:
  data:
"""
IMAGES = {"django": "r/shop@sha256:1", "nginx": "r/shop@sha256:2"}


def test_pinned_file_has_images_by_digest_and_nothing_local() -> None:
    text = pinned(TEXT, IMAGES, {"X": "a$b"}, "f")
    document = parse(text, "f")
    django, nginx = document["services"]["django"], document["services"]["nginx"]
    assert set(document["services"]) == {"django", "nginx"}
    assert (django["image"], nginx["image"]) == ("r/shop@sha256:1", "r/shop@sha256:2")
    assert "build" not in django
    assert django["env_file"] == ".env"
    assert (django["environment"], nginx["environment"]) == ({"PLAIN": "yes", "X": "a$$b"}, {"A": "b", "X": "a$$b"})
    assert "depends_on" not in django
    assert nginx["depends_on"] == ["django"]
    assert "volumes" not in document
    assert "# what runs" in text
    assert "# kept" in text


def test_pinned_file_does_not_depend_on_the_order_of_its_inputs() -> None:
    assert pinned(TEXT, IMAGES, {"B": "1", "A": "2"}, "f") == pinned(TEXT, dict(IMAGES), {"A": "2", "B": "1"}, "f")


def test_missing_service_is_refused_by_name() -> None:
    with pytest.raises(ProjectError, match="no service worker"):
        pinned(TEXT, {**IMAGES, "worker": "r@sha256:3"}, {}, "f")


def test_invalid_yaml_is_refused_with_the_files_name() -> None:
    with pytest.raises(ProjectError, match=r"compose\.yml is not valid YAML"):
        parse("a: [", "compose.yml")


def bomb(form: str) -> str:
    """A table whose aliases multiply by nine with every line."""
    lines = [f"k{n}: &k{n} " + form % ", ".join([f"*k{n - 1}"] * 9) for n in range(1, 9)]
    return "\n".join(["k0: &k0 {a: 1}", *lines])


MALFORMED = {
    "lists that multiply": bomb("[%s]"),
    "tables that multiply": bomb("{<<: [%s]}"),
    "an alias that contains itself": "a: &a [*a]",
    "nested too deeply": "a: " + "[" * 3000,
    "nested deeply and closed": "a: " + "[" * 300 + "]" * 300,
    "nested deeply in lines": "- " * 3000,
    "a number of 5,000 digits": "a: " + "9" * 5000,
    "a date that does not exist": "a: 2001-99-99",
    "a table as a key": "? {a: b}\n: c",
    "a list as a key": "? [a]\n: b",
    "a NUL": 'a: "\\0"',
    "half of a surrogate pair": 'a: "\\ud800"',
    "not base64": "a: !!binary x",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_text_without_a_plain_document_is_refused(text: str) -> None:
    with pytest.raises(ProjectError, match=r"compose\.yml is not valid YAML"):
        parse(text, "compose.yml")
    with pytest.raises(ProjectError, match=r"compose\.yml is not valid YAML"):
        pinned(text, {}, {}, "compose.yml")


def test_anchors_of_a_usual_file_are_read() -> None:
    assert parse("a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: *a", "compose.yml") == {
        "a": {"x": 1},
        "b": {"x": 1, "y": 2},
        "c": {"x": 1},
    }
