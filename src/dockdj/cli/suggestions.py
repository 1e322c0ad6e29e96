"""Suggest the nearest command or option for one that does not exist."""

from collections.abc import Iterable

import click


class UnknownCommand(click.UsageError):
    """A command that the group does not have; `nearest` is the most similar one, or empty."""

    def __init__(self, name: str, nearest: str, ctx: click.Context):
        super().__init__(f"unknown command `{name}`", ctx)
        self.nearest = nearest


class SuggestingGroup(click.Group):
    """A command group that answers an unknown command with UnknownCommand."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            raise UnknownCommand(name, nearest(name, self.list_commands(ctx)), ctx)
        return super().resolve_command(ctx, args)


def described(error: click.UsageError) -> tuple[str, str]:
    """Return the message and the hint for a wrong command line."""
    path = error.ctx.command_path if error.ctx else "dockdj"
    if isinstance(error, UnknownCommand):
        return error.message, _hint(f"{path} {error.nearest}" if error.nearest else "", "commands", path)
    if isinstance(error, click.NoSuchOption):
        suggestion = nearest(error.option_name, _options(error.ctx)) if error.ctx else ""
        return f"unknown option `{error.option_name}`", _hint(suggestion, "options", path)
    usage = error.ctx.get_usage() if error.ctx else ""
    return error.format_message(), f"{usage}\ntry `{path} --help`".strip()


def _hint(suggestion: str, kind: str, path: str) -> str:
    everything = f"all {kind}: `{path} --help`"
    return f"did you mean `{suggestion}`? ({everything})" if suggestion else everything


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the most similar known word, or an empty text if none is similar."""
    # Only a mistyped command line needs it, and loading it takes time.
    import difflib

    return next(iter(difflib.get_close_matches(word, sorted(known), n=1)), "")


def _options(ctx: click.Context) -> set[str]:
    """The documented options of a command, and the global ones, which every command takes."""
    contexts = (ctx, ctx.find_root())
    parameters = [parameter for context in contexts for parameter in context.command.get_params(context)]
    options = [one for one in parameters if isinstance(one, click.Option) and not one.hidden]
    return {name for option in options for name in (*option.opts, *option.secondary_opts)}
