"""Compose files: read as YAML 1.2, and edited without losing comments and order."""

import warnings
from collections.abc import Collection, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import ReusedAnchorWarning, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

from dockdj.errors import ProjectError
from dockdj.model.json_document import DEEPEST, require_shallow

# No compose file has a hundredth of these nodes. Aliases of aliases multiply them.
MOST_NODES = 50_000


def parse(text: str, name: str) -> Any:
    """The document in a compose file's text. Raises ProjectError, naming the file, if it is not YAML."""
    return _load(YAML(typ="safe"), text, name)


def _load(yaml: YAML, text: str, name: str) -> Any:
    """The document in a text, as this reader makes it. Raises ProjectError for any text that has no plain document."""
    try:
        _check_size(text)
        with warnings.catch_warnings():
            # An anchor may be used twice (YAML 1.2, 3.2.2.2).
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            document = yaml.load(text)
        require_shallow(document)
        _check_texts(document)
    # The reader raises errors of a dozen kinds, from the constructors of numbers, dates and sets.
    except (YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        cause = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise ProjectError(f"{name} is not valid YAML: {cause}", hint=f"correct {name}") from error
    return document


def _check_size(text: str) -> None:
    """Raise ValueError for a text whose document would have no end. Reads its events, so only where it is needed."""
    if "*" not in text and text.count("[") + text.count("{") <= DEEPEST:
        return
    sizes: dict[str, int] = {}
    # The anchors and sizes of the collections that are open.
    open_nodes: list[tuple[str, int]] = [("", 0)]
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionStartEvent):
            open_nodes.append((event.anchor or "", 1))
        elif isinstance(event, AliasEvent | ScalarEvent | CollectionEndEvent):
            size = 1
            if isinstance(event, AliasEvent):
                if any(event.anchor == anchor for anchor, _ in open_nodes):
                    raise ValueError(f"the alias *{event.anchor} contains itself")
                size = sizes.get(event.anchor, 1)
            elif isinstance(event, CollectionEndEvent):
                anchor, size = open_nodes.pop()
                sizes[anchor] = size
            elif event.anchor:
                sizes[event.anchor] = 1
            open_nodes[-1] = (open_nodes[-1][0], open_nodes[-1][1] + size)
        if len(open_nodes) > DEEPEST or open_nodes[-1][1] > MOST_NODES:
            raise ValueError("it is too large or nested too deeply, with its aliases in place")


def _check_texts(document: Any) -> None:
    """Raise ValueError for a text that no path, program or file can hold."""
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            if any(isinstance(key, Collection) and not isinstance(key, str) for key in value):
                raise ValueError("a key is a list or a table")
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set):
            pending += value
        elif isinstance(value, str):
            value.encode()
            if "\0" in value:
                raise ValueError("a text holds a NUL")


def pinned(text: str, images: Mapping[str, str], environment: Mapping[str, str], name: str) -> str:
    """The compose file that Elastic Beanstalk receives.

    It keeps only the services in `images`, and gives each its image by digest instead of its build. `environment` is
    added to each. `env_file` becomes `.env`, which Elastic Beanstalk writes next to the compose file from the
    environment's properties (Developer Guide, Docker platform). Raises ProjectError for a missing service.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    document = _load(yaml, text, name)
    services = document["services"]
    for service in [service for service in services if service not in images]:
        del services[service]
    if missing := set(images) - set(services):
        raise ProjectError(f"{name} has no service {', '.join(sorted(missing))}")
    for service, image in images.items():
        _pin(services[service], image, environment, images)
    _drop_unused_volumes(document)
    stream = StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _pin(body: Any, image: str, environment: Mapping[str, str], released: Collection[str]) -> None:
    body.pop("build", None)
    body["image"] = image
    if "env_file" in body:
        body["env_file"] = ".env"
    if not isinstance(body.get("environment"), Mapping):
        # In a list, a name without `=` takes its value from the shell that runs Compose; in a table that is a null.
        lines = [str(line) for line in body.get("environment") or ()]
        body["environment"] = {
            line.partition("=")[0]: line.partition("=")[2] if "=" in line else None for line in lines
        }
    # Compose interpolates `$`; `$$` is a literal `$`.
    body["environment"].update((key, value.replace("$", "$$")) for key, value in sorted(environment.items()))
    needed = body.get("depends_on")
    for absent in [name for name in needed or () if name not in released]:
        needed.remove(absent) if isinstance(needed, list) else needed.pop(absent)
    if needed is not None and not needed:
        del body["depends_on"]


def _drop_unused_volumes(document: Any) -> None:
    """Remove named volumes that no remaining service mounts."""
    declared = document.get("volumes")
    if not declared:
        return
    used = {
        str(mount).partition(":")[0] if isinstance(mount, str) else str(mount.get("source"))
        for body in document["services"].values()
        for mount in body.get("volumes", ())
    }
    for volume in [volume for volume in declared if volume not in used]:
        del declared[volume]
    if not declared:
        del document["volumes"]
