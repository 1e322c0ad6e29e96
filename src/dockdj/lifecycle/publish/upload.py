"""Push one local image: upload only missing blobs, retry transient failures, verify the result."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.adapters.registry import client as registry
from dockdj.adapters.registry import failure
from dockdj.adapters.registry.manifest import Manifest
from dockdj.adapters.registry.push import PushOutput, Upload, upload
from dockdj.errors import CommandFailed, Refused
from dockdj.events import Finished, Report, Started, Warned

# Seconds before the second, third and fourth try. Within a try, Docker itself tries each layer five times.
PAUSES_SECONDS = (2.0, 5.0, 15.0)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Sent:
    """An image in the registry: its manifest's digest, and the amount that was sent."""

    digest: str
    upload: Upload


def send(image: Image, tag: str, name: str, config: str, step: str, report: Report) -> Sent:
    """Push a local image under a name, unless the registry has it. `config` is its configuration's digest.

    An existing tag is not pushed again, because a registry with immutable tags refuses even equal bytes. Raises
    Refused if the registry has another image afterwards, CommandFailed.
    """
    report(Started(step))
    existing = again(step, lambda: registry.manifest(name), report)
    if existing is not None and existing.config == config:
        report(Finished(step, "already there"))
        return Sent(existing.digest, Upload(present=len(existing.layers)))
    if tag != name:
        docker.tag(tag, name)
    output = PushOutput()
    start = time.monotonic()

    def report_progress() -> None:
        elapsed = f"{step}, {time.monotonic() - start:.0f} s"
        report(Started(f"{elapsed}: {output.progress}" if output.progress else elapsed))

    again(step, lambda: registry.push(name, report, output, report_progress), report)
    manifest = again(step, lambda: _read_back(name), report)
    if manifest.config != config or output.digest not in ("", manifest.digest):
        raise Refused(
            f"{name} has the image {manifest.config[:19]}, not the pushed {config[:19]}",
            hint="somebody pushed another image under this tag at the same time: find out who, then publish again",
        )
    sent = upload(manifest.layers, image.diff_ids, output.sent)
    report(Finished(step, text(sent)))
    return Sent(manifest.digest, sent)


def again(step: str, action: Callable[[], Answer], report: Report) -> Answer:
    """Run an action, and again after each pause while it fails with a transient failure. Each failure is a warning.

    Raises the last try's error, and a refusal of the registry at once.
    """
    for number, pause in enumerate(PAUSES_SECONDS, 1):
        try:
            return action()
        except CommandFailed as error:
            if not failure.is_transient(error):
                raise
            why = failure.cause(error)
            report(Warned(f"{step} failed: {why}; try {number + 1} of {len(PAUSES_SECONDS) + 1} in {pause:g} s"))
        time.sleep(pause)
    return action()


def text(sent: Upload) -> str:
    """The amount that was sent, for people."""
    there = f"{_count(sent.present)} already there"
    if not sent.layers:
        return f"nothing to send, {there}"
    return f"{_amount(sent.bytes)} in {_count(sent.layers)} sent" + (f", {there}" if sent.present else "")


def _amount(size: int) -> str:
    for unit, name in ((1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def _count(layers: int) -> str:
    return f"{layers} layer{'' if layers == 1 else 's'}"


def _read_back(name: str) -> Manifest:
    manifest = registry.manifest(name)
    if manifest is None:
        raise Refused(f"{name} was pushed, but the registry does not have it", hint="publish again")
    return manifest
