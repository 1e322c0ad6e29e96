from dockdj.lifecycle.project import new
from dockdj.model.build.gate import passes_gate, stages

TEXT = """\
# FROM a comment AS nothing
ARG PYTHON=python:3.13
FROM --platform=linux/amd64 ${PYTHON} AS Base
FROM base AS deps
RUN --mount=type=cache,target=/c \\
    --mount=type=bind,from=uv,source=/a,target=/b \\
    make
FROM deps AS gate
FROM base AS web
COPY --chmod=644 --from=gate /passed /passed
FROM debian
COPY --from=web /x /x
FROM base AS bare
"""


def test_stages_depend_on_bases_copies_and_mounts() -> None:
    assert stages(TEXT) == {
        "base": {"python:3.13"},
        "deps": {"base", "uv"},
        "gate": {"deps"},
        "web": {"base", "gate"},
        "4": {"debian", "web"},
        "bare": {"base"},
    }


def test_only_targets_that_copy_from_the_gate_pass_it() -> None:
    assert {target: passes_gate(TEXT, target) for target in ("web", "4", "gate", "deps", "bare", None)} == {
        "web": True,
        "4": True,
        "gate": True,
        "deps": False,
        "bare": False,
        None: False,
    }
    assert passes_gate("FROM debian AS only\n", "only")


def test_only_the_recipes_production_images_pass_the_gate() -> None:
    files = {file.path: file.content.decode() for file in new.render(new.Answers("shop")) if "lock" not in file.path}
    text = files["docker/django/Dockerfile"]
    passing = {target for target in stages(text) if passes_gate(text, target)}
    assert passing == {"gate", "prod", "nginx", "suite", "suite-evidence"}
