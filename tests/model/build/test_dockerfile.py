import pytest

from dockdj.errors import ProjectError
from dockdj.model.build.dockerfile import bases, below

RECIPE = """\
# comment
ARG PYTHON_IMAGE=python:3.13-slim-trixie
ARG DEBIAN_IMAGE="debian:trixie-slim"
FROM ${PYTHON_IMAGE} AS base
ARG PYTHON_IMAGE=ignored-after-the-first-from
RUN echo FROM nothing
FROM base AS deps
FROM $PYTHON_IMAGE AS uv
from --platform=linux/amd64 ${DEBIAN_IMAGE:-other} \\
  # in between
  as nginx
FROM scratch AS evidence
COPY --from=Base /a /b
"""


def test_bases_are_listed_once_each() -> None:
    assert bases(RECIPE, {}) == ("python:3.13-slim-trixie", "debian:trixie-slim")


def test_build_arguments_override_defaults() -> None:
    assert bases(RECIPE, {"PYTHON_IMAGE": "mirror/python"}) == ("mirror/python", "debian:trixie-slim")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM alpine\nFROM alpine AS Two\nFROM two", ("alpine",)),
        ("ARG TAG=3\nARG IMAGE=alpine:$TAG\nFROM $IMAGE", ("alpine:3",)),
        ("ARG IMAGE\nFROM ${IMAGE:-busybox}", ("busybox",)),
        ("FROM registry.example.com:5000/a/b@sha256:00", ("registry.example.com:5000/a/b@sha256:00",)),
        ("# a comment that ends in \\\nFROM alpine", ("alpine",)),
        ("FROM alpine\nRUN a \\\n  # FROM busybox\n  b", ("alpine",)),
    ],
)
def test_bases_are_found_in_every_form_of_from(text: str, expected: tuple[str, ...]) -> None:
    assert bases(text, {}) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("deps", "python:3.13-slim-trixie"),
        ("BASE", "python:3.13-slim-trixie"),
        ("nginx", "debian:trixie-slim"),
        ("evidence", None),
        (None, None),
        ("4", None),
    ],
)
def test_below_is_the_base_image_of_a_target(target: str | None, expected: str | None) -> None:
    assert below(RECIPE, {}, target) == expected


def test_below_finds_the_image_of_a_stage_with_the_same_name() -> None:
    assert below("FROM python AS python\nFROM python", {}, None) == "python"


def test_below_refuses_an_unknown_target() -> None:
    with pytest.raises(ProjectError, match="no stage `nowhere`") as error:
        below(RECIPE, {}, "nowhere")
    assert "base, deps, uv, nginx, evidence" in error.value.hint


def test_arguments_that_double_with_every_line_are_refused() -> None:
    lines = [f"ARG A{number}=$A{number - 1}$A{number - 1}" for number in range(1, 60)]
    with pytest.raises(ProjectError, match="more than 20000 characters"):
        bases("\n".join(["ARG A0=x", *lines, "FROM $A59"]), {})
