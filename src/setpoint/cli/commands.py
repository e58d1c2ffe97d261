"""The table of commands. A command's module is imported when the command is used, so that ``--help`` is quick."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand
from typer.main import get_command, get_group

from setpoint.cli.language import LanguageAnywhere


class Listed(NamedTuple):
    """What ``setpoint --help`` shows of a command, and the module that has it under the command's name."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Listed("demo", "serve", "Run a simulated plant and the board, without sign-in, on this computer only."),
    Listed("serve", "serve", "Run your plant, with sign-in."),
    Listed(
        "upload",
        "upload",
        "Show what a workbook of targets would change, send it, and follow every row to its outcome.",
    ),
    Listed(
        "undo",
        "undo_retry",
        "Restore the values before a batch, except for fields that others changed since.",
    ),
    Listed("retry", "undo_retry", "Send the targets of a batch again that did not take effect."),
    Listed(
        "watch",
        "watch",
        "Show a topic live: every machine's actual values and set-points, and which are stale, pending or critical.",
    ),
    Listed(
        "shifts",
        "shifts",
        "Show a shift's report, of the newest shift by default: OEE and why, losses, stops, changes, notes.",
    ),
    Listed(
        "template",
        "template",
        "Write a workbook with current set-points, ranges and choices; fill in targets and upload it.",
    ),
    Listed(
        "check",
        "check",
        "Check a plant file: lines, machines, fields, sources. Exits with 2 if it cannot be used.",
    ),
    Listed(
        "conform",
        "conform",
        "Check a server's /live and /api/batches against the rules of conformance/SPEC.md.",
    ),
    Listed("events", "events", "List what happened, newest first: stops, contact, alarms, targets, changes."),
    Listed("alarms", "events", "List the alarms that are not normal, by priority, and how many there were."),
    Listed(
        "backup",
        "backup",
        "Write a backup while the server runs: the database, and the plant file beside it.",
    ),
    Listed(
        "restore",
        "backup",
        "Restore a backup. Stop the server first. An existing database is moved aside.",
    ),
    Listed(
        "retention",
        "retention",
        "Show or set how long records are kept. Older ones are removed at once, and by the server once a day.",
    ),
    Listed(
        "deliveries",
        "deliveries",
        "List messages to other systems and people, newest first. For administrators of the whole plant.",
    ),
    Listed(
        "mcp",
        "mcp",
        "Serve the plant to an assistant (MCP): it reads, and proposes targets that a person confirms.",
    ),
    Listed("opcua", "opcua", "Connect machines over OPC UA."),
    Listed("audit", "audit", "Show who changed what, when and why; check that the audit is complete."),
    Listed("plant", "plant", "The plant of a server that runs, and the plant file."),
    Listed("user", "user", "Accounts: add, list, grant, disable, enable, link."),
    Listed("token", "token", "Tokens of programs: create, list, revoke."),
)
_BY_NAME = {each.name: each for each in COMMANDS}


class CommandTable(LanguageAnywhere):
    """The group of `COMMANDS`. Its help shows the table and imports nothing."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._is_listing = False
        self.commands = {each.name: TyperCommand(each.name, help=each.summary) for each in COMMANDS}

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
        command: Any = get_group(found)
    else:
        home = typer.Typer(add_completion=False)
        home.command(listed.name)(found)
        command = get_command(home)
    command.name = listed.name
    return command
