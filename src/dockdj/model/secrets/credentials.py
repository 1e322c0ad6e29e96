"""Credentials that their form alone identifies."""

import re

from dockdj.model.secrets.search import Needle


def _credential(name: str, start: str, rest: str, before: str = "") -> Needle:
    return Needle(name, start.encode(), re.compile((before + re.escape(start) + rest).encode()))


_LINE_END = r"(?:\\[nr]|\s){1,40}"
# Only unmistakable forms. An AWS secret key has no prefix, so it is not among them.
PATTERNS = (
    # IAM User Guide, "Unique identifiers": AKIA is a long-term key. Amazon's own examples end with EXAMPLE.
    _credential("AWS access key", "AKIA", r"(?![A-Z2-7]{9}EXAMPLE)[A-Z2-7]{16}(?![A-Za-z0-9])", r"(?<![A-Za-z0-9])"),
    # RFC 7468, RFC 1421 (headers), RFC 4880 (BLOCK). A key must follow:
    # programs that read keys contain only the first line.
    _credential(
        "private key",
        "-----BEGIN",
        rf" (?:[A-Z0-9]{{2,10}} ){{0,2}}PRIVATE KEY(?: BLOCK)?-----{_LINE_END}"
        rf"(?:[A-Za-z][A-Za-z-]{{1,30}}: [^\n\\]{{1,100}}{_LINE_END}){{0,4}}[A-Za-z0-9+/]{{40}}",
    ),
    # GitHub Docs, "About authentication to GitHub", "GitHub's token formats".
    *(_credential("GitHub token", start, r"[A-Za-z0-9]{36}(?![A-Za-z0-9])") for start in ("ghp_", "gho_", "ghs_")),
    _credential("GitHub token", "github_pat_", r"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9])"),
    # Slack, "Tokens": numbers of the workspace, and of the app or person, precede the secret.
    _credential("Slack token", "xox", r"[abp]-(?:[0-9]{9,14}-){2,3}[A-Za-z0-9]{24,64}(?![A-Za-z0-9])"),
    # The GitHub Blog, "Announcing npm's new access token format".
    _credential("npm token", "npm_", r"[A-Za-z0-9]{36}(?![A-Za-z0-9_])"),
    # PyPI's help, "API tokens": the text after `pypi-` is a macaroon whose location is pypi.org.
    _credential("PyPI token", "pypi-AgEIcHlwaS5vcmc", r"[A-Za-z0-9_-]{50}"),
)
