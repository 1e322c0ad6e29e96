"""Parsers of what Git and people give."""

from dockdj.adapters.git import references
from dockdj.model.build.tested_images import check_tag
from dockdj.model.project.parity_rules import ParityRules, alternatives, mistakes
from tests.fuzz.parsers import Parser

ID = b"0123456789012345678901234567890123456789"
REFERENCES = b"*\trefs/heads/main\t" + ID + b"\t\t\n \trefs/tags/v1.0.0\t" + ID + b"\t" + ID + b"\t\n"


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


def _rule(content: bytes) -> object:
    rules = ParityRules({_text(content): "why"})
    return list(mistakes(rules)) or list(alternatives(_text(content)))


PARSERS = (
    Parser("references of Git", lambda content: references.parse(_text(content), "origin"), (REFERENCES,)),
    Parser("pattern of [parity]", _rule, (b"django/packages/{a,b}*/{c,d}", b"x/[*]{a,[{]}")),
    Parser("tag of tested images", lambda content: check_tag(_text(content), ["django"]), (b"qa-1.2", b"main")),
)
