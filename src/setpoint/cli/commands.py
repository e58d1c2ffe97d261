"""The table of commands. A command's module is imported when the command is used, so that ``--help`` is quick."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.main import get_command, get_group

from setpoint.cli.help import LanguageAnywhere, SpokenCommand, speak


class Listed(NamedTuple):
    """A command, and the module that has it under the command's name. Its help is the text ``command-NAME``."""

    name: str
    module: str


COMMANDS = (
    Listed("demo", "serve"),
    Listed("serve", "serve"),
    Listed("upload", "upload"),
    Listed("undo", "undo_retry"),
    Listed("retry", "undo_retry"),
    Listed("watch", "watch"),
    Listed("shifts", "shifts"),
    Listed("template", "template"),
    Listed("check", "check"),
    Listed("conform", "conform"),
    Listed("events", "events"),
    Listed("alarms", "events"),
    Listed("backup", "backup"),
    Listed("restore", "backup"),
    Listed("retention", "retention"),
    Listed("deliveries", "deliveries"),
    Listed("mcp", "mcp"),
    Listed("opcua", "opcua"),
    Listed("audit", "audit"),
    Listed("plant", "plant"),
    Listed("user", "user"),
    Listed("token", "token"),
)
_BY_NAME = {each.name: each for each in COMMANDS}


class CommandTable(LanguageAnywhere):
    """The group of `COMMANDS`. Its help shows the table and imports nothing."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._is_listing = False
        self.commands = {each.name: SpokenCommand(each.name) for each in COMMANDS}

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._is_listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._is_listing = False

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        listed = _BY_NAME.get(cmd_name)
        return super().get_command(ctx, cmd_name) if self._is_listing or listed is None else loaded(listed)


def loaded(listed: Listed) -> Any:
    """The command itself, from its module."""
    found = getattr(import_module(f"setpoint.cli.{listed.module}"), listed.name)
    if isinstance(found, typer.Typer):
        speak(found)
        command: Any = get_group(found)
    else:
        home = typer.Typer(add_completion=False)
        home.command(listed.name, cls=SpokenCommand)(found)
        command = get_command(home)
    command.name = listed.name
    return command
