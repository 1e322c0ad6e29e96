"""The inventories of images: read from a container that is never started, and cached by the images' layers."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from dockdj.adapters.inventory import cache, scan
from dockdj.adapters.inventory.image_files import Engine, engine, opened, sweep
from dockdj.errors import ProjectError
from dockdj.model.inventory.inventory import Contents, Inventory, built_on, proved_base
from dockdj.model.inventory.search import search_of

# Reading mostly waits for the engine.
THREADS = 4


def read_all(images: Mapping[str, str], bases: Mapping[str, Sequence[str]] | None = None) -> dict[str, Inventory]:
    """Service -> the inventory of its image; `images` is service -> tag.

    `bases` is service -> the images that its image may be built on, those that the engine lacks included. The image
    whose layers prove it becomes the base, with the name given here; the origin of its packages is then `base`.

    Raises ProjectError if the engine lacks one of `images`, or an image lacks a file that its labels name.
    """
    bases = bases or {}
    reached = engine()
    candidates = dict.fromkeys(name for service in images for name in bases.get(service, ()))
    documents = reached.inspect([*dict.fromkeys((*images.values(), *candidates))])
    if missing := sorted({tag for tag in images.values() if tag not in documents}):
        raise ProjectError(f"the engine has no image {missing[0]}", hint="docker image ls")
    contents = {name: _contents(document) for name, document in documents.items()}
    below = {service: [name for name in bases.get(service, ()) if name in contents] for service in images}
    proved = {
        service: proved_base({name: contents[name] for name in below[service]}, contents[tag])
        for service, tag in images.items()
    }
    needed = {*images.values(), *(base.name for base in proved.values() if base)}
    inventories = _inventories(reached, {name: documents[name] for name in sorted(needed)})
    return {
        service: built_on(inventories[tag], base, inventories[base.name])
        if (base := proved[service])
        else inventories[tag]
        for service, tag in images.items()
    }


def _inventories(reached: Engine, documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Inventory]:
    """Name -> inventory; content under several names is read once."""
    keys = {name: _key(document) for name, document in documents.items()}
    known = {key: stored for key in set(keys.values()) if (stored := cache.load(key))}
    if unread := {key: name for name, key in keys.items() if key not in known}:
        sweep(reached)
        with ThreadPoolExecutor(THREADS) as pool:
            inventories = pool.map(lambda name: _take(reached, name, documents[name]), unread.values())
            for key, inventory in zip(unread, inventories, strict=True):
                known[key] = inventory
                cache.store(key, inventory)
    return {name: known[key] for name, key in keys.items()}


def _take(reached: Engine, name: str, document: Mapping[str, Any]) -> Inventory:
    # By id, because a tag can be moved meanwhile.
    with opened(reached, document["Id"]) as files:
        return scan.take(files, search_of(document), name)


def _key(document: Mapping[str, Any]) -> str:
    return cache.key(document["RootFS"].get("Layers") or [], asdict(search_of(document)))


def _contents(document: Mapping[str, Any]) -> Contents:
    return Contents(document["Id"], tuple(document["RootFS"].get("Layers") or ()))
