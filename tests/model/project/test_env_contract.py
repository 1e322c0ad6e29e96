"""The contract `.env.example`: its variables, its mistakes, and the `.env` made from it."""

from itertools import count

import pytest

from dockdj.errors import ProjectError
from dockdj.model.project import dotenv
from dockdj.model.project.env_contract import Variable, filled, missing, parse, read, resembling, unknown

EXAMPLE = b"""\
# The contract of dev.

# required, secret. Signs sessions.
KEY=<generate>
# optional. How much is logged.
# Default: INFO.
LEVEL=INFO

# required, secret, local. The database's password.
PASSWORD=<generate>
# required. Where the database is.
URL=postgres://app:<PASSWORD>@db/app
"""


def test_kinds_and_texts_of_variables_are_read() -> None:
    assert parse(EXAMPLE, "x") == (
        Variable("KEY", "<generate>", required=True, secret=True, about="Signs sessions."),
        Variable("LEVEL", "INFO", about="How much is logged."),
        Variable("PASSWORD", "<generate>", required=True, secret=True, local=True, about="The database's password."),
        Variable("URL", "postgres://app:<PASSWORD>@db/app", required=True, about="Where the database is."),
    )


def test_filling_generates_each_secret_once_and_follows_references() -> None:
    numbers = count(1)

    text = filled(EXAMPLE, "x", lambda: f"random{next(numbers)}")

    assert dotenv.parse(text.encode(), "x") == {
        "KEY": "random1",
        "LEVEL": "INFO",
        "PASSWORD": "random2",
        "URL": "postgres://app:random2@db/app",
    }
    assert "# required, secret. Signs sessions." in text.splitlines()


WRONG = b"""\
# requird, secret. Signs sessions.
A=1

# A remark. With a dot.
B=1

# required.
C=1

# secret. Neither.
D=1

E=1
# required, optional. Both.
F=<NOBODY>
# optional. Spaces.
G=two words
# optional. Twice.
G=1
"""


def test_every_mistake_is_reported_with_its_line() -> None:
    mistakes = read(WRONG)[1]
    said = [(mistake.line, mistake.reason.split(":")[0]) for mistake in mistakes]
    assert said == [
        (1, "unknown kind `requird`"),
        (5, "B has no kind"),
        (7, "C has no text"),
        (10, "D is either required or optional"),
        (13, "E has no kind"),
        (14, "F is either required or optional"),
        (15, "<NOBODY> is not a variable of this file"),
        (17, "G"),
        (19, "G"),
    ]
    with pytest.raises(ProjectError, match=r"\.env\.example:1: unknown kind `requird`"):
        parse(WRONG, ".env.example")


def test_empty_values_are_missing_and_other_names_unknown() -> None:
    contract = parse(EXAMPLE, "x")
    given = {"KEY": " ", "PASSWORD": "x", "LEVL": "INFO"}
    assert [one.name for one in missing(contract, given)] == ["KEY", "URL"]
    assert unknown(contract, given) == ("LEVL",)
    assert resembling("LEVL", contract) == "LEVEL"
    assert resembling("SOMETHING", contract) == ""


@pytest.mark.parametrize(
    "content",
    [
        "# required. Schlüssel.\nKEY=x\n".encode("latin-1"),
        "# required. Key.\nKEY=ü\n".encode("latin-1"),
        "# required. Key.\nKEY=x\n".encode("utf-16"),
        b"# required. Key.\nKEY=<generate>\n\xed\xa0\x80=1\n",
        b"# required. Key.\nKEY=x\0\n",
    ],
)
def test_content_that_is_not_utf8_is_refused(content: bytes) -> None:
    with pytest.raises(ProjectError, match="is wrong"):
        parse(content, ".env.example")
    with pytest.raises(ProjectError, match="is wrong"):
        filled(content, ".env.example", lambda: "x")


CHAIN = {
    "in order": (("HOST", "shop.example"), ("SITE", "https://<HOST>"), ("FEED", "<SITE>/feed")),
    "sorted by name": (("FEED", "<SITE>/feed"), ("HOST", "shop.example"), ("SITE", "https://<HOST>")),
    "backwards": (("FEED", "<SITE>/feed"), ("SITE", "https://<HOST>"), ("HOST", "shop.example")),
}


def contract_of(*lines: tuple[str, str]) -> bytes:
    return "".join(f"# required. For a test.\n{name}={value}\n" for name, value in lines).encode()


@pytest.mark.parametrize("order", CHAIN)
def test_references_are_filled_in_any_order(order: str) -> None:
    text = filled(contract_of(*CHAIN[order]), "x", lambda: "random")

    assert dotenv.parse(text.encode(), "x") == {
        "HOST": "shop.example",
        "SITE": "https://shop.example",
        "FEED": "https://shop.example/feed",
    }


def test_a_generated_value_is_the_same_behind_every_reference() -> None:
    numbers = count(1)
    lines = (("URL", "<USER>:<PASSWORD>"), ("COPY", "<URL>/<PASSWORD>"), ("USER", "app"), ("PASSWORD", "<generate>"))

    text = filled(contract_of(*lines), "x", lambda: f"random{next(numbers)}")

    values = dotenv.parse(text.encode(), "x")
    assert (values["URL"], values["COPY"]) == ("app:random1", "app:random1/random1")


@pytest.mark.parametrize(
    ("lines", "mistakes"),
    [
        ((("A", "<A>"),), ["2: A refers to itself: A -> A"]),
        ((("A", "x<A>/<B>"), ("B", "1")), ["2: A refers to itself: A -> A"]),
        ((("A", "<B>"), ("B", "<A>")), ["2: A refers to itself: A -> B -> A"]),
        ((("USER", "<A>"), ("A", "<B>"), ("B", "<C>"), ("C", "<A>")), ["4: A refers to itself: A -> B -> C -> A"]),
        (
            (("A", "<A>"), ("B", "<C>"), ("C", "<B>")),
            ["2: A refers to itself: A -> A", "4: B refers to itself: B -> C -> B"],
        ),
    ],
)
def test_cycles_of_references_are_refused_by_their_names(
    lines: tuple[tuple[str, str], ...], mistakes: list[str]
) -> None:
    content = contract_of(*lines)

    assert [f"{mistake.line}: {mistake.reason}" for mistake in read(content)[1]] == mistakes
    with pytest.raises(ProjectError) as caught:
        filled(content, "x", lambda: "random")
    assert caught.value.message.splitlines()[1:] == [f"  x:{mistake}" for mistake in mistakes]


def test_long_chains_of_references_are_filled() -> None:
    lines = [(f"A{number}", f"<A{number + 1}>") for number in range(3000)]
    text = filled(contract_of(*lines, ("A3000", "end")), "x", lambda: "random")
    assert set(dotenv.parse(text.encode(), "x").values()) == {"end"}


def test_references_that_multiply_a_value_beyond_a_lines_length_are_refused() -> None:
    lines = [(f"A{number}", f"<A{number + 1}><A{number + 1}>") for number in range(40)]
    with pytest.raises(ProjectError) as caught:
        filled(contract_of(*lines, ("A40", "0123456789")), "x", lambda: "random")
    assert "A27" in caught.value.message and "65,000 bytes" in caught.value.message
