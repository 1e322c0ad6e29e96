"""Dockerfiles with one idiom each, compared with BuildKit's own parser.

`dockerfiles/NAME.Dockerfile` holds the idiom NAME. The witness for lines, flags and here-documents is BuildKit's Go
parser (0.12) in PyPI's `dockerfile`. The witness for stages and base images is the engine's BuildKit, in
test_dockerfile_buildkit.py.
"""

import platform
import re
import sys
from importlib import import_module
from typing import Any

import pytest

from dockdj.errors import ProjectError
from dockdj.model.build import dockerfile, gate
from dockdj.model.build.dockerfile_flags import assignments
from dockdj.model.build.dockerfile_stages import read
from dockdj.model.build.dockerfile_text import BUILDKIT_0_13, Instruction, parse, script_of
from dockdj.model.build.gate import Verdict
from tests.fuzz.mutation import inputs
from tests.model.build import dockerfile_corpus as corpus
from tests.model.build.dockerfile_corpus import EXPECTED, content

# The witness has wheels for this platform alone.
WITNESSED = sys.platform == "linux" and platform.machine() == "x86_64"
go_parser: Any = import_module("dockerfile") if WITNESSED else None
witnessed = pytest.mark.skipif(not WITNESSED, reason="PyPI's `dockerfile` has wheels for Linux on x86-64")
by_name = pytest.mark.parametrize("name", sorted(EXPECTED))
in_dockers_language = pytest.mark.parametrize("name", sorted(set(EXPECTED) - {corpus.FOREIGN}))
# The parser judges lines. What an instruction may hold is judged later, by another part of BuildKit.
JUDGED_LATER = re.compile(r"unknown instruction|ONBUILD|has no arguments")


def test_every_file_of_the_corpus_has_an_expectation() -> None:
    assert {path.stem for path in corpus.FOLDER.iterdir()} == set(EXPECTED)
    assert len(EXPECTED) >= 30


@by_name
def test_bases_and_the_gates_verdicts_are_those_of_the_idiom(name: str) -> None:
    expected, text = EXPECTED[name], content(name)
    assert dockerfile.bases(text, expected.args) == expected.bases
    assert [base.text for base in dockerfile.unknown_bases(text, expected.args)] == list(expected.unknown)
    known = read(text, expected.args)
    if any(stage.name == gate.GATE for stage in known.stages):
        verdicts = {stage.name: gate.judge(text, stage.name, expected.args)[0] for stage in known.stages}
        passing = {stage for stage, verdict in verdicts.items() if verdict is Verdict.PASSES}
        assert passing == {gate.GATE, *expected.passing}


@witnessed
@in_dockers_language
def test_instructions_are_those_of_buildkits_parser(name: str) -> None:
    script = parse(content(name))
    outlines = [_outline(each, script.escape) for each in script.instructions]
    assert outlines == _witnessed(content(name))


@witnessed
def test_changed_files_are_read_as_buildkits_parser_reads_them() -> None:
    seeds = tuple(content(name).encode() for name in sorted(set(EXPECTED) - {corpus.FOREIGN}))
    compared = 0
    for changed in inputs(seeds, 1, 1_500, 3_000):
        text = changed.decode(errors="replace")
        # The witness ends at a NUL.
        if "\0" in text or "\\u0000" in text:
            continue
        try:
            script = script_of(text, BUILDKIT_0_13)
        except ProjectError as error:
            assert JUDGED_LATER.search(error.message) or _witnessed(text) is None, text
            continue
        assert [_outline(each, script.escape) for each in script.instructions] == _witnessed(text), text
        compared += 1
    assert compared > 500


def _outline(instruction: Instruction, escape: str) -> tuple[object, ...]:
    target = instruction.trigger or instruction
    return (
        (instruction.name, instruction.trigger.name if instruction.trigger else None),
        (instruction.line, instruction.end),
        instruction.flags,
        target.items is not None,
        # The witness does not tell those of ONBUILD.
        () if instruction.trigger else instruction.heredocs,
        _arguments(instruction, escape),
    )


def _arguments(instruction: Instruction, escape: str) -> tuple[str, ...] | None:
    """The arguments as the witness splits them; None for an instruction that it splits further."""
    if instruction.items is not None:
        return instruction.items if instruction.name != "HEALTHCHECK" else None
    if instruction.name in ("FROM", "COPY", "ADD"):
        return tuple(part for part in re.split(r"[\t\v\f\r ]+", instruction.arguments) if part)
    if instruction.name == "ARG":
        return tuple(assignments(instruction.arguments, escape))
    if instruction.name in ("RUN", "CMD", "ENTRYPOINT"):
        return (instruction.arguments,) if instruction.arguments else ()
    return None


def _witnessed(text: str) -> list[tuple[object, ...]] | None:
    """The outline of the witness, None if it refuses the text."""
    try:
        return [_command(each) for each in go_parser.parse_string(text)]
    except go_parser.GoParseError:
        return None


def _command(command: Any) -> tuple[object, ...]:
    split = command.cmd.upper() in ("FROM", "COPY", "ADD", "ARG", "RUN", "CMD", "ENTRYPOINT")
    return (
        (command.cmd.upper(), command.sub_cmd.upper() if command.sub_cmd else None),
        (command.start_line, command.end_line),
        command.flags,
        command.json,
        tuple(each.name for each in command.heredocs),
        command.value if split else None,
    )
