"""The corpus of Dockerfiles, compared with the engine's BuildKit: `docker buildx build --print` builds nothing.

Base images are empty folders, given as named contexts. An image that the reader does not name would be looked up in a
registry, and the call would fail.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dockdj.model.build.dockerfile_stages import Stages, read
from dockdj.model.build.dockerfile_text import parse
from dockdj.model.build.gate import GATE
from tests.model.build import dockerfile_corpus as corpus
from tests.model.build.dockerfile_corpus import EXPECTED, content

pytestmark = pytest.mark.docker

# BuildKit would pull the language that these name.
PULLED = {corpus.FOREIGN, "syntax-line"}
# BuildKit runs instructions of ONBUILD that copy from stages since 0.17.
NEWER = {("onbuild-runs-in-the-next-stage", "child"), ("onbuild-runs-in-the-next-stage", "grandchild")}
# Files about FROM. A call takes a fifth of a second, so the others are not asked for their stages.
ABOUT_FROM = re.compile(r"stage-|platform-flag|byte-|spaces|heredoc-in-on")


@dataclass(frozen=True)
class Question:
    """A question to BuildKit: the stages of a file, or (with `stage`) the arguments that a stage uses."""

    name: str
    stage: str | None = None
    by_default: bool = False


def test_buildkit_has_the_same_stages_and_the_same_way_to_the_gate(tmp_path: Path) -> None:
    questions = [question for name in sorted(set(EXPECTED) - PULLED) for question in _questions(name)]
    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(questions, pool.map(lambda question: _asked(question, tmp_path), questions), strict=True))
    for question, answer in answers.items():
        expected = EXPECTED[question.name]
        if question.stage is None:
            assert _stages(answer) == _read_stages(question.name), question
        else:
            reached = "GATE_REACHED" in {argument["name"] for argument in answer.get("args", ())}
            assert reached == (question.stage in expected.passing), question
    assert len({question.name for question in questions}) >= 30


def _questions(name: str) -> Iterator[Question]:
    known = _known(name)
    if ABOUT_FROM.match(name):
        yield Question(name)
    if all(stage.name != GATE for stage in known.stages):
        yield Question(name, known.stages[-1].name, True)
        return
    for number, stage in enumerate(known.stages):
        unnamed, last = stage.name == str(number), number == len(known.stages) - 1
        hidden = known.numbers[stage.name] != number or (unnamed and not last)
        if stage.name != GATE and not hidden and (name, stage.name) not in NEWER:
            yield Question(name, stage.name, unnamed)


def _asked(question: Question, folder: Path) -> Mapping[str, Any]:
    expected, known = EXPECTED[question.name], _known(question.name)
    kind = "targets" if question.stage is None else "outline"
    sources = {source for stage in known.stages for source in stage.sources if isinstance(source, str)}
    contexts = [f"{image}={folder}" for image in {*expected.bases, *sources, "debian:trixie"}]
    options = [word for context in contexts for word in ("--build-context", context)]
    options += [word for each in expected.args.items() for word in ("--build-arg", "=".join(each))]
    options += ["--target", question.stage] if question.stage and not question.by_default else []
    file = corpus.FOLDER / f"{question.name}.Dockerfile"
    argv = ["docker", "buildx", "build", f"--print={kind},format=json", "--output=type=cacheonly", *options]
    answer = subprocess.run(
        [*argv, "--file", file, folder],
        env={**os.environ, "BUILDX_EXPERIMENTAL": "1"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, f"{question}: {answer.stderr}"
    document: Mapping[str, Any] = json.loads(answer.stdout)
    return document


def _known(name: str) -> Stages:
    return read(content(name), EXPECTED[name].args)


def _stages(answer: Mapping[str, Any]) -> list[tuple[str, str, str, int]]:
    return [
        (
            target.get("name", ""),
            target["base"],
            target.get("platform", ""),
            target["location"]["ranges"][0]["start"]["line"],
        )
        for target in answer["targets"]
    ]


def _read_stages(name: str) -> list[tuple[str, str, str, int]]:
    """The stages as the reader has them: the names that it resolved, the texts and lines of FROM."""
    froms = [each for each in parse(content(name)).instructions if each.name == "FROM"]
    return [
        (
            "" if stage.name == str(number) else stage.name,
            instruction.arguments.split()[0],
            "".join(flag.removeprefix("--platform=") for flag in instruction.flags),
            stage.line,
        )
        for number, (stage, instruction) in enumerate(zip(_known(name).stages, froms, strict=True))
    ]
