"""``notify.toml``: its settings, and the message for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from setpoint.contract.http.machines import Event, EventKind
from setpoint.errors import ConfigError
from setpoint.notify.settings import read_channels

# Apprise imports a module that Python 3.13 has removed.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = f'[webhook.mes]\nurl = "https://mes.example/hook"\nsecret = "{SECRET}"\n'


def settings_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "notify.toml"
    file.write_text(text)
    file.chmod(mode)
    return file


def test_without_a_file_there_are_no_channels(tmp_path: Path) -> None:
    assert read_channels(tmp_path / "notify.toml") == []


def test_a_webhook_gets_the_events_and_lines_that_are_named(tmp_path: Path) -> None:
    [channel] = read_channels(settings_file(tmp_path, HOOK + 'events = ["alarm"]\nlines = ["01"]\n'))
    wants = channel.subscription.wants
    assert (channel.name, channel.sender.target) == ("mes", "https://mes.example")
    assert wants(Event(EventKind.ALARM, "m_401", 1.0, "01"))
    assert not wants(Event(EventKind.ALARM, "m_411", 1.0, "02"))
    assert not wants(Event(EventKind.OFFLINE, "m_401", 1.0, "01"))


def test_by_default_everything_is_sent_except_targets_and_sign_ins(tmp_path: Path) -> None:
    [channel] = read_channels(settings_file(tmp_path, HOOK))
    kinds = {kind for kind in EventKind if channel.subscription.wants(Event(kind, "", 1.0))}
    assert set(EventKind) - kinds == {EventKind.ASKED, EventKind.SIGN_IN}


def test_all_kinds_of_channels_are_read(tmp_path: Path) -> None:
    other_channels = (
        '[email.lead]\nserver = "smtp.example:587"\nsender = "a@b.example"\nto = ["c@d.example"]\n'
    )
    other_channels += '[chat.team]\nurl = "json://localhost"\nlanguage = "de"\n'
    channels = read_channels(settings_file(tmp_path, HOOK + other_channels))
    assert {each.name: each.sender.target for each in channels} == {
        "mes": "https://mes.example",
        "lead": "c@d.example by smtp.example:587",
        "team": "json",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[webhook", "cannot be used"),
        (HOOK + "colour = 1\n", "colour"),
        (HOOK + 'events = ["alarms"]\n', "alarms"),
        (HOOK.replace("whsec_", ""), "secret cannot be used"),
        (HOOK.replace("https://", "ftp://"), "give https"),
        (HOOK.replace("https://", "https://anna:secret@"), "without a password"),
        (HOOK.replace("https://", "http://"), "has no TLS"),
        (HOOK + 'allow = ["10.20.0.1/16"]\n', "give networks"),
        (HOOK + HOOK.replace("[webhook.mes]", "[webhook.9]"), "'9' is no name"),
        (HOOK + '[chat.mes]\nurl = "json://localhost"\n', "two channels"),
        ('[chat.team]\nurl = "nothing://x"\n', "Apprise"),
        ('[email.a]\nserver = "smtp"\nsender = "a@b"\nto = ["c@d"]\n', "host and port"),
        ('[email.a]\nserver = "smtp:25"\nsender = "a@b"\nto = []\n', "to"),
        ('[email.a]\nserver = "smtp:25"\nsender = "a\\nBcc: x"\nto = ["c@d"]\n', "in one line"),
        ('[chat.team]\nurl = "json://localhost"\nlanguage = "fr"\n', "language"),
    ],
)
def test_a_mistake_is_reported(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_channels(settings_file(tmp_path, text))


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="chmod 600"):
        read_channels(settings_file(tmp_path, HOOK, 0o644))
