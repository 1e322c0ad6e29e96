"""Measure and print the table of docs/performance.md."""

import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from benchmarks.timing import alternating, program, seconds
from tests.conftest import remove_images
from tests.support.project import commit, git, write

DOCKDJ = str(Path(sys.executable).with_name("dockdj"))
CONTEXT_SWITCH = ["--builder", "default"]


def main() -> None:
    print(f"{'what':<52} {'ours':>8} {'beside':>8} {'ratio':>6}   beside is")
    row("dockdj --help", *alternating(program([DOCKDJ, "--help"]), program([sys.executable, "-c", ""])), "bare Python")
    name = f"bench{uuid.uuid4().hex[:6]}"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / name
        subprocess.run([DOCKDJ, "new", str(root), "--defaults"], check=True, capture_output=True)
        try:
            of_project(root)
        finally:
            remove_images(name)


def of_project(root: Path) -> None:
    """What a project's daily commands cost, beside the bare tools."""
    ours = [DOCKDJ, "image", "build", "prod"]
    bare = ["docker", "buildx", "build", *CONTEXT_SWITCH, "--file", "docker/django/Dockerfile", "."]
    print(f"{'first build of the production images':<52} {seconds(program(ours, root)):>7.2f}s")
    again = alternating(program(ours, root), program([*bare, "--target", "prod"], root))
    row("image build prod, nothing changed", *again, "docker buildx build of one of the two images")
    print(f"{'release 1.0.0':<52} {seconds(program([DOCKDJ, 'release', '1.0.0'], root)):>7.2f}s")
    write(root, "app/apps/webroot/views.py", (root / "app/apps/webroot/views.py").read_text().replace("Hello", "Hi"))
    commit(root, "one line")
    print(
        f"{'release 1.1.0 after a one-line change':<52} {seconds(program([DOCKDJ, 'release', '1.1.0'], root)):>7.2f}s"
    )
    log = ["git", "-C", str(root), "log", "v1.0.0..v1.1.0"]
    row("diff 1.0.0 1.1.0", *alternating(program([DOCKDJ, "diff", "1.0.0", "1.1.0"], root), program(log)), "git log")
    row("show 1.0.0", *alternating(program([DOCKDJ, "show", "1.0.0"], root), program([*log[:3], "tag"])), "git tag")
    assert git(root, "tag").split() == ["v1.0.0", "v1.1.0"]


def row(what: str, ours: float, beside: float, name: str) -> None:
    print(f"{what:<52} {ours:>7.3f}s {beside:>7.3f}s {ours / beside:>6.1f}   {name}")


if __name__ == "__main__":
    main()
