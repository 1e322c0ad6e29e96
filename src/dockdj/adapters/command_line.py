"""Command lines and outputs as errors show them: without the secrets that a program's words may hold.

Secrets do not belong on a command line in the first place: every user of the machine can read it. This is the second
line of defence, for the words of a project or a person.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

HIDDEN = "***"
# Options whose next word is NAME=VALUE, and options whose next word is a password.
VARIABLE_OPTIONS = ("-e", "--env")
PASSWORD_OPTIONS = ("--password", "--token", "--secret")
# RFC 3986, "User Information": a password in a URL contains neither a slash nor an @.
URL_PASSWORD = re.compile(r"(?P<start>\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\s/@:'\"]{0,200}):[^\s/@'\"]{1,2000}@")
URL_TOKEN = re.compile(r"(?P<start>\bhttps?://)[^\s/@:'\"]{1,2000}@")
SECRET_NAME = re.compile(
    r"(?P<name>-{0,2}[A-Za-z0-9_.-]{0,100}(?:password|passwd|secret|token|api_?key|access_?key)[A-Za-z0-9_.-]{0,100})=.+",
    re.IGNORECASE | re.DOTALL,
)


def shown(argv: Sequence[str]) -> str:
    """The command line as a shell reads it, with `***` in place of passwords and of variables' values."""
    return shlex.join(_words(argv)).replace(f"'{HIDDEN}'", HIDDEN)


def masked(text: str) -> str:
    """A text with `***` in place of the passwords in its URLs."""
    return URL_TOKEN.sub(rf"\g<start>{HIDDEN}@", URL_PASSWORD.sub(rf"\g<start>:{HIDDEN}@", text))


def _words(argv: Sequence[str]) -> Iterator[str]:
    option = ""
    for word in argv:
        if option in PASSWORD_OPTIONS:
            yield HIDDEN
        elif option in VARIABLE_OPTIONS:
            yield _without_value(word)
        elif word.startswith("--env="):
            yield f"--env={_without_value(word.removeprefix('--env='))}"
        elif match := SECRET_NAME.fullmatch(word):
            yield f"{match['name']}={HIDDEN}"
        else:
            yield masked(word)
        option = word


def _without_value(assignment: str) -> str:
    name, equals, _ = assignment.partition("=")
    return f"{name}={HIDDEN}" if equals else name
