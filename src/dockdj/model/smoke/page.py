"""What a page needs from its own server: stylesheets, scripts and images."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit

STYLES = "text/css"
IMAGE = "image/"
SCRIPTS = ("text/javascript", "application/javascript", "application/x-javascript")
# What a request's line may have besides letters and digits; a browser writes all else as %XX (RFC 3986, RFC 3987 3.1).
IN_ADDRESS = "%/:@!$&'()*+,;=~?"
ICONS = ("icon", "apple-touch-icon", "mask-icon")


@dataclass(frozen=True)
class Resource:
    """A file that a page names: its path and query, and the media types it may have (none: any but a page's)."""

    path: str
    kinds: tuple[str, ...] = ()

    def plausible(self, kind: str) -> bool:
        """Whether a browser would take an answer of this media type for what the page wants."""
        return any(kind.startswith(one) for one in self.kinds) if self.kinds else kind != "text/html"


def resources(html: str, address: str) -> tuple[Resource, ...]:
    """The files that a page at `address` names and that its own server has, in the order of the page, each once."""
    reader = _Reader()
    reader.feed(html)
    base = urljoin(address, reader.base)
    found: dict[str, Resource] = {}
    for reference, kinds in reader.found:
        path = own_path(reference, base, address)
        if path:
            found.setdefault(path, Resource(path, kinds))
    return tuple(found.values())


def own_path(reference: str, base: str, address: str) -> str:
    """The path and query of a reference if it leads to the server at `address`, under either protocol; else nothing.

    As a browser asks for them: a name with spaces or umlauts is percent-encoded.
    """
    try:
        parts = urlsplit(urljoin(base, reference.strip()))
    except ValueError:
        # `http://[`: no address at all.
        return ""
    if parts.scheme not in ("http", "https") or parts.netloc != urlsplit(address).netloc:
        return ""
    return quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=IN_ADDRESS)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base = self.base or given.get("href", "")
        elif tag == "link" and given.get("href"):
            self._link(given)
        elif tag == "script" and given.get("src"):
            self.found.append((given["src"], SCRIPTS))
        elif tag == "img" and given.get("src"):
            self.found.append((given["src"], (IMAGE,)))

    def _link(self, given: dict[str, str]) -> None:
        words = given.get("rel", "").lower().split()
        if "stylesheet" in words:
            self.found.append((given["href"], (STYLES,)))
        elif "modulepreload" in words:
            self.found.append((given["href"], SCRIPTS))
        elif any(word in ICONS for word in words):
            self.found.append((given["href"], (IMAGE,)))
        elif "preload" in words or "manifest" in words:
            self.found.append((given["href"], ()))
