"""The command `dockdj`: a group that loads a verb's file when it is used, and the one error boundary."""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from dockdj import __version__
from dockdj.cli.console import Console, describe
from dockdj.errors import DockdjError

# Verb -> (module, one line for the list). Kept here so that `--help` imports no verb.
VERBS: dict[str, tuple[str, str]] = {
    "new": ("new", "Write a new project from the recipe."),
    "image": ("image", "Build, renew or remove this project's images: image build ENV."),
    "start": ("start", "Start an environment on this machine."),
    "stop": ("stop", "Stop an environment on this machine."),
    "logs": ("logs", "Show the logs of an environment on this machine."),
    "env": ("env", "Compare variables with the environment contract."),
    "lock": ("lock", "Resolve dependencies into the lock files."),
    "shell": ("shell", "Open a shell in an environment on this machine."),
    "run": ("run", "Run a program in an environment: run ENV -- COMMAND."),
    "manage": ("manage", "Run a management command of Django: manage ENV -- ARGS."),
    "test": ("test", "Run the tests."),
    "check": ("check", "Check the code's quality."),
    "assets": ("assets", "Build the frontend."),
    "parity": ("parity", "Compare two environments: dev and prod."),
    "release": ("release", "Build, test and record a version from a commit."),
    "restack": ("restack", "Release an old application on another stack."),
    "publish": ("publish", "Push a release's images, record, branch and tag."),
    "dockerrun": ("dockerrun", "Make the file that the ECS platform reads."),
    "bundle": ("bundle", "Write the file that Elastic Beanstalk receives."),
    "create": ("create", "Create a target's application and environment."),
    "deploy": ("deploy", "Run a published release on a target."),
    "rollback": ("rollback", "Return a target to an earlier release."),
    "status": ("status", "Show what a target runs and how it feels."),
    "events": ("events", "Show a target's events."),
    "terminate": ("terminate", "End a target's environment."),
    "show": ("show", "Print a release record, byte for byte."),
    "export": ("export", "Print a release's bill of materials (CycloneDX)."),
    "verify": ("verify", "Recompute a release's digests in every place."),
    "diff": ("diff", "Compare two releases: application and stack."),
    "history": ("history", "List releases, and what ran where and when."),
    "cloud": ("cloud", "Run Elastic Beanstalk on this machine."),
}

HOISTED_FLAGS = {"--json", "--quiet", "--verbose"}


class LazyGroup(click.Group):
    """Imports `dockdj.cli.commands.VERB` only when that verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"dockdj.cli.commands.{VERBS[cmd_name][0]}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, hoisted(args))


def hoisted(args: Sequence[str]) -> list[str]:
    """Move the global options to the front, so that they work before and after the verb; stop at `--`."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in HOISTED_FLAGS or word.startswith("--project="):
            front.append(word)
        elif word == "--project":
            front += [word, *(value for value in [next(words, None)] if value is not None)]
        else:
            rest.append(word)
    return front + rest


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Global options work before and after the command. Example: dockdj diff 1.0.0 1.1.0 --json",
)
@click.option("--project", type=click.Path(path_type=Path, file_okay=False), help="The project's folder.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.option("--verbose", is_flag=True, help="Every line of the programs that run.")
@click.version_option(__version__, prog_name="dockdj")
@click.pass_context
def cli(ctx: click.Context, project: Path | None, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Take a Django app and its whole stack to production, and back, as one unit."""
    ctx.obj = Console(project=project, as_json=as_json, quiet=quiet, verbose=verbose)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; the only place where failures become text."""
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
        usage = error.ctx.get_usage() if error.ctx else ""
        path = error.ctx.command_path if error.ctx else "dockdj"
        console.failure(verb, "usage", error.format_message(), f"{usage}\ntry `{path} --help`".strip())
        return 2
    except (click.Abort, KeyboardInterrupt) as interrupt:
        # Who knows what state is left has noted it on the way up; click wraps the interrupt it met.
        notes = getattr(interrupt, "__notes__", None) or getattr(interrupt.__cause__, "__notes__", None)
        left = "; ".join(notes or ["what was done so far stays"])
        console.failure(verb, "interrupted", f"interrupted: {left}", "run the same command again: it goes on")
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
    """The verb in a command line: its first word that is neither an option nor the folder of --project."""
    words = iter(hoisted(args))
    for word in words:
        if word == "--project":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _log_bug(args: Sequence[str]) -> str:
    # For the worst case alone: together they take as long to load as the command line itself.
    import platform
    import tempfile
    import traceback

    handle, path = tempfile.mkstemp(prefix="dockdj-bug-", suffix=".log", text=True)
    with os.fdopen(handle, "w") as log:
        log.write(f"dockdj {__version__}, Python {platform.python_version()}, {platform.platform()}\n")
        # Options may carry what the log must not keep: the verb says enough.
        log.write(f"command: {args[0] if args else ''}\n\n")
        log.write(traceback.format_exc())
    return path


def run() -> None:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
