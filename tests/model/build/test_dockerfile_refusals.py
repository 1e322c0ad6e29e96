"""Dockerfiles that BuildKit refuses, or that its versions read differently, are refused with their line."""

import pytest

from dockdj.errors import ProjectError
from dockdj.model.build.dockerfile import bases, unknown_bases
from dockdj.model.build.dockerfile_text import parse
from dockdj.model.build.gate import passes_gate

GATE = "FROM debian AS gate\nFROM python AS prod\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no instructions"),
        ("# a comment\n\n", "no instructions"),
        # BuildKit 0.13 crashes on it, and the engine with it.
        ("ARG A=1\n", "no FROM"),
        ("RUN FROM\n", "line 1: RUN is before the first FROM"),
        ("FROM\n", "line 1: FROM  is neither"),
        ("FROM debian # a comment\n", "line 1: .* is neither FROM image nor"),
        ("FROM debian AS\n", "is neither"),
        ("FROM debian ON a\n", "is neither"),
        ("FROM debian AS 1a\n", "line 1: `1a` cannot name a stage"),
        ("FROM debian AS a/b\n", "cannot name a stage"),
        ("FROM --target=a debian\n", "FROM has no flag --target=a"),
        ("FROM --platform debian\n", "--platform has no value"),
        ("FROM --platform=a --platform=b debian\n", "--platform is given 2 times"),
        ("FROM --platform=$NONE debian\n", "--platform=.NONE is empty"),
        ("ARG A\nFROM $A\n", "line 2: FROM .A names nothing"),
        ("FROM debian:$NONE\n", "`debian:` is not the name of an image"),
        ("FROM Debian\n", "`Debian` is not the name of an image"),
        ("FROM debian AS a\nFROM A\n", "line 2: .*`A` is not the name of an image"),
        ("FROM ${NONE:?is needed}\n", "is neither"),
        ("FROM ${NONE:?needed}\n", "line 1: .*NONE: needed"),
        ("ARG A=${\nFROM debian\n", "line 1: .*is not a substitution"),
        ("ARG\nFROM debian\n", "line 1: ARG has no arguments"),
        ("ARG =a\nFROM debian\n", "line 1: ARG =a has no name"),
        ("FROM debian\nARG\n", "line 2: ARG has no arguments"),
        ("FROM debian\nFRMO debian\n", "line 2: unknown instruction `FRMO`"),
        ("FROM debian\nRUN <<A <<B\nB\nA\n", "line 2: the here-document `<<B` has no end"),
        ("FROM debian\nRUN <<-A\n  A\n", "line 2: the here-document `<<A` has no end"),
        ('FROM debian\nRUN ["a", 1]\n', "line 2: the JSON array of RUN"),
        ("FROM debian\nENV A\n", "line 2: ENV A has no value"),
        ("FROM debian\nLABEL a=1 b\n", "line 2: LABEL: `b` has no `=`"),
        ("FROM debian\nENV\n", "line 2: ENV has no arguments"),
        ("FROM debian\nCOPY a\n", "line 2: COPY needs a source and a destination"),
        ("FROM debian\nONBUILD\n", "line 2: ONBUILD has no instruction"),
        ("FROM debian\nONBUILD ONBUILD RUN a\n", "line 2: ONBUILD cannot have `ONBUILD`"),
        ("FROM debian\nONBUILD FROM a\n", "line 2: ONBUILD cannot have `FROM`"),
        ("# escape=x\nFROM debian\n", "line 1: `# escape=x` is neither"),
        ("# escape=`\n# escape=`\nFROM debian\n", "line 2: the directive `escape` is given twice"),
        (f"FROM debian\nRUN {'a' * 65_532}\n", "line 2 has more than 65535 bytes"),
        (f"{GATE}COPY --from=2 /a /a\n", "line 3: COPY --from=2: there is no stage of this number"),
        (f"{GATE}COPY --from=-1 /a /a\n", "no stage of this number"),
        (f"{GATE}COPY --from=$G /a /a\n", "line 3: `from=.G` names neither a stage nor an image"),
        (f"{GATE}COPY --from=gate --from=gate /a /a\n", "--from is given 2 times"),
        (f"{GATE}COPY --from /a /a\n", "--from has no value"),
        (f"{GATE}ADD --from=gate /a /a\n", "line 3: ADD has no flag --from"),
        (f"{GATE}RUN --mount=from=$G,target=/a a\n", "line 3: .*BuildKit has no variables here"),
        (f"{GATE}RUN --mount=type=secret,from=gate,id=a a\n", "a mount of type secret has no `from`"),
        (f"{GATE}RUN --mount=type=bind, from=gate a\n", "has an empty field"),
        (f'{GATE}RUN --mount=a\\"b a\n', "has a quote inside a field"),
        (f'{GATE}RUN --mount=\\"a a\n', "has a quote that is not closed"),
        (f'{GATE}RUN --mount=\\"a\\"b a\n', "has text behind a quote"),
    ],
)
def test_invalid_dockerfiles_are_refused(text: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        bases(text, {})


def test_an_upper_case_name_of_a_stage_is_explained() -> None:
    with pytest.raises(ProjectError) as error:
        bases("FROM debian AS base\nFROM BASE\n", {})
    assert error.value.hint == "write FROM base, in lower case"


@pytest.mark.parametrize("copied", ["prod", "later"])
def test_a_stage_that_copies_from_itself_or_a_later_stage_is_refused(copied: str) -> None:
    text = f"{GATE}COPY --from={copied} /a /a\nFROM debian AS later\n"
    with pytest.raises(ProjectError, match=f"line 2: the stage `prod` copies from `{copied}`"):
        passes_gate(text, "prod")
    assert not passes_gate(text, "later")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM debian\nRUN cat << RUN\nRUN\n", "line 2: BuildKit's versions read this instruction differently"),
        ('FROM debian\nRUN ["a"] <<RUN\nRUN\n', "line 2: BuildKit's versions read this instruction differently"),
        ("# check=skip=all\n# escape=`\nARG A=a`b\nFROM $A\n", "BuildKit before 0.14 does not see `# escape=`"),
    ],
)
def test_a_text_that_buildkits_versions_read_differently_is_refused(text: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        bases(text, {})


def test_a_text_that_only_newer_versions_read_is_read_as_they_do() -> None:
    # Before 0.22, EOF would be an instruction.
    text = "FROM debian\nRUN cat << EOF\nFROM python\nEOF\n"
    assert bases(text, {}) == ("debian",)
    assert bases(f"# check=skip=all\n{text}", {}) == ("debian",)


def test_a_text_that_only_earlier_versions_read_is_read_as_they_do() -> None:
    # Since 0.22 a here-document `8))` begins here, which never ends.
    assert [each.line for each in parse("FROM debian\nRUN echo $((1 << 8))\nRUN a\n").instructions] == [1, 2, 3]


def test_a_language_that_the_build_arguments_name_counts() -> None:
    assert unknown_bases("FROM debian\n", {"BUILDKIT_SYNTAX": "docker/dockerfile:1.7-labs"}) == ()
    assert len(unknown_bases("FROM debian\n", {"BUILDKIT_SYNTAX": "example/other"})) == 1
    assert len(unknown_bases('{"syntax": "example/other"}', {})) == 1
    assert len(unknown_bases("#!/bin/a\n// syntax=example/other\nFROM debian\n", {})) == 1
    assert unknown_bases("FROM debian\n# syntax=example/other\n", {}) == ()


def test_flags_are_cut_at_bytes_as_buildkit_cuts_them() -> None:
    # The second byte of `à` is a no-break space in Latin-1, so that BuildKit takes the rest for the command.
    run = parse("FROM debian\nRUN --mount=target=/à,from=gate true\n").instructions[1]
    assert (run.flags, run.arguments) == (("--mount=target=/Ã",), ",from=gate true")


def test_many_large_values_are_refused_in_time() -> None:
    lines = [f"ARG A{number}=x$A{number - 1}" for number in range(1, 6_000)]
    with pytest.raises(ProjectError, match="more than 1000000 characters"):
        bases("\n".join(["ARG A0=" + "y" * 1_000, *lines, "FROM debian"]), {})
