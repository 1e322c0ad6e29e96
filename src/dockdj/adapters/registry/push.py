"""`docker push`: run it, read its output, and compute what it sent."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread

from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry.manifest import Layer
from dockdj.events import Event, Output, Report

# Docker writes nothing while it sends a large layer.
TICK_SECONDS = 10.0
LAYER = re.compile(r"(?P<layer>[0-9a-f]{12}): (?P<state>.+)")
DIGEST = re.compile(r"digest: (?P<digest>sha256:[0-9a-f]{64}) size: \d+")
SENT = "Pushed"
PRESENT = ("Layer already exists", "Mounted from")


@dataclass
class PushOutput:
    """The output of one or several pushes of a tag: layer (twelve digits) -> last state, and the digest."""

    layers: dict[str, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    digest: str = ""

    def line(self, text: str) -> None:
        """Read a line of `docker push`; other lines are skipped."""
        if match := LAYER.match(text):
            self.layers[match["layer"]] = match["state"]
            if match["state"] == SENT:
                self.sent.add(match["layer"])
        elif match := DIGEST.search(text):
            self.digest = match["digest"]

    @property
    def progress(self) -> str:
        """The number of finished layers, as text; empty until Docker names a layer."""
        finished = sum(state == SENT or state.startswith(PRESENT) for state in self.layers.values())
        return f"{finished} of {len(self.layers)} layers are there" if self.layers else ""


@dataclass(frozen=True)
class Upload:
    """The amount that a push sent: bytes of compressed layers, the number of sent layers, and of layers already there.

    Configurations and manifests, a few kB each, are not counted.
    """

    bytes: int = 0
    layers: int = 0
    present: int = 0

    def __add__(self, other: "Upload") -> "Upload":
        return Upload(self.bytes + other.bytes, self.layers + other.layers, self.present + other.present)


def upload(layers: Sequence[Layer], diff_ids: Sequence[str], sent: set[str]) -> Upload:
    """The amount that a push of an image sent, by the layers of its manifest and those that Docker named as sent.

    Docker's own image store names a layer by its diff_id, containerd's by its digest; a manifest lists layers in the
    order of the diff_ids (OCI image specification, "Image Manifest"). A layer that an image has twice is sent once.
    """
    known = {layer.digest: (layer.size, diff_id) for layer, diff_id in zip(layers, diff_ids, strict=True)}
    new = [size for digest, (size, diff_id) in known.items() if {_short(digest), _short(diff_id)} & sent]
    return Upload(sum(new), len(new), len(known) - len(new))


def push(name: str, output: PushOutput, report: Report, tick: Callable[[], None]) -> None:
    """Push a local tag; layers that the registry has are not sent again. Raises CommandFailed.

    `tick` is called every TICK_SECONDS.
    """

    def read(event: Event) -> None:
        if isinstance(event, Output):
            output.line(event.line)
        report(event)

    done = Flag()

    def watch() -> None:
        while not done.wait(TICK_SECONDS):
            tick()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        docker.push(name, read)
    finally:
        done.set()
        watcher.join()


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
