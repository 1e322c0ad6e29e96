"""Print progress, results and failures, as lines or as one JSON document. Nothing else prints."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import click

from dockdj.errors import DockdjError, Refused
from dockdj.events import Event, Finished, Output, Started, Warned

LIVE_WIDTH = 100
# Without a terminal a step is announced only if it takes longer than this.
PATIENCE_SECONDS = 2.0


class Console:
    """The output of a command, as the global options ask for it."""

    def __init__(
        self, *, project: Path | None = None, as_json: bool = False, quiet: bool = False, verbose: bool = False
    ):
        self.project_option = project
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose
        self._live = sys.stderr.isatty() and not verbose and "NO_COLOR" not in os.environ
        self._since: dict[str, float] = {}
        self._wait: Timer | None = None

    @property
    def interactive(self) -> bool:
        """True if a person can be asked."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.as_json

    @property
    def terminal(self) -> bool:
        """True if a program can have the terminal: stdin and stdout both are one."""
        return sys.stdin.isatty() and sys.stdout.isatty()

    def report(self, event: Event) -> None:
        """Show progress on stderr: one line for each step, with its duration."""
        if isinstance(event, Warned):
            self._line(click.style("warning: ", fg="yellow") + event.message)
        elif self.quiet:
            return
        elif isinstance(event, Started):
            self._since[event.step] = time.monotonic()
            self._begin(event.step)
        elif isinstance(event, Output):
            if self.verbose:
                self._line(f"    {event.line}")
            elif event.line.strip():
                self._transient(f"    {event.line.strip()}")
        elif isinstance(event, Finished):
            self._end_wait()
            seconds = time.monotonic() - self._since.pop(event.step, time.monotonic())
            detail = f": {event.detail}" if event.detail else ""
            took = f"  ({seconds:.1f} s)" if seconds >= 1 else ""
            self._line(click.style("✓", fg="green") + f" {event.step}{detail}{click.style(took, dim=True)}")

    def result(self, command: str, data: Any, text: str | Callable[[], str] = "", *, refused: str = "") -> None:
        """Print the result once, on stdout: the JSON envelope, or `text` for people.

        `refused` is the reason why a command with a result exits with 1.
        """
        if self.as_json:
            errors = [{"code": Refused.code, "message": refused, "hint": ""}] if refused else []
            status = "failed" if refused else "ok"
            _print_json({"schema": 1, "command": command, "status": status, "data": data, "errors": errors})
            return
        shown = text() if callable(text) else text
        if shown:
            self._clear()
            _echo(shown)

    def failure(self, command: str, code: str, message: str, hint: str) -> None:
        """Print what went wrong, and what to type next."""
        self._clear()
        if self.as_json:
            error = {"code": code, "message": message, "hint": hint}
            _print_json({"schema": 1, "command": command, "status": "failed", "data": {}, "errors": [error]})
            return
        _echo(click.style("error: ", fg="red", bold=True) + message, err=True)
        if hint:
            _echo(click.style("hint: ", fg="cyan") + hint, err=True)

    def confirm(self, question: str, *, yes: bool) -> bool:
        """Ask a person. Without a terminal, or with --yes, the answer is yes."""
        if yes or not self.interactive:
            return True
        return click.confirm(question, err=True)

    def show(self, text: str) -> None:
        """Show a text on stderr before a question; without a terminal show nothing."""
        if text and self.interactive:
            self._line(text)

    def _line(self, text: str) -> None:
        self._clear()
        _echo(text, err=True)

    def _begin(self, step: str) -> None:
        """Show a step: on a terminal at once and in place, elsewhere only if it takes a while."""
        self._end_wait()
        self._transient(f"… {step}")
        if not self._live:
            self._wait = Timer(PATIENCE_SECONDS, _echo, [f"… {step}"], {"err": True})
            self._wait.daemon = True
            self._wait.start()

    def _end_wait(self) -> None:
        if self._wait:
            self._wait.cancel()
            self._wait = None

    def _transient(self, text: str) -> None:
        if self._live:
            self._clear()
            _echo(click.style(text[:LIVE_WIDTH], dim=True), err=True, nl=False)

    def _clear(self) -> None:
        self._end_wait()
        if self._live:
            _echo("\r\x1b[2K", err=True, nl=False)


def _echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write. If the reader is gone (`| head`), drop the output, so that the command still completes."""
    try:
        click.echo(text, err=err, nl=nl)
    except BrokenPipeError:
        stream = sys.stderr if err else sys.stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def describe(error: DockdjError) -> tuple[str, str, str]:
    """Return the code, message and hint of a failure."""
    return error.code, error.message, error.hint


def _print_json(document: Any) -> None:
    _echo(json.dumps(document, indent=2, ensure_ascii=False, sort_keys=False))
