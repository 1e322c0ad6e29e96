"""Links and code paths of the documentation lead to something that exists."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.offence import Offence

PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "testbed/*.md")
PACKAGE = "src/dockdj"
LINK = re.compile(r"\]\(([^)\s]*)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
# A path in code marks: of a layer, or of a folder at the root.
CODE_PATH = re.compile(r"`((?:cli|lifecycle|adapters|model|localcloud|src|tests|benchmarks)/[\w./-]+)`")
# A name that the reader fills in.
PLACEHOLDER = "VERB"


def offences(root: Path) -> Iterator[Offence]:
    """Every broken link and every path of code that does not exist."""
    for page in sorted({page for pattern in PAGES for page in root.glob(pattern)}):
        text = page.read_text(encoding="utf-8")
        path = page.relative_to(root).as_posix()
        for match in LINK.finditer(text):
            if not _leads_somewhere(page, match[1]):
                yield Offence(path, _line(text, match), f"the link {match[1]} leads nowhere")
        for match in CODE_PATH.finditer(text):
            if PLACEHOLDER not in match[1] and not any((base / match[1]).exists() for base in (root, root / PACKAGE)):
                yield Offence(path, _line(text, match), f"{match[1]} does not exist")


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as the forges make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def _leads_somewhere(page: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target.read_text(encoding="utf-8")))


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1
