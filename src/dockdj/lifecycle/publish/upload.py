"""Bring one local image to a registry: only what is missing, again after a passing failure, and read back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.adapters.registry import client as registry
from dockdj.adapters.registry import failure
from dockdj.adapters.registry.client import Manifest
from dockdj.adapters.registry.push import Heard, Upload, upload
from dockdj.errors import CommandFailed, Refused
from dockdj.events import Finished, Report, Started, Warned

# Seconds before the second, third and fourth try. Docker itself tries a layer five times within each.
PAUSES_SECONDS = (2.0, 5.0, 15.0)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Sent:
    """An image in the registry: its manifest's digest, and what was sent of it."""

    digest: str
    upload: Upload


def send(image: Image, tag: str, name: str, config: str, step: str, report: Report) -> Sent:
    """Push an image of the engine under a name, unless that name has it already. `config` is what it must be.

    A tag that is there is not pushed again: a registry with immutable tags refuses even the same bytes.
    Raises Refused when the registry holds something else afterwards, CommandFailed.
    """
    report(Started(step))
    found = again(step, lambda: registry.manifest(name), report)
    if found is not None and found.config == config:
        report(Finished(step, "was there before"))
        return Sent(found.digest, Upload(present=len(found.document["layers"])))
    if tag != name:
        docker.tag(tag, name)
    heard = Heard()
    begun = time.monotonic()

    def say() -> None:
        waited = f"{step}, {time.monotonic() - begun:.0f} s"
        report(Started(f"{waited}: {heard.progress}" if heard.progress else waited))

    again(step, lambda: registry.push(name, report, heard, say), report)
    manifest = again(step, lambda: _read_back(name), report)
    if manifest.config != config or heard.digest not in ("", manifest.digest):
        raise Refused(
            f"{name} holds the image {manifest.config[:19]}, and what was pushed is {config[:19]}",
            hint="something else was pushed under this tag at the same time: find out who did, then publish again",
        )
    sent = upload(manifest.document, image.diff_ids, heard.sent)
    report(Finished(step, text(sent)))
    return Sent(manifest.digest, sent)


def again(step: str, action: Callable[[], Answer], report: Report) -> Answer:
    """Do it, and once more after each pause while it fails for a reason that passes; each is said.

    Raises what the last try raised, and at once what a registry refused.
    """
    for number, pause in enumerate(PAUSES_SECONDS, 1):
        try:
            return action()
        except CommandFailed as error:
            if not failure.passes(error):
                raise
            why = failure.cause(error)
            report(Warned(f"{step} failed: {why}; try {number + 1} of {len(PAUSES_SECONDS) + 1} in {pause:g} s"))
        time.sleep(pause)
    return action()


def text(sent: Upload) -> str:
    """What was sent, for people."""
    there = f"{_many(sent.present)} {'was' if sent.present == 1 else 'were'} there"
    if not sent.layers:
        return f"nothing to send, {there}"
    return f"{_amount(sent.bytes)} in {_many(sent.layers)} sent" + (f", {there}" if sent.present else "")


def _amount(size: int) -> str:
    for unit, name in ((1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def _many(layers: int) -> str:
    return f"{layers} layer{'' if layers == 1 else 's'}"


def _read_back(name: str) -> Manifest:
    manifest = registry.manifest(name)
    if manifest is None:
        raise Refused(f"{name} was pushed, but the registry does not have it", hint="publish again")
    return manifest
