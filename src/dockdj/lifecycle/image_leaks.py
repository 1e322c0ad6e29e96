"""Search secrets in the images of a release: in what was added to the images of others."""

from collections.abc import Iterator, Mapping
from typing import Any

from dockdj.adapters import image_layers
from dockdj.adapters.image_layers import Layer
from dockdj.model.leaks import Hit, Needle, scan, strings
from dockdj.model.release import Release


def in_images(release: Release, tags: Mapping[str, str], needles: tuple[Needle, ...]) -> Iterator[Hit]:
    """The needles in the configuration, the history and the own layers of each image that was built here.

    The layers of the base are passed over: those that the record proves, whatever has the base's name by now.
    """
    services = release.document["services"]
    built = {name: tag for name, tag in tags.items() if services[name]["source"] is None}
    if not built:
        return
    with image_layers.saved(tuple(dict.fromkeys(built.values()))) as images:
        searched: dict[str, tuple[tuple[Needle, str], ...]] = {}
        for service, tag in built.items():
            image = images[tag]
            for place, text in strings(image.config):
                for found in scan((text.encode(),), needles):
                    yield Hit(found.needle, f"the image of {service}, {place}")
            below = _below(services[service], image.layers)
            for number, layer in enumerate(image.layers[below:], below + 1):
                if layer.name not in searched:
                    searched[layer.name] = _in_layer(layer, needles)
                where = f"the image of {service}, layer {number} of {len(image.layers)}"
                yield from (Hit(needle, where, path) for needle, path in searched[layer.name])


def _below(recorded: Mapping[str, Any], layers: tuple[Layer, ...]) -> int:
    """How many of an image's layers are its base's: none where they are not those that the record names."""
    base = recorded["diff_ids"][: recorded["base"]["layers"]] if recorded["base"] else []
    return len(base) if [layer.diff_id for layer in layers[: len(base)]] == base else 0


def _in_layer(layer: Layer, needles: tuple[Needle, ...]) -> tuple[tuple[Needle, str], ...]:
    found = list(scan(layer.chunks(), needles))
    paths = layer.files_at({one.offset for one in found}) if found else {}
    return tuple(dict.fromkeys((one.needle, paths.get(one.offset, "")) for one in found))
