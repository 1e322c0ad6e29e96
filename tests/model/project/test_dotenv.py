"""What the strict reader of `.env` takes, the usual parsers read alike; what it refuses, one of them changes."""

import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import dotenv as python_dotenv
import environ
import pytest
from honcho.environ import parse as honcho
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dockdj.errors import ProjectError
from dockdj.model.project.dotenv import CHANGED_BY, NAME, OF_THE_SHELL, parse, read

SHELLS = [name for name in ("sh", "bash", "dash") if shutil.which(name)]
# Mostly what is accepted, and enough of what is not.
LINES = st.one_of(
    st.from_regex(r"[A-Z_][A-Z0-9_]{0,6}=[!-~]{0,12}", fullmatch=True),
    st.from_regex(r"[A-Za-z_]\w{0,3}=[%-/:=?@A-Za-z0-9\[\]^_{}~!*,+-]{0,20}", fullmatch=True),
    st.from_regex(r"[ \t]{0,2}#.{0,20}", fullmatch=True),
    st.sampled_from(
        ["", "  ", "\t", "export A=1", " A=1", "A =1", "A= 1", "A=1 ", "A", "A:b=1", "A=b=c", "A=ü", "A=~"]
    ),
    st.text(max_size=8),
)


def shell(content: bytes, folder: Path, program: str = "sh") -> dict[str, str]:
    """What a shell exports after sourcing the file."""
    (folder / "f").write_bytes(content)
    script = "set -a; . ./f; exec env -0"
    done = subprocess.run(
        [program, "-c", script], cwd=folder, env={"PATH": os.environ["PATH"], "HOME": "/home"}, capture_output=True
    )
    return dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)


def by_django_environ(content: bytes) -> dict[str, str]:
    """What django-environ puts into the process's environment."""
    before = dict(os.environ)
    try:
        os.environ.clear()
        environ.Env.read_env(io.StringIO(content.decode()))
        return dict(os.environ)
    finally:
        os.environ.clear()
        os.environ.update(before)


def agree(content: bytes, values: dict[str, str], folder: Path, program: str) -> None:
    """Assert that every parser reads these values."""
    text = content.decode()
    assert dict(python_dotenv.dotenv_values(stream=io.StringIO(text))) == values
    assert by_django_environ(content) == values
    # honcho leaves empty variables out, and for the application empty is as good as not there.
    assert honcho(text) == {name: value for name, value in values.items() if value}
    found = shell(content, folder, program)
    assert {name: found.get(name) for name in values} == values


@pytest.mark.parametrize("program", SHELLS)
@pytest.mark.parametrize("form", ["{}", "{}b", "a{}", "a{}b", "a{0}b{0}c", ":{}", "a/{}/b"])
def test_accepted_characters_are_read_alike_in_every_position(form: str, program: str, tmp_path: Path) -> None:
    lines = [f"V{code}={form.format(chr(code))}" for code in range(32, 0x180)]
    content = "\n".join(line for line in lines if not read(line.encode())[1]).encode()
    values, mistakes = read(content)
    assert len(values) > 70
    assert not mistakes
    agree(content, values, tmp_path, program)


@settings(max_examples=100)
@given(st.lists(LINES, min_size=10, max_size=40), st.sampled_from(SHELLS))
@example(["A=!b", "B={a,b}", "C=*?[x]", "D==x", "E=%20%", "F=x~:/~", "G=^@+-.,/"], "sh")
@example(["A=1", "# it's \"", "#\u20ac", "B=2"], "sh")
def test_accepted_lines_read_the_same_in_every_parser(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], program: str
) -> None:
    """Fails when an entry of CHANGED_BY is removed, or when `read` strips a value."""
    accepted: list[str] = []
    for line in lines:
        # A later line may repeat a name, which is a mistake of the file and not of the line.
        if not read("\n".join([*accepted, line]).encode("utf-8", "surrogatepass"))[1]:
            accepted.append(line)
    content = "\n".join(accepted).encode()
    values, _ = read(content)
    assume(len(values) >= 2)
    agree(content, values, tmp_path_factory.getbasetemp(), program)


def differs(text: str, folder: Path) -> bool:
    """Whether some parser reads another value than the one written."""
    name, _, value = text.partition("=")
    try:
        sourced = shell(text.encode(), folder).get(name)
    except ValueError:
        sourced = None
    others = (python_dotenv.dotenv_values(stream=io.StringIO(text)).get(name), honcho_or_none(text).get(name))
    return any(found != value for found in (sourced, *others))


def honcho_or_none(text: str) -> dict[str, str]:
    try:
        return dict(honcho(text))
    except ValueError:
        return {}


@pytest.mark.parametrize("character", [*CHANGED_BY, " ", "\t"])
def test_each_refused_character_is_changed_by_a_parser(character: str, tmp_path: Path) -> None:
    text = f"A=a{character}b"
    assert read(text.encode())[1]
    assert differs(text, tmp_path)


@pytest.mark.parametrize("value", ["~", "a:~/b"])
def test_a_tilde_that_shells_expand_is_refused(value: str, tmp_path: Path) -> None:
    assert read(f"A={value}".encode())[1]
    assert differs(f"A={value}", tmp_path)


@pytest.mark.parametrize("content", [b"A=1\r\n", b"\xef\xbb\xbfA=1\n"])
def test_line_ends_and_byte_order_marks_of_windows_are_refused(content: bytes, tmp_path: Path) -> None:
    assert [mistake.line for mistake in read(content)[1]] == [1]
    assert shell(content, tmp_path).get("A") != "1"


@pytest.mark.parametrize("name", sorted(OF_THE_SHELL))
def test_names_of_the_shell_are_refused(name: str) -> None:
    assert [mistake.line for mistake in read(f"{name}=x".encode())[1]] == [1]


WRONG = b"""\xef\xbb\xbfA=1
B=two words
\tC=1
export D=1
just words
A=2
9E=1
F=hidden$hidden'hidden
G=1\r
H=\xff
I=caf\xc3\xa9
J=a\xc2\x85K=b
"""


def test_all_mistakes_are_reported_with_their_lines() -> None:
    with pytest.raises(ProjectError) as caught:
        parse(WRONG, "environments/dev/.env")
    found = re.findall(r"environments/dev/\.env:(\d+): (.*)", caught.value.message)
    assert [int(line) for line, _ in found] == [1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12]
    said = {int(line): reason for line, reason in found}
    assert "byte order mark" in said[1]
    assert "a space" in said[2]
    assert said[3].startswith("C has a space next to it")
    assert "`export`" in said[4]
    assert said[5] == "has no `=`"
    assert said[6] == "A: is already in line 1"
    assert "not a name" in said[7]
    assert "carriage return" in said[9]
    assert "UTF-8" in said[10]
    assert "ASCII" in said[11]
    assert "separator" in said[12]


@given(st.from_regex(r"[A-Z]{1,3}=[ -~]*", fullmatch=True) | st.text(min_size=30))
def test_no_message_shows_a_value(text: str) -> None:
    secret = text.partition("=")[2] or text
    for mistake in read(text.encode("utf-8", "surrogatepass"))[1]:
        assert len(secret) < 8 or secret not in mistake.reason


def test_names_are_shell_identifiers() -> None:
    assert NAME.fullmatch("ENV_NAME")
    assert not NAME.fullmatch("ENV-NAME")
