"""Names of repositories by the grammar of github.com/distribution/reference, and by Docker's rule for hosts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.project.repository import mistakes

GENERAL = "write HOST/NAME, as registry.example.com/team/shop"
SHOP = 'write "example.com/shop"'


@pytest.mark.parametrize(
    "name",
    [
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/bookshop",
        "registry.example.com:5000/a/b",
        "Registry.Example.com/shop",
        "localhost/shop",
        "localhost:5000/shop",
        "127.0.0.1:5000/shop-x",
        "[::1]:5000/shop",
        "user/shop",
        "docker.io/user/shop",
        "host:5000/shop",
        "example.com/a__b-c---d.e/f_g",
        f"example.com/{'a' * 255}",
        "example.com/" + "a" * 64,
    ],
)
def test_names_of_repositories_have_no_mistake(name: str) -> None:
    assert mistakes(name) == []


@pytest.mark.parametrize(
    ("name", "what", "remedy"),
    [
        ("https://example.com/shop", "the scheme `https://`", SHOP),
        ("oci://example.com/shop", "the scheme `oci://`", SHOP),
        ("ghcr.io/MyOrg/shop", "upper case in `MyOrg`", 'write "ghcr.io/myorg/shop"'),
        ("MyCompany/shop", "upper case in `MyCompany`", GENERAL),
        ("example.com/shop:latest", "the tag `latest`", SHOP),
        ("example.com:5000/shop:1", "the tag `1`", 'write "example.com:5000/shop"'),
        ("example.com/shop:", "the tag ``", SHOP),
        ("example.com/shop@sha256:" + "a" * 64, "a digest", SHOP),
        ("example.com", "`example.com` has no path", GENERAL),
        ("example.com:5000", "`example.com:5000` has no path", GENERAL),
        ("localhost:5000", "`localhost:5000` has no path", GENERAL),
        ("shop", "`shop` has no path", GENERAL),
        ("", "the name is missing", GENERAL),
        ("/example.com/shop", "a slash at an end", SHOP),
        ("example.com/shop/", "a slash at an end", SHOP),
        ("example.com//shop", "or two together", SHOP),
        (" example.com/shop", "a space", SHOP),
        ("example.com/sh op\n", "a space or a line end", SHOP),
        ("example.com:/shop", "`` is not a port", GENERAL),
        ("example.com:port/shop", "`port` is not a port", GENERAL),
        ("example.com:65536/shop", "`65536` is not a port", GENERAL),
        ("my_host:5000/shop", "`my_host` is not the name of a host", GENERAL),
        ("example..com/shop", "`example..com` is not the name of a host", GENERAL),
        ("-example.com/shop", "`-example.com` is not the name of a host", GENERAL),
        ("example.com/_shop", "`_shop` is not lower-case", GENERAL),
        ("example.com/a___b", "`a___b` is not lower-case", GENERAL),
        ("example.com/größe", "`größe` is not lower-case", GENERAL),
        (f"example.com/{'a' * 256}", "256 characters", GENERAL),
    ],
)
def test_each_mistake_is_named_with_what_to_write(name: str, what: str, remedy: str) -> None:
    (mistake,) = mistakes(name)
    assert what in mistake and mistake.endswith(remedy)


def test_all_mistakes_of_one_name_are_named_at_once_and_no_password() -> None:
    messages = mistakes(" https://user:secret@Example.com//Team/shop:1.0@sha256:aa ")
    parts = ("a space", "the scheme", "a digest", "a user's name", "a slash", "the tag", "upper case in `Team`")
    assert [message.startswith(part) for message, part in zip(messages, parts, strict=True)] == [True] * len(parts)
    assert all(message.endswith(': write "Example.com/team/shop"') for message in messages)
    assert not any("secret" in message for message in messages)


@given(st.text(alphabet="aA0.:/@[]_- \n\\é"))
def test_what_is_to_be_written_has_no_mistake(name: str) -> None:
    for mistake in mistakes(name):
        remedy = mistake.rpartition("write ")[2]
        assert remedy == GENERAL.removeprefix("write ") or mistakes(remedy.strip('"')) == []
