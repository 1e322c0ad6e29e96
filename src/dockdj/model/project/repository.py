"""The name of an image repository, by the grammar of the distribution project's reference package.

https://pkg.go.dev/github.com/distribution/reference: a host with an optional port, and a path of lower-case components.
Docker's client parses names by it. A name whose first part is not a host is on Docker Hub.
"""

import re
from collections.abc import Iterator

from dockdj.model.image_names import COMPONENT

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
DIGEST = re.compile(r"@[A-Za-z0-9+._-]+:[0-9A-Fa-f]*\Z")
DOMAIN = re.compile(r"(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])")
ADDRESS = re.compile(r"\[[0-9A-Fa-f:.]+\]")
HOST = re.compile(r"(?P<name>\[[^\]/]*\]|[^:/]*)(?::(?P<port>.*))?", re.DOTALL)
LONGEST_PATH = 255
LAST_PORT = 65535
FORM = "HOST/NAME, as registry.example.com/team/shop"


def mistakes(text: str) -> list[str]:
    """The mistakes in the name of a repository, each with what to write."""
    plain, wrong = _without_extras(text)
    host, _, path = plain.partition("/")
    if not path:
        plain = host
        wrong.append(f"`{_shown(host)}` has no path" if host else "the name is missing")
    elif not _is_host(host):
        host, path = "", plain
    if host and path:
        wrong += _host_mistakes(host)
    if path:
        wrong += _path_mistakes(path)
    lower = f"{host}/{path.lower()}" if host else path.lower()
    fitting = path and not [*_path_mistakes(path.lower()), *(_host_mistakes(host) if host else ())]
    remedy = f'write "{lower}"' if fitting else f"write {FORM}"
    return [f"{mistake}: {remedy}" for mistake in wrong]


def _without_extras(text: str) -> tuple[str, list[str]]:
    """The text without what belongs to no repository's name, and the mistakes that this mends."""
    wrong = []
    plain = "".join(text.split())
    if plain != text:
        wrong.append("a space or a line end belongs to no repository's name")
    if scheme := SCHEME.match(plain):
        wrong.append(f"the scheme `{scheme[0]}` is not part of the name")
        plain = plain[scheme.end() :]
    if digest := DIGEST.search(plain):
        wrong.append("a digest names one image, and the repository has many")
        plain = plain[: digest.start()]
    if "@" in plain.partition("/")[0]:
        # Without the text, which may be a password.
        wrong.append("a user's name is not part of the name (docker login has it)")
        plain = plain.partition("@")[2]
    if plain != "/".join(filter(None, plain.split("/"))):
        wrong.append("a slash at an end, or two together, make an empty part")
        plain = "/".join(filter(None, plain.split("/")))
    start, slash, last = plain.rpartition("/")
    name, colon, tag = last.partition(":")
    # Without a slash, digits after a colon are a port.
    if colon and not last.startswith("[") and (slash or not (tag.isascii() and tag.isdigit())):
        wrong.append(f"the tag `{_shown(tag)}` belongs to one image; dockdj writes the tags")
        plain = f"{start}{slash}{name}"
    return plain, wrong


def _is_host(first: str) -> bool:
    """True if the first of several parts is a host; by the client's rule, it has a dot, a colon or upper case."""
    return first == "localhost" or any(mark in first for mark in ".:[") or first != first.lower()


def _host_mistakes(host: str) -> Iterator[str]:
    match = HOST.fullmatch(host)
    name, port = (match["name"], match["port"]) if match else (host, None)
    if name != name.lower() and "." not in name and port is None and not name.startswith("["):
        yield f"upper case in `{_shown(name)}`"
    elif not ADDRESS.fullmatch(name) and not all(DOMAIN.fullmatch(part) for part in name.split(".")):
        yield f"`{_shown(name)}` is not the name of a host: letters, digits and hyphens, with dots between them"
    if port is not None and not (
        port.isascii() and port.isdigit() and len(port) <= len(str(LAST_PORT)) and 0 < int(port) <= LAST_PORT
    ):
        yield f"`{_shown(port)}` is not a port: write a number up to {LAST_PORT}"


def _path_mistakes(path: str) -> Iterator[str]:
    for part in path.split("/"):
        if part != part.lower() and COMPONENT.fullmatch(part.lower()):
            yield f"upper case in `{_shown(part)}`"
        elif not COMPONENT.fullmatch(part):
            yield f"`{_shown(part)}` is not lower-case letters and digits with one of . _ __ or hyphens between them"
    if len(path) > LONGEST_PATH:
        yield f"the path has {len(path)} characters; at most {LONGEST_PATH} are allowed"


def _shown(part: str) -> str:
    return part if len(part) <= 60 else f"{part[:60]}…"
