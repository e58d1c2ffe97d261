"""Help and usage errors in the language of the command line: every word of them from the catalogue.

A command's help is the text ``command-NAME``. That of an option is ``option-COMMAND-NAME``, or ``option-NAME`` where
several commands have it. Without the option ``--help`` the catalogue is not read.
"""

from __future__ import annotations

from typing import Any

from typer import Typer
from typer.core import TyperCommand, TyperGroup

from setpoint.cli.language import language, t
from setpoint.texts import ENGLISH, has_text

ALL = "all"
"""Stands for the name of `setpoint` itself."""


class SpokenCommand(TyperCommand):
    """A command whose help comes from the catalogue."""

    def get_usage(self, ctx: Any) -> str:
        return _usage(super().get_usage(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _translate(self, ctx)
        super().format_help(ctx, formatter)


class SpokenGroup(TyperGroup):
    """A group of commands whose help, and that of its commands, comes from the catalogue."""

    def get_usage(self, ctx: Any) -> str:
        return _usage(super().get_usage(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _translate(self, ctx)
        for name, command in self.commands.items():
            command.help = t(f"command-{'-'.join([*_path(ctx), name])}")
        super().format_help(ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if language() != ENGLISH and self.get_command(ctx, args[0]) is None:
            ctx.fail(t("usage-no-command", name=args[0]))
        return super().resolve_command(ctx, args)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except Exception as error:
            raise _translated(error) from None

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            raise _translated(error) from None


class LanguageAnywhere(SpokenGroup):
    """Takes ``--lang`` before or after the name of a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        at = next((at for at, arg in enumerate(args[:end]) if arg.partition("=")[0] == "--lang"), None)
        if at:
            count = 1 if "=" in args[at] else 2
            args = [*args[at : at + count], *args[:at], *args[at + count :]]
        return super().parse_args(ctx, args)


def speak(group: Typer) -> None:
    """Gives a group and each of its commands help from the catalogue."""
    group.info.cls = SpokenGroup
    for command in group.registered_commands:
        command.cls = SpokenCommand


def option_text(path: list[str], option: str) -> str:
    """The code of an option's help: the one of its command, else of its group, else the one for all."""
    name = option.strip("_").replace("_", "-")
    codes = (f"option-{'-'.join([*path[:end], name])}" for end in range(len(path), 0, -1))
    return next((code for code in codes if has_text(code)), f"option-{name}")


def _path(ctx: Any) -> list[str]:
    """The names of the group and the command, without ``setpoint``."""
    return [] if ctx.parent is None else [*_path(ctx.parent), str(ctx.info_name)]


def _translate(command: Any, ctx: Any) -> None:
    path = _path(ctx)
    command.help = t(f"command-{'-'.join(path or [ALL])}")
    for param in command.get_params(ctx):
        param.help = t(option_text(path, param.name))
    _translate_frame()


def _translate_frame() -> None:
    from typer import rich_utils  # loading it takes half of a command's start

    rich_utils.OPTIONS_PANEL_TITLE = t("help-options")
    rich_utils.ARGUMENTS_PANEL_TITLE = t("help-arguments")
    rich_utils.COMMANDS_PANEL_TITLE = t("help-commands")
    rich_utils.ERRORS_PANEL_TITLE = t("help-error")
    rich_utils.DEFAULT_STRING = t("help-default", value="{}")
    rich_utils.ENVVAR_STRING = t("help-variable", name="{}")
    rich_utils.REQUIRED_LONG_STRING = t("help-required")
    rich_utils.RICH_HELP = t("help-try", command="{command_path} {help_option}")


def _usage(text: str) -> str:
    return text if language() == ENGLISH else text.replace("Usage:", t("help-usage"), 1)


def _translated(error: Exception) -> Exception:
    """The same usage error, in the language of the command line. In English it stays as the library wrote it."""
    if language() == ENGLISH or not hasattr(error, "format_message"):
        return error
    _translate_frame()
    words = _words(error)
    if words is not None:
        error.format_message = lambda: words
    return error


def _words(error: Any) -> str | None:
    param = getattr(error, "param", None)
    hint = param.get_error_hint() if param is not None else ""
    match type(error).__name__:
        case "NoSuchOption":
            near = ", ".join(sorted(error.possibilities or ()))
            return t("usage-no-option", name=error.option_name) + (
                t("usage-near", names=near) if near else ""
            )
        case "MissingParameter":
            return t("usage-missing", name=hint)
        case "BadParameter":
            return t("usage-bad-value", name=hint)
        case "BadOptionUsage":
            return t("usage-bad-option", name=error.option_name)
        case "UsageError" if error.message.startswith("Got unexpected"):
            return t("usage-too-many")
    return None
