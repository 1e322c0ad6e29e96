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
