"""Run `dockdj` and let it die at a step boundary: `python -m tests.support.killed SIGNAL NUMBER -- ARGUMENTS`.

The process signals itself when the step event of that NUMBER (counted from 1) is reported, before it is shown.
Exit status 99 means that the command ended without reaching that boundary.
"""

import os
import signal
import sys

from dockdj.cli import main as command_line
from dockdj.cli.render import Console
from dockdj.events import Event, Finished, Started

NOT_REACHED = 99


def main() -> None:
    name, number = sys.argv[1], int(sys.argv[2])
    seen = 0
    report = Console.report

    def dying(self: Console, event: Event) -> None:
        nonlocal seen
        if isinstance(event, Started | Finished):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.Signals[name])
        report(self, event)

    Console.report = dying  # type: ignore[method-assign]
    status = command_line.main(sys.argv[sys.argv.index("--") + 1 :])
    sys.exit(NOT_REACHED if seen < number else status)


if __name__ == "__main__":
    main()
