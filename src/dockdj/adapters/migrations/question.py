"""The command that asks an image for its migrations, and the answer in its output."""

from collections.abc import Sequence
from pathlib import Path

from dockdj.errors import ProjectError

PROGRAM = Path(__file__).with_name("program.py")
# As the program has it.
MARK = b"dockdj-migrations:"


def command(manage: Sequence[str]) -> list[str]:
    """The words that run the program with a project's manage command, which knows the settings.

    `shell -c` of Django older than 3.0 runs code inside a function, so the code gets a module's namespace.
    """
    source = PROGRAM.read_text(encoding="utf-8")
    code = f"exec(compile({source!r}, 'dockdj', 'exec', dont_inherit=True), {{'__name__': '__main__'}})"
    return [*manage, "shell", "-c", code]


def answer(output: bytes) -> bytes:
    """The program's answer. Raises ProjectError for output without it."""
    for line in reversed(output.splitlines()):
        if line.startswith(MARK):
            return line.removeprefix(MARK)
    raise ProjectError("`manage.py shell` printed no list of migrations")
