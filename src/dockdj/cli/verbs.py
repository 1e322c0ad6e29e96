"""The verbs of `dockdj`, by group, and the command group that imports a verb when it is used."""

import importlib
from collections.abc import Sequence

import click

from dockdj.cli.suggestions import SuggestingGroup

# Group -> verb -> its line in `dockdj --help`. Written here so that --help imports no verb.
# In a group the way back comes first: it is looked for in a hurry.
GROUPS: dict[str, dict[str, str]] = {
    "Develop": {
        "new": "Write a new project from the recipe.",
        "start": "Start an environment on this machine.",
        "stop": "Stop an environment on this machine.",
        "logs": "Show the logs of an environment on this machine.",
        "shell": "Open a shell in an environment's container.",
        "run": "Run a program in an environment: run ENV -- COMMAND.",
        "manage": "Run a Django management command: manage ENV -- ARGS.",
        "test": "Run the tests.",
        "check": "Check the code's quality.",
        "assets": "Build the frontend.",
        "image": "Build, update, destroy or publish an environment's images.",
        "env": "Check, list and compare environment variables.",
        "parity": "Compare two environments, by default dev and prod.",
        "lock": "Resolve dependencies into the lock files.",
        "pin": "Pin the project to the running dockdj.",
        "dockerrun": "Write Dockerrun.aws.json for the ECS platform.",
    },
    "Release": {
        "release": "Build, test and record a version from a commit.",
        "restack": "Release an existing application on another stack.",
        "publish": "Push a release's images, record, branch and tag.",
        "bundle": "Write the zip that Elastic Beanstalk receives.",
        "export": "Print a release's bill of materials (CycloneDX).",
    },
    "Deploy": {
        "rollback": "Return a target to an earlier release.",
        "deploy": "Run a published release on a target.",
        "create": "Create a target's application and environment.",
        "terminate": "Terminate a target's environment.",
    },
    "Look": {
        "status": "Show the release a target runs, and its health.",
        "diff": "Compare two releases: application and stack.",
        "history": "List releases, and what ran where and when.",
        "show": "Print a release record, byte for byte.",
        "verify": "Recompute a release's digests in every place.",
        "events": "Show a target's events.",
    },
    "Local cloud": {
        "cloud": "Run Elastic Beanstalk on this machine.",
    },
}
VERBS: dict[str, str] = {verb: line for verbs in GROUPS.values() for verb, line in verbs.items()}
HOISTED_FLAGS = {"--json", "--quiet", "--verbose"}


class LazyGroup(SuggestingGroup):
    """A group that imports `dockdj.cli.commands.VERB` only when that verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(f"dockdj.cli.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, VERBS))
        for title, verbs in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(verb.ljust(width), line) for verb, line in verbs.items()])

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
