"""Follows docs/howto/connect-opcua.md from an unknown server to an applied target.

README.md shows a short form of it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.documentation.blocks import blocks, commands
from tests.documentation.walk import Walk, use_link
from tests.integration.opcua_howto import fill_in
from tests.integration.opcua_peer import NODES, start_peer

PAGE = "docs/howto/connect-opcua.md"
SHOWN_AT = "opc.tcp://192.168.7.20:4840"
OFFERS = {"CurMachSpeed": NODES["Speed"], "MachSpeed": NODES["Feed"], "StateCurrent": NODES["State"]}


@pytest.mark.rule("XL-6")
def test_the_five_steps_lead_from_an_unknown_server_to_an_applied_target_on_a_secure_channel(
    tmp_path: Path,
) -> None:
    found = blocks(PAGE, "console")
    [browse], [pick], [certificate, trust], [check], [serve], [token, export, template, upload] = map(
        commands, found
    )
    walk = Walk(tmp_path / "walk", {}, SETPOINT_HISTORY="off")
    plant = walk.folder / "plant.toml"
    with start_peer("node-opcua", tmp_path, machines=[3, 11], nodes=OFFERS, encryptsPasswords=True) as peer:
        walk.change(SHOWN_AT, peer.endpoint)
        walk.run(browse)
        proposed = plant.read_text("utf-8")
        plant.unlink()
        with walk.typing(pick) as session:
            session.until("Which nodes")
            session.type("1-3")
            session.until("Take it too?")
            session.type("y")
            assert session.end() == 0
        picked = plant.read_text("utf-8")
        assert sorted(picked.splitlines()) == sorted(proposed.splitlines()), (
            "the proposal as it was recognised"
        )
        walk.run(certificate)
        with walk.typing(trust) as session:
            session.until("the same certificate?")
            session.type("y")
            assert session.end() == 0
        assert (walk.folder / "pki/press.der").read_bytes() == peer.certificate
        plant.write_text(edited(walk, proposed), "utf-8")
        assert "m:11 targetSpeed" in walk.run(check)
        with walk.serving(serve) as server:
            use_link(server, "anna")
            created = re.search(r"shown once:\n  (\S+)", output := walk.run(token))
            assert created is not None, output
            assert export.words.startswith("export SETPOINT_TOKEN=")
            walk.environment |= {"SETPOINT_TOKEN": created[1], "SETPOINT_URL": server.url}
            walk.run(template)
            fill_in(walk.folder / "targets.xlsx", "m:11", "Target Speed", 900)
            with walk.typing(upload) as session:
                session.until("Send ")
                session.type("y")
                assert session.end() == 0, session.output
            assert "1 applied" in session.output
        assert peer.written() == [["Press11.MachSpeed", 900]]
    walk.end()


def edited(walk: Walk, proposed: str) -> str:
    """Edits the file as a person does after step 2: the range, and the secure instead of the insecure connection."""
    text = proposed.replace("; give min and max", "\nmin = 0\nmax = 2000")
    head = r"\[sources\.opcua\]\n(?:\S.*\n)+"
    assert re.search(head, text), text
    secure = walk.changed(next(block for block in blocks(PAGE, "toml") if "server_certificate" in block))
    return re.sub(head, lambda _: secure, text).replace("[sources.opcua.", "[sources.press.")


def test_the_readmes_way_to_an_opcua_machine_is_part_of_the_page() -> None:
    short = commands(blocks("README.md", "console")[1])
    whole = [command for block in blocks(PAGE, "console") for command in commands(block)]
    assert len(short) == 3
    assert [each for each in short if each not in whole] == []
