"""``upload`` and ``watch`` as a person types them, with a small server."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
import typer
from rich.console import Console
from tests.unit.client.small_server import SmallServer
from typer.testing import CliRunner, Result

from setpoint.cli import app as setpoint
from setpoint.cli import commit, source_workbook
from setpoint.cli.commit import UploadOptions
from setpoint.cli.follow import group_words
from setpoint.cli.language import choose
from setpoint.cli.preview import percent_text
from setpoint.cli.source_workbook import SourceWorkbook
from setpoint.cli.upload import _upload, upload
from setpoint.cli.watch import screen, watch
from setpoint.client import Client
from setpoint.errors import ConfigError, LinkError, WorkbookError
from setpoint.testing.patience import patient
from setpoint.workbook.process import Cancelled

app = typer.Typer()
app.command()(upload)
app.command()(watch)


@pytest.fixture
async def server() -> AsyncIterator[SmallServer]:
    async with SmallServer() as server:
        yield server


async def type_in(
    *words: str | Path,
    input: str | None = None,  # noqa: A002  # typer's own word
    application: typer.Typer = app,
    **variables: str,
) -> Result:
    arguments = [str(word) for word in words]
    choose(None)  # the language of the previous test must not stay
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb", **variables})
    return await asyncio.to_thread(lambda: runner.invoke(application, arguments, input=input))


def workbook(path: Path, *rows: tuple[str | float | None, str | float | None]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("Machine ID", "Target Speed"))
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return workbook(tmp_path / "targets.xlsx", ("m:401", 100), ("m:402", 150))


async def test_every_row_is_followed_to_its_outcome(server: SmallServer, file: Path) -> None:
    result = await type_in("upload", file, "--yes", "--url", server.url, "--reason", "trial run")
    assert result.exit_code == 0, result.output
    assert "1 will change · 1 unchanged, not sent" in result.output
    assert "m:402    targetSpeed 150 rpm  ✓ applied" in result.output
    assert "1 applied. Batch " in result.output
    (post,) = server.posts
    assert post["reason"] == "trial run"
    assert post["source"]["filename"] == "targets.xlsx"
    assert post["source"]["rows"] == 2


@pytest.mark.rule("XL-6")
async def test_a_csv_is_read_in_the_encoding_that_a_person_names(server: SmallServer, tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_bytes("Machine ID;Target Speed;Смена\r\nm:402;150;ночь\r\n".encode("cp1251"))
    found = await type_in("upload", file, "--dry-run", "--url", server.url)
    assert "The encoding of the file is not known" in found.output
    assert "Смена" not in found.output
    named = await type_in("upload", file, "--yes", "--encoding", "windows-1251", "--url", server.url)
    assert "The encoding of the file is not known" not in named.output
    assert "Смена" in named.output
    (post,) = server.posts
    assert post["source"]["encoding"] == "windows-1251"


async def test_a_dry_run_shows_what_would_change_and_sends_nothing(server: SmallServer, file: Path) -> None:
    result = await type_in("upload", file, "--dry-run", "--url", server.url)
    assert result.exit_code == 0
    line = next(line for line in result.output.splitlines() if "m:402" in line)
    assert line.split() == ["3", "m:402", "targetSpeed", "100", "rpm", "150", "rpm", "+50", "(+50%)"]
    assert server.posts == []


@pytest.mark.parametrize(
    ("percent", "text"),
    [
        (47.2, "+47%"),
        (-3.44, "-3.4%"),
        (-99.97, "-99.9%"),
        (-100, "-100%"),
        (0.01, "+0.01%"),
        (1_250, "+1,250%"),
    ],
)
def test_only_a_change_to_zero_is_a_hundred_percent_less_and_no_change_is_rounded_to_none(
    percent: float, text: str
) -> None:
    assert percent_text(percent) == text


@pytest.mark.rule("TX-4")
async def test_targets_that_machines_have_already_are_not_sent(server: SmallServer, tmp_path: Path) -> None:
    file = workbook(tmp_path / "same.xlsx", ("m:401", 100), ("m:402", 100))
    result = await type_in("upload", file, "--yes", "--url", server.url)
    assert result.exit_code == 0, result.output
    assert "0 will change · 2 unchanged, not sent" in result.output
    assert server.posts == []
    server.machines["m_402"]["targetSpeed"] = 90
    assert (await type_in("upload", file, "--yes", "--json", "--url", server.url)).exit_code == 0
    assert [post["updates"] for post in server.posts] == [{"m_402": {"targetSpeed": 100}}]


@pytest.mark.rule("PRE-3")
async def test_targets_that_a_stopped_machine_has_already_are_not_sent_either(
    server: SmallServer, tmp_path: Path
) -> None:
    server.machines["m_402"] |= {"status": "EMERGENCY_STOP", "since": 1704204131.0}
    file = workbook(tmp_path / "stopped.xlsx", ("m:402", 100))
    result = await type_in("upload", file, "--yes", "--url", server.url)
    assert "1 unchanged, not sent" in result.output
    assert server.posts == []


@pytest.mark.rule("PRE-1")
async def test_the_revs_that_were_shown_are_sent_and_0_where_a_field_was_never_changed(
    server: SmallServer, file: Path
) -> None:
    await type_in("upload", file, "--yes", "--url", server.url)
    assert server.posts[0]["base"] == {"m_402": {"targetSpeed": 0}}


@pytest.mark.rule("PRE-4")
async def test_a_batch_that_nobody_confirms_counts_as_open_and_not_as_not_applied(
    server: SmallServer, file: Path
) -> None:
    server.next_post = "keep silent"
    async with Client(server.url) as client:
        await client.subscribe("line:01")
        batch = await client.commit({"m_402": {"targetSpeed": 150}})
        assert group_words(batch.groups) == "1 open, 0 applied"


async def interrupt_upload(server: SmallServer, file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Interrupts an upload with ^C while its batch is under way. Returns its output once it has ended with 1."""
    options = UploadOptions(is_sure=True, is_dry_run=False, is_json=False, fixes=[], left_out=[], reason=None)
    running = asyncio.create_task(_upload(SourceWorkbook.read(file, None), options, Client(server.url)))
    async with asyncio.timeout(patient(10)):
        while not server.posts:  # the small server has a list and no event  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        running.cancel()
        assert await running is False
    return capsys.readouterr().err


@pytest.mark.rule("CMD-7")
async def test_an_interrupt_withdraws_what_has_not_left_and_says_what_had(
    server: SmallServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = workbook(tmp_path / "two.xlsx", ("m:401", 150), ("m:402", 150))
    server.next_post, server.has_left = "keep silent", frozenset({"m_401"})
    output = await interrupt_upload(server, file, capsys)
    (tx_id,) = server.withdrawn
    assert "Withdrawn: 1 target that had not left. 1 had been handed over" in output
    assert f"setpoint undo {tx_id}" in output


@pytest.mark.rule("CMD-7")
async def test_an_interrupt_before_the_batch_has_arrived_withdraws_it_and_stops_sending_it(
    server: SmallServer, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.next_post = "not come"
    output = await interrupt_upload(server, file, capsys)
    assert "Withdrawn before it reached the server: nothing was sent." in output
    assert len(server.posts) == len(server.withdrawn) == 1


async def test_an_interrupt_while_the_workbook_is_written_back_leaves_no_half_of_it(
    server: SmallServer, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    back = folder / "back.xlsx"
    back.write_bytes(b"of yesterday")
    begun, ended = threading.Event(), threading.Event()

    def annotate(*_: object, is_cancelled: Callable[[], bool], **__: object) -> bytes:
        begun.set()
        while not is_cancelled():
            time.sleep(0.005)
        ended.set()
        raise Cancelled

    monkeypatch.setattr(source_workbook, "annotate_file", annotate)
    options = UploadOptions(is_sure=True, is_dry_run=False, is_json=True, fixes=[], left_out=[], reason=None)
    running = asyncio.create_task(_upload(SourceWorkbook.read(file, back), options, Client(server.url)))
    await asyncio.to_thread(begun.wait, 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await asyncio.to_thread(ended.wait, 10), "the reader gets the cancellation and ends"
    assert [each.name for each in folder.iterdir()] == ["back.xlsx"]
    assert back.read_bytes() == b"of yesterday"


def test_a_write_that_fails_half_way_leaves_the_former_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = tmp_path / "back.xlsx"
    back.write_bytes(b"of yesterday")
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        write(self, data[:2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ConfigError, match="No space left"):
        source_workbook._save(back, b"whole")
    assert [each.name for each in tmp_path.iterdir()] == ["back.xlsx"]
    assert back.read_bytes() == b"of yesterday"


@pytest.mark.rule("SAFE-3")
async def test_a_stop_is_shown_in_the_preview_and_at_the_end(server: SmallServer, file: Path) -> None:
    server.machines["m_402"] |= {"status": "EMERGENCY_STOP", "since": 1704204131.0}
    server.next_post = "block"
    result = await type_in("upload", file, "--yes", "--url", server.url)
    assert result.exit_code == 1
    assert "1 blocked" in result.output
    assert "■ blocked by EMERGENCY STOP since 14:02:11" in result.output


async def test_rows_with_errors_are_shown_first_and_the_others_are_sent(
    server: SmallServer, tmp_path: Path
) -> None:
    file = workbook(tmp_path / "mixed.xlsx", ("m:402", 150), ("m:999", 100), ("m:401", 99_999))
    result = await type_in("upload", file, "--yes", "--url", server.url)
    assert result.exit_code == 1
    lines = [line.split()[0] for line in result.output.splitlines() if line.startswith(" ")]
    assert lines == ["3", "4", "2"]
    assert "1 will change · 2 with errors" in result.output
    assert list(server.posts[0]["updates"]) == ["m_402"]


async def test_json_has_the_parsed_batch_and_the_servers_answer(server: SmallServer, file: Path) -> None:
    result = await type_in("upload", file, "--yes", "--json", "--url", server.url)
    printed = json.loads(result.stdout)
    assert printed["parsed"]["validRows"] == {"m_401": {"targetSpeed": 100}, "m_402": {"targetSpeed": 150}}
    assert printed["parsed"]["txId"] == printed["batch"]["txId"]
    assert [item["machine"] for item in printed["batch"]["results"]] == ["m_402"]
    dry = await type_in("upload", file, "--dry-run", "--json", "--url", server.url)
    assert json.loads(dry.stdout)["batch"] is None


async def test_a_batch_that_the_server_refuses_is_reported_once(server: SmallServer, file: Path) -> None:
    server.next_post = "refuse"
    result = await type_in("upload", file, "--yes", "--url", server.url)
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert result.output.count("a reason is needed") == 1


async def test_the_workbook_comes_back_with_the_outcome_of_each_row(
    server: SmallServer, file: Path, tmp_path: Path
) -> None:
    back = tmp_path / "back.xlsx"
    result = await type_in("upload", file, "--yes", "--url", server.url, "--result", back)
    assert result.exit_code == 0, result.output
    sheet = openpyxl.load_workbook(back).worksheets[0]
    rows = [[cell.value for cell in row[:3]] for row in sheet.iter_rows()]
    assert rows == [
        ["Machine ID", "Target Speed", "Status"],
        ["m:401", 100, "not sent"],
        ["m:402", 150, "applied"],
    ]


@pytest.mark.parametrize(("answer", "posts"), [("y\n", 1), ("n\n", 0), ("", 0)])
async def test_a_person_is_asked_first(
    server: SmallServer, file: Path, monkeypatch: pytest.MonkeyPatch, answer: str, posts: int
) -> None:
    monkeypatch.setattr(commit, "has_terminal", lambda: True)
    result = await type_in("upload", file, "--url", server.url, input=answer)
    assert "Send 1 target to 1 machine?" in result.output
    assert result.exit_code == 0
    assert len(server.posts) == posts


async def test_nothing_is_sent_if_the_person_cannot_be_asked(server: SmallServer, file: Path) -> None:
    result = await type_in("upload", file, "--url", server.url)
    assert isinstance(result.exception, ConfigError)
    assert "--yes" in str(result.exception)
    assert server.posts == []


async def test_a_file_that_is_not_a_workbook_and_a_missing_file_are_reported(
    server: SmallServer, tmp_path: Path
) -> None:
    nonsense = tmp_path / "nonsense.xlsx"
    nonsense.write_bytes(b"PK\x03\x04 and then nothing")
    assert isinstance(
        (await type_in("upload", nonsense, "--yes", "--url", server.url)).exception, WorkbookError
    )
    missing = await type_in("upload", tmp_path / "gone.xlsx", "--yes", "--url", server.url)
    assert "cannot be read (No such file or directory)" in str(missing.exception)


async def test_no_server_is_a_link_error(file: Path) -> None:
    result = await type_in("upload", file, "--yes", "--url", "http://127.0.0.1:9")
    assert isinstance(result.exception, LinkError)


async def test_watch_shows_every_machine_of_the_topic(server: SmallServer) -> None:
    server.machines["m_401"] |= {"status": "FAULT", "since": 1704204131.0}
    server.machines["m_402"] |= {"quality": "STALE", "seen": 1704204131.0}
    result = await type_in("watch", "line:01", "--once", "--url", server.url)
    assert result.exit_code == 0, result.output
    assert "● Connected Small plant · line:01" in result.output
    assert "■ FAULT since 14:02:11" in result.output
    assert "◌ Stale, last contact 14:02:11" in result.output


async def test_watch_cuts_nothing_in_a_narrow_terminal(server: SmallServer) -> None:
    stop = {
        "status": "EMERGENCY_STOP",
        "since": 1704204131.0,
        "sinceSeen": True,
        "sinceEarlier": 1704204000.0,
    }
    server.machines["m_401"] |= stop
    async with Client(server.url) as client:
        await client.subscribe("line:01")
        for width in (40, 60, 200):
            console = Console(width=width, record=True, file=StringIO())
            console.print(screen(client, ["m_401", "m_402"], "line:01"))
            text = console.export_text()
            assert "m:401" in text
            assert "■ EMERGENCY STOP" in text
            assert "…" not in text
            assert ("window." in text) == (width == 40)
            status = "EMERGENCY STOP since 14:02:11 or earlier (already at 14:00:00)"
            assert f"■ {status}" in text if width == 200 else f"■ m:401 {status}" in " ".join(text.split())


async def test_watch_as_json_is_one_object_a_line(server: SmallServer) -> None:
    result = await type_in("watch", "line:01", "--once", "--json", "--url", server.url)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["machine"] for each in lines] == ["m_401", "m_402"]
    assert lines[0]["targetSpeed"] == 100


@pytest.mark.rule("TIER-4")
async def test_watch_shows_a_pending_target_beside_the_machines_value(server: SmallServer) -> None:
    async with Client(server.url) as client:
        await client.subscribe("line:01")
        batch, _ = client.begin({"m_402": {"targetSpeed": 150}})
        console = Console(width=200, record=True, file=StringIO())
        console.print(screen(client, ["m_402"], "line:01"))
        assert "◆ 150 (is 100)" in console.export_text()
        await batch.done()


async def test_the_preview_and_the_outcomes_are_in_the_language_of_the_terminal(
    server: SmallServer, tmp_path: Path
) -> None:
    rows = (("m:401", 100), ("m:402", 150), ("m:411", "120 %"), ("m:412", "1.200"))
    file = workbook(tmp_path / "targets.xlsx", *rows)
    result = await type_in("upload", file, "--yes", "--url", server.url, SETPOINT_LANG="de")
    assert "Zeile" in result.output
    assert (
        "Target Speed: erwartet wird eine Zahl von 0 bis 3000 rpm; hier steht der Prozentwert „120 %“."
        in (result.output)
    )
    assert "1 wird geändert · 2 mit Fehlern · 1 unverändert, nicht gesendet" in result.output
    assert "m:402    targetSpeed 150 rpm  ✓ übernommen" in result.output
    assert "1 übernommen, 2 nicht gesendet. Auftrag " in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize("words", [("--lang", "de"), ("--lang=de",)])
async def test_lang_works_before_and_after_the_command(
    server: SmallServer, file: Path, words: tuple[str, ...]
) -> None:
    name = str(file)
    for line in ((*words, "upload", name, "--dry-run"), ("upload", name, *words, "--dry-run")):
        result = await type_in(*line, "--url", server.url, application=setpoint)
        assert "1 wird geändert · 1 unverändert, nicht gesendet" in result.output
    result = await type_in("upload", file, "--dry-run", "--url", server.url, application=setpoint)
    assert "1 will change · 1 unchanged, not sent" in result.output
