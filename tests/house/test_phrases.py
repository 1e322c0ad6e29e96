"""Every banned phrase is found, and the ordinary sentence next to it is not."""

import pytest

from tests.house.phrases import PHRASES, banned, vague_opening

BANNED = [
    "2 for a name that is none",
    "tags that are none of ours",
    "0 tests are no pass",
    "the folder is no repository",
    "a repository of its own",
    "files of their own",
    "what stands before `=`",
    "its figures will stand here",
    "stood in the file",
    "beside the bare tools",
    "the image is made anew",
    "environments/dev/.env: 4 variables, well",
    "the release that ran well here before",
    "waits until the fleet is well",
    "run the same command again: it goes on",
    "Go on until interrupted.",
    "and went on afterwards",
    "how to resume is said",
    "that is said and no error",
    "services of others like postgres",
    "whoever runs it",
    "Whoever runs it",
    "lines that are passed over",
    "the bucket has its file no more",
    "where the image cannot be had",
    "where this machine has them not",
    "releases that came to nothing",
    "again after a passing failure",
    "what a target runs and how it feels",
    "lost sight of production",
    "ECS cannot be told the limit",
]
PLAIN = [
    "none of them is valid",
    "if the value is None",
    "there is no folder",
    "the index is no longer there",
    "the file is no larger than this",
    "runs on its own",
    "`*` stands for a part of a path",
    "stand-ins for the official images",
    "besides the recipe's pages",
    "these as well as those",
    "a well-known name",
    "it works well",
    "with no more than two retries",
    "the message says how to resume",
    "others of the same kind",
    "who builds the image",
    "the tool has it",
    "the tests came to an end",
]


@pytest.mark.parametrize("text", BANNED)
def test_banned_phrases_are_found(text: str) -> None:
    assert len(list(banned(text))) == 1


def test_every_phrase_has_a_sample_here() -> None:
    assert {reason.split(": write ")[1] for text in BANNED for _, reason in banned(text)} == set(PHRASES.values())


@pytest.mark.parametrize("text", PLAIN)
def test_plain_sentences_pass(text: str) -> None:
    assert list(banned(text)) == []


def test_a_phrase_is_found_across_lines_and_counted_from_its_beginning() -> None:
    assert [line for line, _ in banned("One.\nWhat failed is\n  said here.")] == [1]


def test_every_occurrence_is_found() -> None:
    assert [line for line, _ in banned("anew\nanew")] == [0, 1]


@pytest.mark.parametrize("docstring", ["Whether it runs.", "What is left.", "It fails.", "Who, and when."])
def test_docstrings_that_begin_without_a_noun_are_found(docstring: str) -> None:
    assert vague_opening(docstring) == docstring.split()[0].rstrip(",")


@pytest.mark.parametrize("docstring", ["Return whether it runs.", "Whatever is left.", "Items of a list.", ""])
def test_docstrings_with_a_verb_or_a_noun_pass(docstring: str) -> None:
    assert vague_opening(docstring) is None
