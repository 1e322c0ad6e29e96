"""Pushing a tag with `docker push`: what it says of each layer, and what it sent of which."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread
from typing import Any

from dockdj.adapters.docker import client as docker
from dockdj.events import Event, Output, Report

# Docker writes nothing while a large layer is on its way.
SAID_EVERY_SECONDS = 10.0
LAYER = re.compile(r"(?P<layer>[0-9a-f]{12}): (?P<state>.+)")
DIGEST = re.compile(r"digest: (?P<digest>sha256:[0-9a-f]{64}) size: \d+")
SENT = "Pushed"
THERE = ("Layer already exists", "Mounted from")


@dataclass
class Heard:
    """What docker said during one push or several of a tag: layer (twelve digits) -> last state, and the digest."""

    layers: dict[str, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    digest: str = ""

    def line(self, text: str) -> None:
        """Take in a line of `docker push`; others are passed over."""
        if found := LAYER.match(text):
            self.layers[found["layer"]] = found["state"]
            if found["state"] == SENT:
                self.sent.add(found["layer"])
        elif found := DIGEST.search(text):
            self.digest = found["digest"]

    @property
    def progress(self) -> str:
        """How far it is, for people; empty before docker named a layer."""
        done = sum(state == SENT or state.startswith(THERE) for state in self.layers.values())
        return f"{done} of {len(self.layers)} layers are there" if self.layers else ""


@dataclass(frozen=True)
class Upload:
    """What a push sent: bytes of layers as the registry keeps them (compressed), and how many layers were sent and
    how many were there before. Configurations and manifests, a few kB each, are not counted."""

    bytes: int = 0
    layers: int = 0
    present: int = 0

    def __add__(self, other: "Upload") -> "Upload":
        return Upload(self.bytes + other.bytes, self.layers + other.layers, self.present + other.present)


def upload(manifest: Mapping[str, Any], diff_ids: Sequence[str], sent: set[str]) -> Upload:
    """What of an image was sent, when docker names these layers as sent.

    Its engine names a layer by its diff_id, with containerd's image store by its digest; a manifest lists sizes in
    the order of the diff_ids (OCI image specification, "Image Manifest"). A layer that is there twice is sent once.
    """
    layers = {
        layer["digest"]: (int(layer["size"]), diff) for layer, diff in zip(manifest["layers"], diff_ids, strict=True)
    }
    new = [size for digest, (size, diff) in layers.items() if {_short(digest), _short(diff)} & sent]
    return Upload(sum(new), len(new), len(layers) - len(new))


def push(name: str, heard: Heard, report: Report, say: Callable[[], None]) -> None:
    """Push a local tag; what the registry has is not sent again. `say` is called now and then. Raises CommandFailed."""

    def hear(event: Event) -> None:
        if isinstance(event, Output):
            heard.line(event.line)
        report(event)

    done = Flag()

    def watch() -> None:
        while not done.wait(SAID_EVERY_SECONDS):
            say()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        docker.push(name, hear)
    finally:
        done.set()
        watcher.join()


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
