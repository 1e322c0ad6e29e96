"""Run `dockdj` and write the files of the package that it enters: `PYTHON profiler.py FILE ARGUMENTS...`.

FILE receives a JSON object: each file and its number of lines, in the order of the first calls. A file counts when one
of its functions is called, in any thread. The import of its module does not count. This program needs only `dockdj` and
the standard library, so that any checkout's interpreter can run it.
"""

import json
import sys
import threading
from inspect import CO_NEWLOCALS
from pathlib import Path
from types import FrameType

import dockdj
from dockdj.cli.main import main

PACKAGE = str(Path(dockdj.__file__).parent) + "/"


def run(file: Path, arguments: list[str]) -> int:
    """Run the command line and return its exit status."""
    entered: dict[str, None] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        # An import runs bodies of modules and classes, which have no new locals, and their comprehensions.
        is_function = code.co_flags & CO_NEWLOCALS and not code.co_name.endswith(("comp>", "expr>"))
        if event == "call" and is_function and code.co_filename.startswith(PACKAGE):
            entered.setdefault(code.co_filename.removeprefix(PACKAGE))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        return main(arguments)
    finally:
        sys.setprofile(None)
        file.write_text(json.dumps({name: Path(PACKAGE, name).read_text().count("\n") for name in entered}))


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
