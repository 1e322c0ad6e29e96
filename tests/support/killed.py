"""Run `dockdj` and let it die at a step boundary: `python -m tests.support.killed SIGNAL WHERE -- ARGUMENTS`.

The process signals itself when a step event is reported, before it is shown. WHERE is the event's number, counted
from 1, or a file: it has a line for each boundary at which a run died before, and this one dies at the first that is
new. The end of a step and the beginning of the next are one boundary. Exit status 99 means that the command ended
without reaching that number.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from dockdj.cli import main as command_line
from dockdj.cli.console import Console
from dockdj.events import Event, Finished, Started

NOT_REACHED = 99


def die_at_next(file: Path, root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> bool:
    """Run a command in a project and kill it at a boundary at which it did not die before.

    Return False when no boundary was left and the command succeeded.
    """
    argv = [sys.executable, "-m", "tests.support.killed", "SIGKILL", str(file), "--", "--project", str(root)]
    done = subprocess.run(
        [*argv, *arguments],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, -signal.SIGKILL), f"{arguments}: {done.stdout}\n{done.stderr}"
    return done.returncode != 0


def main() -> None:
    number = signal.Signals[sys.argv[1]]
    where = sys.argv[2]
    count = 0
    done = "nothing"
    report = Console.report

    def here() -> bool:
        if where.isdigit():
            return count == int(where)
        boundary = f"after: {done}\n"
        with Path(where).open("a+") as file:
            file.seek(0)
            if boundary in file.readlines():
                return False
            file.write(boundary)
        return True

    def dying(self: Console, event: Event) -> None:
        nonlocal count, done
        if isinstance(event, Started | Finished):
            count += 1
            done = event.step if isinstance(event, Finished) else done
            if here():
                os.kill(os.getpid(), number)
        report(self, event)

    Console.report = dying  # type: ignore[method-assign]
    status = command_line.main(sys.argv[sys.argv.index("--") + 1 :])
    sys.exit(NOT_REACHED if where.isdigit() and count < int(where) else status)


if __name__ == "__main__":
    main()
