"""Substitutions, as BuildKit's shell lexer makes them (frontend/dockerfile/shell); its documentation has the forms."""

import pytest

from dockdj.errors import ProjectError
from dockdj.model.build.dockerfile_values import BadWord, Declared, Unknown, Variables
from dockdj.model.build.dockerfile_words import expanded

UNKNOWN = Unknown("TARGETARCH depends")
VARIABLES: Variables = {
    "x": "xxyy",
    "v": "3.13.1-slim",
    "path": "/foo*/*/*.txt",
    "empty": "",
    "lines": "a\nb",
    "p": "\\*/",
    "declared": Declared.WITHOUT_VALUE,
    "arch": UNKNOWN,
}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("a$x-$x.", "axxyy-xxyy."),
        ("${x}z", "xxyyz"),
        ("$xz$1$@", ""),
        ("$", "$"),
        ("\\$x'$x'\"$x\"", "$x$xxxyy"),
        ('a\\tb"a\\tb"', "atba\\tb"),
        ("${none:-d}${none-d}${empty:-d}${empty-d}", "ddd"),
        ("${x:+a}${x+a}${empty:+a}${empty+a}${none:+a}${none+a}", "aaa"),
        ("${x:?e}${x?e}${empty?e}", "xxyyxxyy"),
        ("${none:-${empty:-${x:+a b}}}", "a b"),
        ("${none:-\"}\"'}'\\}}", "}}}"),
        ("${x#x}|${x##*x}|${x#*}|${x##*}|${x#?x}|${x#z}|${x#}", "xyy|yy|xxyy||yy|xxyy|xxyy"),
        ("${x%y}|${x%%y*}|${x%?y}|${x%%?y}|${x%}", "xxy|xx|xx|xx|xxyy"),
        ("${v%.*}|${v%%.*}|${v#*.}|${v##*.}", "3.13|3|13.1-slim|1-slim"),
        ("${v/./_}|${v//./_}|${v/.*-/+}|${v/slim}x/}|${v/slim/}", "3_13.1-slim|3_13_1-slim|3+slim|3.13.1-slim|3.13.1-"),
        ("${path/$p/.} ${path//$p/.} ${path%%\\**}", "/foo.*/*.txt /foo..*.txt /foo"),
        ("${x//\\//-}${path//\\//\\/}", "xxyy\\/foo*\\/*\\/*.txt"),
        ("${x/$empty/w}|${x//$empty/w}|${x///}|${x//*/w}", "wxxyy|wxwxwywyw|xxyy|w"),
        ("${lines/*/w}|${lines##*}|${lines#a?}", "w\nb|\nb|a\nb"),
        ("${declared}${declared:-d}${declared:+a}", "d"),
        ("${empty:-${none:+$arch}}${x:-$arch}", "xxyy"),
    ],
)
def test_words_are_expanded(word: str, expected: str) -> None:
    assert expanded(word, VARIABLES, "\\") == expected


def test_the_escape_character_is_that_of_the_directive() -> None:
    assert expanded('`$x a\\b "`"\\"', VARIABLES, "`") == '$x a\\b "\\'


@pytest.mark.parametrize(
    "word",
    [
        *(
            "$arch",
            "a${arch}b",
            '"$arch"',
            "${arch:-d}",
            "${arch-d}",
            "${arch:+a}",
            "${arch?e}",
            "${arch#a}",
            "${arch/a/b}",
        ),
        *("${none:-$arch}", "${x#$arch}", "${x/$arch/b}", "${x/a/$arch}", "${x:+$arch}"),
    ],
)
def test_what_needs_an_unknown_value_is_unknown(word: str) -> None:
    assert expanded(word, VARIABLES, "\\") == UNKNOWN


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("${declared-d}", "differ in whether it is set"),
        ("${declared+a}", "differ in whether it is set"),
        ("${x//x/\\$1}", "is not evaluated"),
        ("${long#a}", "is not evaluated on more than 500 characters"),
        ("${x/$long/a}", "is not evaluated on more than 500 characters"),
    ],
)
def test_forms_that_are_not_evaluated_are_unknown(word: str, reason: str) -> None:
    value = expanded(word, {**VARIABLES, "long": "a" * 501}, "\\")
    assert isinstance(value, Unknown)
    assert reason in value.reason


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("'a", "single quote"),
        ('"a\\"', "double quote"),
        ("${", "not a substitution"),
        ("${}", "not a substitution"),
        ("${:-a}", "not a substitution"),
        ("${{x}}", "not a substitution"),
        ("${x", "no substitution"),
        ("${x=a}", "no substitution"),
        ("${x:#a}", "no substitution"),
        ("${x:", "no substitution"),
        ("${x:-a", "`}` is missing"),
        ("${x/a}", "`/` is missing"),
        ("${x/a/b", "`}` is missing"),
        ("${x#\\a}", "invalid escape"),
        ("${x/\\a/b}", "invalid escape"),
        ("${none:?a tag is needed}", "none: a tag is needed"),
        ("${none?}", "none: is unset"),
        ("${empty:?}", "empty: is empty or unset"),
        ("${declared?}", "declared: is unset"),
    ],
)
def test_words_that_buildkit_refuses_are_refused(word: str, message: str) -> None:
    with pytest.raises(BadWord, match=message):
        expanded(word, VARIABLES, "\\")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ProjectError, match="nests more than 100"):
        expanded("${a:-" * 5_000 + "}" * 5_000, {}, "\\")
