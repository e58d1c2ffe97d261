"""The terminal shows texts of people and machines as they are. They are no markup and no control sequences."""

from __future__ import annotations

import json

import pytest
from rich.text import Text

from setpoint.cli.audit import _print_entries, _print_story
from setpoint.cli.console import out, print_json, table_of
from setpoint.cli.events import _print_events
from setpoint.cli.language import t
from setpoint.contract.http.batches import BatchStory, BatchSummary
from setpoint.contract.http.machines import Event, EventKind
from setpoint.core.plant import demo_plant

MARKUP = (
    "valve [/2]",
    "[/]",
    "[red]stop[/red]",
    "[link=https://elsewhere.example]here[/link]",
    ":warning: [b",
)
STEERING = (
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x9b31m",
    "a\rb",
    "a\bb",
    "\x7f",
    "\u202emoc.live",
    "\u2066a\u2069",
)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")


@pytest.mark.parametrize("text", MARKUP)
def test_brackets_and_colons_in_a_reason_are_shown_as_they_were_written(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = BatchSummary("t1", text, 0.0, {"applied": 1}, reason=text)
    _print_entries([summary], None)
    _print_story(BatchStory("t1", "done", [], text, reason=text), demo_plant())
    _print_events([Event(EventKind.ASSERTED, "m_401", 0.0, status="FAULT", cause=text)], demo_plant())
    assert capsys.readouterr().out.count(text) == 5


@pytest.mark.parametrize("text", STEERING)
def test_text_from_a_machine_does_not_control_the_terminal(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _print_events([Event(EventKind.ASSERTED, "m_401", 0.0, status=text, cause=text)], demo_plant())
    table = table_of("when")
    table.add_row(Text(text))
    out().print(text, Text(text), table)
    print(t("audit-from", file=text))
    print_json({"cause": text})
    output = capsys.readouterr().out
    assert all(letter.isprintable() or letter == "\n" for letter in output)
    assert json.loads(output.splitlines()[-1]) == {"cause": text}
