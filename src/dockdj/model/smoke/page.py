"""Find the files that a page needs from its own server: stylesheets, scripts and images."""

from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit

STYLES = "text/css"
IMAGE = "image/"
SCRIPTS = ("text/javascript", "application/javascript", "application/x-javascript")
# Signs, next to letters and digits, of a request line. A browser writes all others as %XX (RFC 3986, RFC 3987 3.1).
IN_ADDRESS = "%/:@!$&'()*+,;=~?"
ICONS = ("icon", "apple-touch-icon", "mask-icon")


@dataclass(frozen=True)
class Resource:
    """A file that a page names: its path and query, and its media types; empty for any type but a page's."""

    path: str
    kinds: tuple[str, ...] = ()

    def plausible(self, kind: str) -> bool:
        """True if a browser would accept this media type for the file."""
        return any(kind.startswith(prefix) for prefix in self.kinds) if self.kinds else kind != "text/html"


def resources(html: str, address: str) -> tuple[Resource, ...]:
    """The files that a page at `address` names on its own server, in the order of the page, each once."""
    reader = _Reader()
    # The reader asserts that a declaration such as `<![` is whole. What came before it counts.
    with suppress(AssertionError):
        reader.feed(html)
    try:
        base = urljoin(address, reader.base)
    except ValueError:
        base = address
    files: dict[str, Resource] = {}
    for reference, kinds in reader.references:
        path = own_path(reference, base, address)
        if path:
            files.setdefault(path, Resource(path, kinds))
    return tuple(files.values())


def own_path(reference: str, base: str, address: str) -> str:
    """The path and query of a reference to the server at `address`, under either protocol; else an empty text.

    Spaces and umlauts are percent-encoded, as a browser does.
    """
    try:
        parts = urlsplit(urljoin(base, reference.strip()))
    except ValueError:
        # An invalid address, such as `http://[`.
        return ""
    if parts.scheme not in ("http", "https") or parts.netloc != urlsplit(address).netloc:
        return ""
    return quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=IN_ADDRESS)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.references: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base = self.base or attributes.get("href", "")
        elif tag == "link" and attributes.get("href"):
            self._link(attributes)
        elif tag == "script" and attributes.get("src"):
            self.references.append((attributes["src"], SCRIPTS))
        elif tag == "img" and attributes.get("src"):
            self.references.append((attributes["src"], (IMAGE,)))

    def _link(self, attributes: dict[str, str]) -> None:
        words = attributes.get("rel", "").lower().split()
        if "stylesheet" in words:
            self.references.append((attributes["href"], (STYLES,)))
        elif "modulepreload" in words:
            self.references.append((attributes["href"], SCRIPTS))
        elif any(word in ICONS for word in words):
            self.references.append((attributes["href"], (IMAGE,)))
        elif "preload" in words or "manifest" in words:
            self.references.append((attributes["href"], ()))
