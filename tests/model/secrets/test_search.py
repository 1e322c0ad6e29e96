"""The needles of a project, and the search, which misses nothing wherever a chunk ends."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.project.env_contract import Variable
from dockdj.model.secrets.credentials import PATTERNS
from dockdj.model.secrets.search import REACH, Hit, Needle, distinct, is_allowed, redacted, scan, strings, values

BASE64 = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"
# Each in two parts, so that a search of this repository for secrets finds nothing.
CREDENTIALS = {
    "AWS access key": ["AKIA" + "QYLPMN5HFIQR7XYZ"],
    "private key": [
        "-----BEGIN " + f"PRIVATE KEY-----\n{BASE64}",
        "-----BEGIN " + f"OPENSSH PRIVATE KEY-----\r\n{BASE64}",
        "-----BEGIN " + f"PRIVATE KEY-----\\n{BASE64}",
        "-----BEGIN " + f"RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,3F17\n\n{BASE64}",
        "-----BEGIN " + f"PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{BASE64}",
    ],
    "GitHub token": ["ghp_" + "a1B2" * 9, "ghs_" + "a1B2" * 9, "github_pat_" + "a" * 22 + "_" + "b" * 59],
    "Slack token": ["xoxb-" + "123456789012-1234567890123-" + "aB3" * 8, "xoxp-" + "1234567890-" * 3 + "ab" * 16],
    "npm token": ["npm_" + "a1B2" * 9],
    "PyPI token": ["pypi-" + "AgEIcHlwaS5vcmc" + "CJDdh-_" * 10],
}
INNOCENT = [
    "AKIA" + "IOSFODNN7EXAMPLE",
    "XAKIA" + "QYLPMN5HFIQR7XYZ",
    "AKIA" + "QYLPMN5HFIQR7XYZA",
    'START = "-----BEGIN ' + 'OPENSSH PRIVATE KEY-----"\nEND = "-----END OPENSSH PRIVATE KEY-----"',
    "-----BEGIN " + f"PUBLIC KEY-----\n{BASE64}",
    "-----BEGIN " + f"CERTIFICATE-----\n{BASE64}",
    "ghp_" + "short",
    "npm_" + "config_" + "a" * 40,
    "xoxb-" + "something",
]


def found(text: bytes, needles: tuple[Needle, ...]) -> set[tuple[str, int]]:
    return {(one.needle.name, one.offset) for one in scan((text,), needles)}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in CREDENTIALS.items() for text in texts])
@pytest.mark.parametrize("around", ["", " ", '"', "\n", "\x00"])
def test_credentials_are_found_by_their_form(name: str, text: str, around: str) -> None:
    content = f"{around}{text}{around}".encode()
    assert found(content, PATTERNS) == {(name, len(around))}


@pytest.mark.parametrize("text", INNOCENT)
def test_text_that_resembles_a_credential_is_not_found(text: str) -> None:
    assert found(text.encode(), PATTERNS) == set()


@pytest.mark.parametrize("text", [text for texts in CREDENTIALS.values() for text in texts])
def test_every_credential_is_found_wherever_a_chunk_begins(text: str) -> None:
    """A pattern is never matched against a part of the bytes that it needs."""
    content = b"." * (REACH + 100) + text.encode() + b"." * (REACH + 100)
    for cut in range(REACH + 90, REACH + 110 + len(text)):
        whole = list(scan((content[:cut], content[cut:]), PATTERNS))
        assert [(one.offset, one.needle.text in text.encode()) for one in whole] == [(REACH + 100, True)]


@given(st.data())
def test_chunks_do_not_change_the_matches(data: st.DataObject) -> None:
    letters = st.integers(0, 2).map(lambda number: b"abc"[number : number + 1])
    text = b"".join(data.draw(st.lists(letters, max_size=80)))
    words = data.draw(st.lists(st.lists(letters, min_size=1, max_size=6).map(b"".join), max_size=4, unique=True))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    chunks = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    needles = [Needle(str(number), word) for number, word in enumerate(words)]
    expected = sorted(
        (str(number), one.start())
        for number, word in enumerate(words)
        for one in re.finditer(b"(?=" + re.escape(word) + b")", text)
    )
    assert sorted((one.needle.name, one.offset) for one in scan(chunks, needles)) == expected


@given(st.integers(0, 5000), st.integers(1, 5000), st.text("abcdef0123456789", min_size=8, max_size=70))
def test_secret_across_two_chunks_is_found_once(before: int, size: int, secret: str) -> None:
    content = b"." * before + secret.encode() + b"." * 3000
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    needles = (Needle("SECRET", secret.encode()), *PATTERNS)
    assert [(one.needle.name, one.offset) for one in scan(chunks, needles)] == [("SECRET", before)]


def test_secrets_long_values_and_passwords_in_addresses_are_searched() -> None:
    contract = [
        Variable("KEY", "<generate>", secret=True),
        Variable("PIN", "", secret=True),
        Variable("URL", "", secret=True),
        Variable("HOSTS", ""),
        Variable("DATABASE", "", secret=True),
        Variable("EXPOSED", "", secret=True),
    ]
    given = {
        "KEY": "12345678",
        "PIN": "1234567",
        "URL": "postgres://app:p%40ssw0rd@db/app",
        "HOSTS": "www.example.com",
        "LEVEL": "information",
        "OTHER": "of no contract",
        "DATABASE": "sqlite:////var/app/db.sqlite3",
        "EXPOSED": "in-a-target-of-the-file",
    }
    plain = ["www.example.com", "in-a-target-of-the-file"]
    needles = list(values(given, contract, "here", examples=["sqlite:////var/app/db.sqlite3"], plain=plain))
    assert [(one.name, one.text.decode()) for one in needles] == [
        ("KEY", "12345678"),
        ("URL", "postgres://app:p%40ssw0rd@db/app"),
        ("OTHER", "of no contract"),
        ("EXPOSED", "in-a-target-of-the-file"),
        ("URL", "p%40ssw0rd"),
        ("URL", "p@ssw0rd"),
    ]
    assert {one.source for one in needles} == {"here"}


def test_text_under_two_names_is_searched_once() -> None:
    assert [one.name for one in distinct([Needle("A", b"same"), Needle("B", b"same"), Needle("C", b"other")])] == [
        "A",
        "C",
    ]


def test_password_is_named_after_its_own_variable() -> None:
    given = {"URL": "postgres://app:swordfish@db/app", "PASSWORD": "swordfish"}
    contract = [Variable(name, "", secret=True) for name in given]
    needles = distinct(values(given, contract, "here"))
    assert {one.name: one.text for one in needles} == {"URL": given["URL"].encode(), "PASSWORD": b"swordfish"}


def test_neither_repr_nor_redacted_text_shows_the_value() -> None:
    assert "swordfish" not in repr(Needle("PASSWORD", b"swordfish"))
    key = CREDENTIALS["AWS access key"][0]
    text = f"layer 1, /srv/swordfish/{key}.txt"
    assert redacted(text, (Needle("PASSWORD", b"swordfish"), *PATTERNS)) == "layer 1, /srv/***/***.txt"


def test_strings_give_each_text_with_its_place() -> None:
    document = {
        "config": {"Env": ["PATH=/bin", "TOKEN=secret"], "Labels": {"name": "value"}, "User": ""},
        "history": [{"created_by": "RUN |1 A=b true", "empty_layer": True}],
        "created": None,
    }
    found = dict(strings(document))
    assert found["Env TOKEN"] == "TOKEN=secret"
    assert found["config.Labels.name"] == "value"
    assert found["history.1.created_by"] == "RUN |1 A=b true"
    assert ("config.Labels", "name") in list(strings(document))


def test_leaks_entry_allows_a_variable_or_matching_paths() -> None:
    hit = Hit(Needle("TOKEN", b"x"), "the image of django, layer 2 of 3", "/srv/tests/key.pem")
    for entry in ("TOKEN", "/srv/tests/key.pem", "srv/tests/key.pem", "/srv/*", "*.pem"):
        assert is_allowed(hit, [entry]), entry
    for entry in ("TOK", "/srv", "key.pem", "/srv/tests/key", ""):
        assert not is_allowed(hit, [entry]), entry
    assert not is_allowed(Hit(Needle("TOKEN", b"x"), "the tag's message"), ["", "/"])
