"""Blocks that are data or programs of others.

They are in docs/howto/notify.md, docs/howto/assistants.md, docs/howto/embed.md, and the frames of conformance/SPEC.md.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from tests.documentation.blocks import blocks
from tests.documentation.usage import unknown_words
from tests.integration.test_embed import serving

from setpoint.contract.http.machines import Event
from setpoint.contract.live import down
from setpoint.core.notify import message_of
from setpoint.notify.settings import read_channels


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_the_channels_of_the_page_are_ones_that_a_server_takes(tmp_path: Path) -> None:
    [example] = blocks("docs/howto/notify.md", "toml")
    file = tmp_path / "notify.toml"
    file.touch(0o600)
    file.write_text(example.replace("slack://…", "json://127.0.0.1/hook"), "utf-8")
    assert [each.name for each in read_channels(file)] == ["mes", "shift-lead", "maintenance"]


def test_the_message_of_the_page_is_what_a_webhook_sends_for_that_event() -> None:
    [example] = blocks("docs/howto/notify.md", "json")
    message = json.loads(example)
    event = msgspec.convert(message["data"], Event)
    assert json.loads(message_of(event, message["timestamp"])) == message


def test_the_settings_for_an_assistant_start_an_existing_command() -> None:
    [example] = blocks("docs/howto/assistants.md", "json")
    for server in json.loads(example)["mcpServers"].values():
        assert server["command"] == "setpoint"
        assert unknown_words(" ".join(("setpoint", *server["args"]))) == []
        assert set(server["env"]) == {"SETPOINT_TOKEN"}


async def test_the_program_that_embeds_setpoint_serves_a_plant_to_its_own_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sessions:
        async def find(self, cookie: str | None) -> Any:
            return SimpleNamespace(user="anna") if cookie == "hers" else None

    [program] = blocks("docs/howto/embed.md", "python")
    (tmp_path / "plant.toml").write_text('[[lines]]\nid = "01"\nmachines = [401]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SETPOINT_DATA_DIR", str(tmp_path / "data"))
    names: dict[str, Any] = {"my_app": Starlette(), "my_sessions": Sessions()}
    exec(compile(program, "docs/howto/embed.md", "exec"), names)
    async with serving(names["app"]) as url, httpx.AsyncClient(base_url=url, timeout=20) as http:
        hers = await http.get("/setpoint/api/plant", headers={"cookie": "session=hers"})
        assert [line["id"] for line in hers.raise_for_status().json()["lines"]] == ["01"]
        assert (await http.get("/setpoint/api/plant")).status_code == 401


FRAMES = get_args(down.Down)


def frames_shown() -> list[dict[str, Any]]:
    """Returns the frames of the contract as JSON. ``…`` stands for any value, ``?`` marks an optional part."""
    [text] = blocks("conformance/SPEC.md", "jsonc")
    text = re.sub(r"//.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\?(?=[,}\n])", "", text)
    text = text.replace("{…}", "{}").replace("[…]", "[]").replace('"…"', '"x"').replace("…", "null")
    decoder, found, at = json.JSONDecoder(), [], 0
    while text[at:].strip():
        at = re.compile(r"\s*").match(text, at).end()  # type: ignore[union-attr]  # it also matches an empty text
        frame, at = decoder.raw_decode(text, at)
        found.append(frame)
    return found


@pytest.mark.parametrize("frame", frames_shown(), ids=lambda frame: frame["type"])
def test_each_frame_of_the_contract_has_the_keys_that_a_server_sends(frame: dict[str, Any]) -> None:
    [kind] = [each for each in FRAMES if each.__struct_config__.tag == frame["type"]]
    known = {each.encode_name for each in msgspec.structs.fields(kind)}
    assert set(frame) - {"type"} <= known
    needed = {each.encode_name for each in msgspec.structs.fields(kind) if each.required}
    assert needed <= set(frame)


def test_the_contract_shows_every_kind_of_frame_from_a_server() -> None:
    assert [frame["type"] for frame in frames_shown()] == [str(each.__struct_config__.tag) for each in FRAMES]
