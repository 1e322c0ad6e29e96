"""The versions of what an image's programs run on: its system, libc, OpenSSL and interpreters."""

from collections.abc import Iterator, Mapping

from dockdj.model.diff.direction import Order, ValueChange, named_direction
from dockdj.model.release.contents import interpreters, paired
from dockdj.model.release.image import ServiceImage

# dpkg's order accepts versions that PEP 440 does not, as OpenSSL's 1.1.1w, but no pre-release of CPython.
ORDERS: Mapping[str, Order] = {"os": "dpkg", "libc": "dpkg", "openssl": "dpkg", "python": "pep440"}


def runtime_changes(service: str, old: ServiceImage | None, new: ServiceImage | None) -> Iterator[ValueChange]:
    """The differences of a service's image: the system first, then the rest by name, other interpreters last."""
    one, two = _facts(old), _facts(new)
    listed = set()
    for name in sorted({*one, *two}, key=lambda name: (name != "os", name)):
        before, after = one.get(name), two.get(name)
        if before != after:
            listed.add((before, after))
            yield ValueChange(service, name, before, after, named_direction(ORDERS.get(name, "unknown"), before, after))
    for place, before, after in paired(interpreters(old), interpreters(new)):
        # The facts have the Python that PATH finds; another that changed alike needs no second line.
        if before != after and (before, after) not in listed:
            name = f"python {place}" if place else "python"
            yield ValueChange(service, name, before, after, named_direction("pep440", before, after))


def _facts(image: ServiceImage | None) -> dict[str, str]:
    if image is None:
        return {}
    system = image.os
    named = {"os": f"{system.id} {system.version}".strip()} if system and system.id else {}
    return {**named, **image.runtime}
