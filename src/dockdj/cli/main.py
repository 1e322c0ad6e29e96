"""The command `dockdj`: its global options, and the only place where failures become text and exit codes."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from dockdj import __version__
from dockdj.cli.console import Console, describe
from dockdj.cli.suggestions import described
from dockdj.cli.verbs import LazyGroup, hoisted
from dockdj.errors import DockdjError


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Global options work before and after the command. Example: dockdj diff 1.0.0 1.1.0 --json",
)
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Project folder [default: nearest with dockdj.toml].",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
@click.option("--quiet", is_flag=True, help="Show no progress; warnings and the result remain.")
@click.option("--verbose", is_flag=True, help="Show the full output of docker, git and other tools.")
@click.version_option(__version__, prog_name="dockdj")
@click.pass_context
def cli(ctx: click.Context, project: Path | None, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Take a Django app and its whole stack to production, and back, as one unit."""
    ctx.obj = Console(project=project, as_json=as_json, quiet=quiet, verbose=verbose)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    own = args[: args.index("--")] if "--" in args else args
    console = Console(as_json="--json" in own)
    verb = _verb(args)
    try:
        code = cli.main(args, prog_name="dockdj", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        console.failure(verb, "usage", *described(error))
        return 2
    except (click.Abort, KeyboardInterrupt) as interrupt:
        # Whatever knew the state that remains has added a note to the interrupt, which click wraps.
        notes = getattr(interrupt, "__notes__", None) or getattr(interrupt.__cause__, "__notes__", None)
        state = "; ".join(notes or ["what was done so far stays"])
        console.failure(verb, "interrupted", f"interrupted: {state}", "run the same command again to resume")
        return 130
    except DockdjError as error:
        console.failure(verb, *describe(error))
        return error.exit_code
    except click.ClickException as error:
        console.failure(verb, "usage", error.format_message(), "")
        return 2
    except Exception as error:
        log = _log_bug(args)
        console.failure(verb, "bug", f"a bug in dockdj: {error!r}", f"please report it with the file {log}")
        return 70


def _verb(args: Sequence[str]) -> str:
    """Return a command line's verb: its first word that is neither an option nor the folder of --project."""
    words = iter(hoisted(args))
    for word in words:
        if word == "--project":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _log_bug(args: Sequence[str]) -> str:
    # Only a bug needs these, and loading them takes as long as loading the command line.
    import platform
    import tempfile
    import traceback

    handle, path = tempfile.mkstemp(prefix="dockdj-bug-", suffix=".log", text=True)
    with os.fdopen(handle, "w") as log:
        log.write(f"dockdj {__version__}, Python {platform.python_version()}, {platform.platform()}\n")
        # Only the verb: options may carry values that the log must not keep.
        log.write(f"command: {args[0] if args else ''}\n\n")
        log.write(traceback.format_exc())
    return path


def run() -> None:
    """The console script.

    A supervisor's SIGTERM and a closed terminal's SIGHUP end a command as Ctrl-C does: what it made is removed. A
    signal that this process was started to ignore (nohup) stays ignored.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    sys.exit(main())


if __name__ == "__main__":
    run()
