"""The command line in German. Help, messages and column heads have no English sentence."""

from __future__ import annotations

import ast
import asyncio
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.databases import migrated_sqlite
from tests.unit.cli.test_upload import type_in
from tests.unit.client.small_server import PLANT, SmallServer
from tests.workbooks import raw
from typer.testing import CliRunner

from setpoint.cli import app
from setpoint.cli.commands import COMMANDS, loaded
from setpoint.cli.help import ALL, option_text
from setpoint.cli.language import choose, refused
from setpoint.cli.mcp import INSTRUCTIONS
from setpoint.core.plant import demo_plant
from setpoint.errors import ConfigError, StorageError, WorkbookError
from setpoint.texts import text
from setpoint.texts.catalogue import FOLDER, sources
from setpoint.workbook.process import ingest_file

CLI = FOLDER.parent / "cli"
OF_EDITORS = {"plant_schema.py", "schema_parts.py", "source_schema.py"}
"""The JSON Schema of the plant file has English descriptions for editors."""
OWN_WORDS = {"bold red", "bold white on red", "does not hold", "could not be seen", "no password yet"}
"""Styles, and words in ``--json``, which is the same in every language."""
OWN_WORDS |= {"Got unexpected", "Not applied", " on the command line"}
"""The start of a library's error and of a server's sentence, and words of the audit. No language translates them."""
ENGLISH_WORDS = {"the", "and", "of", "is", "are", "with", "no", "not", "when", "what", "which"}
"""Every English sentence has some of these words, and no German sentence has any."""


@pytest.fixture(autouse=True)
def _restores_the_language() -> Iterator[None]:
    yield
    choose(None)


def commands() -> Iterator[tuple[list[str], Any]]:
    """Returns each command with the words that call it."""
    yield [], typer.main.get_command(app)
    for listed in COMMANDS:
        command = loaded(listed)
        yield [listed.name], command
        for name, each in getattr(command, "commands", {}).items():
            yield [listed.name, name], each


def output_of(*arguments: str, language: str = "de", exit_code: int = 0) -> str:
    choose(None)
    result = CliRunner(env={"COLUMNS": "300", "TERM": "dumb"}).invoke(app, ["--lang", language, *arguments])
    assert result.exit_code == exit_code, result.output
    return result.output


def no_english(output: str) -> None:
    plain = re.sub(r"--[\w-]+|https?://\S+|/\S+|NOT-HALT", "", output)
    words = set(re.findall(r"[^\W\d_]+", plain.casefold()))
    assert words & ENGLISH_WORDS == set(), output


def both(*arguments: str) -> tuple[str, str]:
    english, german = output_of(*arguments, language="en"), output_of(*arguments)
    assert english != german
    no_english(german)
    return english, german


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=lambda path: " ".join(path) or ALL)
def test_the_help_of_every_command_is_in_german(path: list[str]) -> None:
    german = output_of(*path, "--help")
    assert text("-".join(["command", *(path or [ALL])]), language="de").partition("\n")[0] in german
    assert "Aufruf:" in german
    assert "Optionen" in german
    no_english(german)


def test_every_text_of_help_is_that_of_a_command_or_an_option() -> None:
    shown = {"option-help"}
    for path, command in commands():
        shown.add("-".join(["command", *(path or [ALL])]))
        shown |= {option_text(path, param.name) for param in command.params}
    existing = {code for code in sources("en") if code.startswith(("command-", "option-"))}
    assert shown == existing


def test_no_sentence_for_people_is_written_beside_the_catalogue() -> None:
    """Only docstrings and comments may have two English words in a row."""
    sentence = re.compile(r"[^\W\d_]{2,}[,;:.]? [^\W\d_]{2,}")
    found = []
    for file in sorted(CLI.glob("*.py")):
        if file.name in OF_EDITORS:
            continue
        tree = ast.parse(file.read_text("utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or id(node) in docs:
                continue
            if sentence.search(node.value) and node.value not in OWN_WORDS | {INSTRUCTIONS}:
                found.append(f"{file.name}:{node.lineno}: {node.value}")
    assert found == []


@pytest.mark.parametrize(
    ("arguments", "german"),
    [
        (["nothing-like-this"], "Diesen Befehl gibt es nicht: nothing-like-this"),
        (["events", "--limt", "3"], "Diese Option gibt es nicht: --limt. Ähnlich sind: --limit"),
        (["user", "add"], "'name' fehlt"),
        (["events", "--limit", "none"], "'--limit' nimmt diesen Wert nicht"),
        (["alarms", "more"], "Das sind zu viele Argumente"),
        (["events", "--limit"], "--limit ist nicht so benutzt, wie --help sagt"),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_wrong_usage_is_explained_in_german(arguments: list[str], german: str) -> None:
    output = output_of(*arguments, exit_code=2)
    assert german in output
    assert "Fehler" in output


def test_the_commands_for_accounts_and_tokens_answer_in_german(tmp_path: Path) -> None:
    options = ["--data-dir", str(tmp_path)]
    asyncio.run(migrated_sqlite(tmp_path / "setpoint.sqlite"))
    assert "Noch niemand." in output_of("user", "list", *options)
    assert "anna ist Bediener." in output_of("user", "add", "anna", *options)
    assert "noch kein Passwort" in output_of("user", "list", *options)
    assert "anna war Bediener und ist jetzt Ingenieur für 01." in output_of(
        "user", "grant", "anna", "--role", "engineer", "--line", "01", *options
    )
    assert "anna darf 25.000 Sollwerte auf einmal geben" in output_of("user", "limits", "anna", *options)
    assert "anna ist gesperrt." in output_of("user", "disable", "anna", *options)
    assert "Keine Tokens." in output_of("token", "list", *options)
    created = output_of("token", "create", "anna", "press", "--line", "01", *options)
    assert "Das wird nur einmal gezeigt:" in created
    listed = output_of("token", "list", *options)
    assert "zuletzt gesehen nie" in listed
    assert "ist widerrufen." in output_of("token", "revoke", listed.split()[0], *options)


def test_the_commands_for_backup_retention_and_audit_answer_in_german(tmp_path: Path) -> None:
    data = tmp_path / "data"
    options = ["--data-dir", str(data)]
    output_of("user", "add", "anna", *options)
    assert "Kopieren Sie sie auf einen anderen Rechner." in output_of(
        "backup", str(tmp_path / "a.backup"), *options
    )
    assert "Starten Sie den Server" in output_of("restore", "--replace", str(tmp_path / "a.backup"), *options)
    retention = output_of("retention", "--records", "400", *options)
    assert "Aufzeichnungen bleiben 400 Tage" in retention
    _, whole = both("audit", "verify", *options)
    assert "2 Einträge, vollständig." in whole
    with closing(sqlite3.connect(data / "setpoint.sqlite")) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 1")
    broken = output_of("audit", "verify", *options, exit_code=1)
    assert "er wurde geändert" in broken
    no_english(broken)
    report = json.loads(output_of("audit", "verify", "--json", *options, exit_code=1))
    assert report["broken"]["reason"] == "it was edited"


def test_a_plant_file_is_checked_in_german(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    file.write_bytes((CLI / "example_plant.toml").read_bytes())
    english, german = both("check", str(file))
    assert "No mistakes." in english
    assert "Keine Fehler." in german
    with pytest.raises(ConfigError) as refusal:
        CliRunner().invoke(
            app, ["--lang", "de", "check", str(tmp_path / "none.toml")], catch_exceptions=False
        )
    assert re.match(r"die Werksdatei .* kann nicht gelesen werden", refused(refusal.value))


WRONG_PLANT = """
colour = "red"
[fields.speed]
min = "low"
[[lines]]
id = "01"
machines = []
[[alarm]]
name = "hot"
field = "none"
above = 1
[shifts]
micro_stop = 1
"""


def test_mistakes_in_a_plant_file_are_explained_in_german(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(WRONG_PLANT, "utf-8")
    found = output_of("check", str(file), exit_code=2)
    assert "colour: ist kein Schlüssel, der hier bekannt ist. Bekannt sind " in found
    assert "fields.speed.min: ist 'low'. Geben Sie eine Zahl an." in found
    assert "führt keine Maschine auf." in found
    no_english(re.sub(r"entry \d", "", found))
    file.write_text("colour = red", "utf-8")
    assert "Zeile 1, die Datei: ist kein gültiges TOML" in output_of("check", str(file), exit_code=2)


def test_mistakes_in_the_settings_of_a_source_are_explained_in_german(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(
        '[sources.press]\nkind = "modbus"\nport = 0\n[[lines]]\nid = "01"\nmachines = [401]\n', "utf-8"
    )
    found = output_of("check", str(file), exit_code=2)
    assert "sources.press.port: ist 0. Geben Sie eine ganze Zahl von 1 bis 65535 an." in found
    no_english(found)


def test_failures_below_the_command_line_are_reported_in_german(tmp_path: Path) -> None:
    (tmp_path / "setpoint.sqlite").write_text("this is no database")
    arguments = ["--lang", "de", "audit", "verify", "--data-dir", str(tmp_path)]
    with pytest.raises(StorageError) as failure:
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    message = refused(failure.value)
    assert "ist keine unserer Datenbanken" in message
    no_english(message)


FACTOR = {"value": 0.912, "formula": "a / b"}
NOT_KNOWN = {"value": None, "formula": "a", "why": {"code": "good-missing", "machines": ["m_401"], "more": 1}}
OEE = {
    **dict.fromkeys(("oee", "availability", "performance", "quality"), FACTOR), "quality": NOT_KNOWN,
    "plannedBusyS": 28_800, "productionS": 27_000, "idealS": 26_000, "total": 1200, "good": 1190, "seconds": {},
}  # fmt: skip
SHIFT = {"name": "A", "date": "2026-03-02", "since": 1772431200.0, "until": 1772460000.0}
STOP = {
    "machine": "m_401", "line": "01", "since": 1772431200.0, "until": 1772431500.0, "status": "FAULT", "cause": None,
    "reason": "motor", "by": "the machine", "text": "", "stopSince": 1772431200.0, "stopUntil": 1772431500.0,
}  # fmt: skip
LOST = {
    "name": "Micro-stops",
    "state": "unplanned-down",
    "seconds": 60.0,
    "stops": 3,
    "machines": {"m_401": 60.0},
}
LOSSES = [
    LOST | {"kind": "micro-stops", "reason": None},
    LOST | {"kind": "reason", "reason": "gone", "name": ""},
]
BATCH = {"txId": "5f0c", "person": "anna", "at": 1772431200.0, "counts": {"applied": 2, "failed": 1}}
RESULT = {"machine": "m_401", "field": "targetSpeed", "outcome": "applied", "value": 1200.5, "asked": 1200.5}
VOIDED = {
    "machine": "m_402", "field": "targetSpeed", "outcome": "cancelled", "value": 1, "message": "Voided by the stop",
    "by": {"kind": "safety", "name": "EMERGENCY_STOP"},
}  # fmt: skip
REFUSED = {
    "machine": "m_403", "field": "targetSpeed", "outcome": "failed", "value": 1,
    "message": "the controller refuses while FAULT holds",
    "said": {"code": "words-controller-refuses-while", "args": {"status": "FAULT"}},
}  # fmt: skip
ALARM = {
    "machine": "m_401", "line": "01", "name": "hot", "label": "Lager", "priority": "high", "state": "shelved",
    "isActive": True, "since": 1772431200.0, "raisedAt": None, "field": None, "value": None, "unit": "",
    "consequence": "", "response": "Schmieren", "acknowledged": None, "shelf": {"by": "anna", "at": 1.0},
    "out": None, "isKnown": True,
}  # fmt: skip
EVENTS = [
    {"kind": "asserted", "machine": "m_401", "line": "01", "at": 1772431200.0, "status": "FAULT"},
    {
        "kind": "alarm",
        "machine": "m_401",
        "line": "01",
        "at": 1772431200.0,
        "alarm": "hot",
        "change": "raised",
    },
    {
        "kind": "late_landing",
        "machine": "m_401",
        "line": "01",
        "at": 1772431200.0,
        "field": "speed",
        "value": 1200,
    },
    {
        "kind": "offline",
        "machine": "m_402",
        "line": "01",
        "at": 1772431200.0,
        "message": "10.0.0.7:502 closed the connection",
        "said": {"code": "words-closed-connection", "args": {"address": "10.0.0.7:502"}},
    },
]
ANSWERS: dict[str, object] = {
    "/api/plant": PLANT,
    "/api/events": {"items": EVENTS},
    "/api/alarms": {
        "defined": 1,
        "alarms": [ALARM],
        "figures": {"raised": 12, "isFlood": True, "worst": [], "chattering": [], "standing": 1},
    },
    "/api/shifts": {"shifts": [SHIFT], "reasons": []},
    f"/api/shifts/{SHIFT['since']}": {
        "shift": SHIFT, "until": 1772440000.0, "plant": OEE, "lines": [], "machines": [], "losses": LOSSES,
        "stops": [STOP], "cut": 0, "notes": [{"line": "01", "text": "Schicht", "person": "anna", "at": 1.0}],
        "changes": [
            {"person": "anna", "batches": 1, "targets": 3, "outcomes": {"applied": 3}, "lastAt": 1.0, "reasons": []}
        ],
    },
    "/api/batches": {"items": [BATCH]},
    "/api/batches/5f0c": {**BATCH, "status": "done", "results": [RESULT, VOIDED, REFUSED]},
    "/api/security": {
        "items": [{"seq": 1, "at": 1772431200.0, "event": "signed-in", "person": "anna", "address": "::1", "facts": {}}]
    },
    "/api/plant/reload": {"added": ["m_403"], "removed": [], "moved": [], "fields": [], "lines": []},
}  # fmt: skip


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        found = ANSWERS.get(path)
        if "shift=" in query:
            found = {"items": EVENTS[:1]}
        if "kind=" in query:
            found = {"items": [each for each in EVENTS if each["kind"] != "alarm"]}
        body = json.dumps({} if found is None else found).encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  # the base class's word

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("arguments", "german"),
    [
        (
            ["events"],
            [
                "Wann",
                "Quittiert von",
                "Stopp ausgelöst",
                "STÖRUNG",
                "Alarm ausgelöst",
                "verspätet",
                "hat die Verbindung geschlossen",
            ],
        ),
        (["alarms"], ["Was zu tun ist", "hoch", "zurückgestellt von anna", "Das ist eine Flut."]),
        (["shifts"], ["Schicht A", "Verfügbarkeit", "91,2%", "Grund", "Notiz von anna", "3 Sollwerte"]),
        (
            ["shifts"],
            ["nicht bekannt: die guten Teile von m:401 und 1 weiteren", "Kurzstillstände", "die Maschine"],
        ),
        (["shifts", "--shift", "1772431200"], ["gone (nicht mehr in der Werksdatei)"]),
        (["shifts", "--list"], ["Schicht", "Von", "Bis"]),
        (["audit"], ["Auftrag mit 3 Sollwerte", "2 übernommen, 1 fehlgeschlagen", "Woraus"]),
        (
            ["audit", "--batch", "5f0c"],
            ["Verlangt", "1.200,5 rpm", "Verworfen durch NOT-HALT", "die Steuerung lehnt ab, solange"],
        ),
        (["audit", "--security"], ["Woher", "angemeldet"]),
        (["plant", "reload"], ["m:403"]),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_messages_of_a_server_are_shown_in_german(url: str, arguments: list[str], german: list[str]) -> None:
    _, output = both(*arguments, "--url", url)
    for each in german:
        assert each.casefold() in output.casefold(), output


def test_events_of_one_shift_are_listed_by_the_start_of_the_shift(url: str) -> None:
    _, output = both("events", "--shift", f"{SHIFT['since']:.0f}", "--url", url)
    assert "Stopp ausgelöst" in output
    assert "Alarm ausgelöst" not in output


async def test_machines_are_watched_in_german() -> None:
    async with SmallServer() as server:
        server.machines["m_401"].update(status="FAULT", since=1772431200.0)
        server.machines["m_402"].update(quality="OFFLINE", seen=1772431200.0)
        result = await type_in(
            "--lang", "de", "watch", "line:01", "--once", "--url", server.url, application=app
        )
    assert result.exit_code == 0, result.output
    for each in ("Verbunden", "Maschine", "Zustand", "Bemerkung", "STÖRUNG seit", "Offline, zuletzt gehört"):
        assert each in result.output, result.output


@pytest.mark.rule("XL-9")
def test_a_file_without_the_columns_is_refused_in_german_with_what_is_missing_and_where() -> None:
    choose("de")
    with pytest.raises(WorkbookError) as refusal:
        ingest_file(b"Machine;Speed\nm:401;1\n", demo_plant(), "")
    assert refused(refusal.value) == (
        "Diese Datei ist keine Liste von Sollwerten: Es fehlen „Machine ID“ und „Target Speed“; auf dem Blatt „csv“ "
        "steht in Zeile 1 „Machine“ und „Speed“. Holen Sie die Vorlage."
    )


@pytest.mark.rule("XL-9")
def test_a_damaged_file_is_refused_in_german_with_the_cell() -> None:
    choose("de")
    with pytest.raises(WorkbookError) as refusal:
        ingest_file(raw.xlsx(raw.HEADER_ROW + raw.row(2, "m:401", "150,5")), demo_plant(), "")
    assert refused(refusal.value) == (
        "Die Datei ist beschädigt: Die Zelle B2 des Blatts „Targets“ ist nicht lesbar. Öffnen Sie die Datei in einem "
        "Tabellenprogramm, speichern Sie sie neu, und senden Sie diese."
    )
