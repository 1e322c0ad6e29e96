"""The hosts and origins that a target's plain values give to Django."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

HOSTS, ORIGINS = "ENV_ALLOWED_HOSTS", "ENV_TRUSTED_ORIGINS"
# Django compares an entry of ALLOWED_HOSTS with the Host header, without its port.
HOST = re.compile(r"\*|\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\]")
# As Django's check 4_0.E001 requires, with a wildcard for subdomains.
ORIGIN = re.compile(r"https?://(?:\*\.)?(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?")


def mistakes(values: Mapping[str, str]) -> Iterator[str]:
    """The entries that match no request, each with the name of its variable and what to write."""
    for entry in _entries(values.get(HOSTS, "")):
        if not HOST.fullmatch(entry.lower()):
            yield f"{HOSTS}: `{entry}` matches no request: write {_host(entry)}"
    for entry in _entries(values.get(ORIGINS, "")):
        if not ORIGIN.fullmatch(entry.lower()):
            host = _host(entry)
            written = f"https://{'*' if host.startswith('.') else ''}{host}"
            remedy = written if ORIGIN.fullmatch(written) else "https://www.example.com"
            yield f"{ORIGINS}: `{entry}` is not an origin: write {remedy}"


def _entries(value: str) -> list[str]:
    return [entry.strip() for entry in value.split(",") if entry.strip()]


def _host(entry: str) -> str:
    """The host in an entry, as Django writes it; an example if the entry has none."""
    text = entry.lower().strip("\"'")
    try:
        name = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        name = ""
    if not name.isascii():
        return "the name's ASCII form, which begins with xn--"
    name = f"[{name}]" if ":" in name else name.removeprefix("*") if name.startswith("*.") else name
    return name if name and HOST.fullmatch(name) else "the name of a host, www.example.com"
