"""What a project's daily commands cost, beside the bare tools."""

import sys

from benchmarks import project, table
from benchmarks.project import DOCKDJ, Measured, output
from benchmarks.timing import alternating, program, seconds
from tests.support.project import commit, git


def measure() -> None:
    table.seconds("`dockdj --help`", *_beside("bare Python", [DOCKDJ, "--help"], [sys.executable, "-c", ""]))
    with project.made() as made:
        development(made)
        made.dockdj("image", "build", "prod")
        released = seconds(lambda: made.dockdj("release", "1.0.0"))
        table.seconds(
            "`release 1.0.0`: build from the commit, every test again, inventory, smoke suite, record, tag", released
        )
        made.change_one_line(0)
        commit(made.root, "one line")
        released = seconds(lambda: made.dockdj("release", "1.1.0"))
        table.seconds("`release 1.1.0` after a change of one line", released)
        inside = [DOCKDJ, "--project", str(made.root)]
        log = ["git", "-C", str(made.root), "log", "v1.0.0..v1.1.0"]
        table.seconds("`diff 1.0.0 1.1.0`", *_beside("`git log`", [*inside, "diff", "1.0.0", "1.1.0"], log))
        table.seconds("`show 1.0.0`", *_beside("`git tag`", [*inside, "show", "1.0.0"], [*log[:3], "tag"]))
        assert git(made.root, "tag").split() == ["v1.0.0", "v1.1.0"]


def development(made: Measured) -> None:
    """From the second time on: what is built is there, and a database that was made."""
    try:
        made.dockdj("start", "dev", "--detach")
        made.dockdj("stop", "dev")
        again = seconds(lambda: made.dockdj("start", "dev", "--detach"))
        table.seconds("`start dev`, the second time, until healthy", again, goal="≤ 5 s")
    finally:
        made.dockdj("stop", "dev")
        output("docker", "volume", "rm", "--force", f"{made.name}-dev_postgres")


def _beside(name: str, ours: list[str], theirs: list[str]) -> tuple[float, str, float]:
    one, two = alternating(program(ours), program(theirs))
    return one, name, two
