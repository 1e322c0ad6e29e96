"""The images of instances and load balancers. A changed input changes the tag, so the image is built again."""

import hashlib
from pathlib import Path

from dockdj.adapters import shell
from dockdj.events import Finished, Report, Started, silent
from dockdj.localcloud.fleet import engine

FOLDER = Path(__file__).parent / "image"
BASE = "debian:trixie-slim"
BUILD_SECONDS = 900


def ensure_image(kind: str, report: Report = silent) -> str:
    """The tag of the image for `instance` or `balancer`. A missing image is built."""
    tag = f"dockdj/{kind}:{inputs_hash(FOLDER / kind, base_id())}"
    if engine.succeeds("image", "inspect", tag):
        return tag
    step = f"Building the {kind} image"
    report(Started(step))
    shell.stream(["docker", "build", "--tag", tag, str(FOLDER / kind)], report, timeout=BUILD_SECONDS)
    report(Finished(step, tag))
    return tag


def base_id() -> str:
    """The id of the local base image. Empty if the engine does not have it; the build then pulls it."""
    result = shell.capture(["docker", "image", "inspect", "--format", "{{.Id}}", BASE], check=False)
    return result.stdout.strip() if result.status == 0 else ""


def inputs_hash(folder: Path, base: str) -> str:
    """Twelve hexadecimal digits of a hash over the folder's file names and contents, and the base image."""
    digest = hashlib.sha256(base.encode())
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]
