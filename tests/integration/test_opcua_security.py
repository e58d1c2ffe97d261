"""Certificates, policies and sign-in with two stacks: what works, and the message if it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncua.client.client import Client
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_support import STACKS, press_plant, source_of

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Plant, Write
from setpoint.errors import ConfigError, SourceError
from setpoint.sources.opcua import connection
from setpoint.sources.opcua.certificate import make_certificate, read_certificate
from setpoint.sources.opcua.config import OpcUaSettings, read_settings
from setpoint.sources.opcua.connection import connect
from setpoint.sources.opcua.offers import server_certificates
from setpoint.testing import Recorder

POLICIES = ("Basic256Sha256", "Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep")
OUTDATED = ("Basic256", "Basic128Rsa15")
"""Node.js supports only the first of these. It no longer decrypts by PKCS #1 v1.5, so node-opcua cannot either."""
_FILES = 'certificate = "setpoint.der"\nprivate_key = "setpoint.pem"\nserver_certificate = "press.der"'


@pytest.fixture(scope="module", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    name = request.param
    assert isinstance(name, str)
    return name


@pytest.fixture(scope="module")
def shared(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A server that offers many policies, trusts every certificate, and needs no sign-in."""
    with _start(stack, tmp_path_factory.mktemp("peer"), security=(*POLICIES, OUTDATED[0])) as peer:
        yield peer


@pytest.fixture
def server(shared: Peer, tmp_path: Path) -> Peer:
    """Returns the shared server in its first state. ``tmp_path`` has our certificate and the server's trusted one."""
    shared.reset()
    _trust(shared, tmp_path)
    return shared


@pytest.fixture(scope="module")
def user_server(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Peer, Path]]:
    """A server that lets anna in by password or certificate, and the folder with her certificate and ben's."""
    folder = tmp_path_factory.mktemp("entrance")
    anna, _ = make_certificate(folder / "users", name="anna")
    make_certificate(folder / "users", name="ben")
    known = {"username": "anna", "password": "right", "userCertificate": anna.read_bytes().hex()}
    with _start(stack, folder, security=POLICIES, **known) as peer:
        _trust(peer, folder)
        yield peer, folder


def _start(stack: str, folder: Path, *, security: Sequence[str] = POLICIES[:1], **options: Any) -> Peer:
    """A server that requires security."""
    theirs, key = make_certificate(folder / "server", name="server")
    return start_peer(
        stack, folder, security=",".join(security), certificate=str(theirs), privateKey=str(key), **options
    )


def _trust(peer: Peer, folder: Path) -> None:
    if not (folder / "setpoint.der").exists():
        make_certificate(folder)
    (folder / "press.der").write_bytes(peer.certificate)


def _plant(stack: str, peer: Peer, *, policy: str = POLICIES[0]) -> Plant:
    return press_plant(stack, peer.endpoint, security=policy, settings=_FILES)


def _settings(plant: Plant, folder: Path) -> OpcUaSettings:
    return read_settings(plant.sources[0], list(plant.machines.values()), plant, directory=folder)[0]


@pytest.mark.parametrize("policy", [*POLICIES, OUTDATED[0]])
async def test_values_and_writes_go_through_a_signed_and_encrypted_channel(
    stack: str, server: Peer, policy: str, tmp_path: Path
) -> None:
    recorder = Recorder()
    source = source_of(_plant(stack, server, policy=policy), directory=tmp_path)
    await source.start(recorder)
    try:
        await recorder.until(lambda: recorder.quality.get("m_401") is Quality.GOOD, within_s=10)
        await source.write([Write("t", "m_401", "targetSpeed", 1500)])
        await recorder.until(lambda: recorder.answer("t") is Answer.TAKEN)
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1500)
    finally:
        await source.stop()


async def test_a_server_that_offers_only_outdated_policies_is_refused_until_the_plant_file_names_one(
    tmp_path: Path,
) -> None:
    with _start("asyncua", tmp_path, security=OUTDATED) as old:
        _trust(old, tmp_path)
        message = await _refusal(_settings(_plant("asyncua", old), tmp_path))
        assert "does not offer security Basic256Sha256 SignAndEncrypt" in message
        assert "Basic128Rsa15 SignAndEncrypt, Basic256 SignAndEncrypt" in message
        assert "outdated" in message
        for policy in OUTDATED:
            settings = _settings(_plant("asyncua", old, policy=policy), tmp_path)
            async with connect(settings, {}) as session:
                assert session.namespaces


async def test_the_channels_keys_are_renewed_while_values_and_writes_go_on(
    stack: str, server: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The channel is renewed after 4.5 s. For 3 s more, answers to earlier requests may use the old keys; keep-alives
    # do.
    monkeypatch.setattr(connection, "CHANNEL_LIFETIME_MS", 6_000)
    renewed: list[bool] = []
    open_channel = Client.open_secure_channel

    async def count_openings(client: Client, *, renew: bool = False) -> None:
        await open_channel(client, renew=renew)
        renewed.append(renew)

    monkeypatch.setattr(Client, "open_secure_channel", count_openings)
    steps = 40
    settings = f"{_FILES}\nsampling_ms = 0"  # every change at the server's samples
    plant = press_plant(stack, server.endpoint, security=POLICIES[0], settings=settings)
    source, recorder = source_of(plant, directory=tmp_path), Recorder()

    async def is_renewed_and_written(turn: int) -> None:
        target = 1500 + turn
        await recorder.until(lambda: renewed.count(True) >= turn, within_s=6)
        await source.write([Write(f"t{turn}", "m_401", "targetSpeed", target)])
        await recorder.until(lambda: recorder.answer(f"t{turn}") is Answer.TAKEN)
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == target)

    await source.start(recorder)
    try:
        await recorder.until(lambda: recorder.quality.get("m_401") is Quality.GOOD, within_s=10)
        server.send_command("count", fields=["Speed"], intervalMs=250, steps=steps)
        for turn in (1, 2):
            await is_renewed_and_written(turn)
        await recorder.until(lambda: recorder.state["m_401"]["speed"] == steps, within_s=15)
    finally:
        await source.stop()
    assert renewed.count(False) == 1, "the channel is opened once"
    assert recorder.said("m_401", "speed") == [120.5, *range(1, steps + 1)]
    assert {report.quality for report in recorder.reports} == {Quality.GOOD}
    assert source.statistics.gaps == 0


async def test_a_server_that_does_not_trust_us_is_recognised_and_the_remedy_is_shown(
    stack: str, tmp_path: Path
) -> None:
    with _start(stack, tmp_path, trustAll=False) as peer:
        _trust(peer, tmp_path)
        message = await _refusal(_settings(_plant(stack, peer), tmp_path))
        assert "does not trust our certificate" in message
        assert read_certificate(tmp_path / "setpoint.der").fingerprint in message
        assert "trusted" in message


async def test_a_server_that_trusts_us_lets_us_in(stack: str, tmp_path: Path) -> None:
    ours, _ = make_certificate(tmp_path)
    with _start(stack, tmp_path, trustAll=False, trust=ours.read_bytes().hex()) as peer:
        _trust(peer, tmp_path)
        async with connect(_settings(_plant(stack, peer), tmp_path), {}) as session:
            assert session.namespaces


async def test_a_server_with_another_certificate_than_the_trusted_one_is_refused(
    stack: str, server: Peer, tmp_path: Path
) -> None:
    other, _ = make_certificate(tmp_path / "other")
    (tmp_path / "press.der").write_bytes(other.read_bytes())
    message = await _refusal(_settings(_plant(stack, server), tmp_path))
    assert "another certificate" in message
    assert "setpoint opcua trust" in message


async def test_our_own_certificate_that_has_expired_is_noticed_before_connecting(tmp_path: Path) -> None:
    ours, _ = make_certificate(tmp_path, days=30, now=datetime.now(UTC) - timedelta(days=60))
    (tmp_path / "press.der").write_bytes(ours.read_bytes())
    message = await _refusal(_settings(_nowhere(), tmp_path))
    assert re.search(r"our certificate .*setpoint\.der expired on .* `setpoint opcua certificate`", message)


async def test_a_trusted_server_certificate_that_has_expired_is_noticed_too(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    old, _ = make_certificate(tmp_path / "old", days=30, now=datetime.now(UTC) - timedelta(days=60))
    (tmp_path / "press.der").write_bytes(old.read_bytes())
    message = await _refusal(_settings(_nowhere(), tmp_path))
    assert "the server's certificate" in message
    assert "expired on" in message


async def test_a_policy_that_the_server_does_not_offer_is_named_with_those_it_does(
    stack: str, server: Peer, tmp_path: Path
) -> None:
    message = await _refusal(_settings(press_plant(stack, server.endpoint), tmp_path))
    assert "does not offer security None" in message
    assert "Basic256Sha256 SignAndEncrypt" in message
    assert "outdated" not in message, "there are better policies"


async def test_the_servers_certificate_can_be_fetched_to_be_looked_at(server: Peer) -> None:
    offers = await server_certificates(server.endpoint)
    assert {certificate.der for _, _, certificate in offers if certificate} == {server.certificate}


async def test_a_user_signs_in_with_the_right_password_only(
    stack: str, user_server: tuple[Peer, Path]
) -> None:
    peer, folder = user_server
    settings = _settings(_plant(stack, peer), folder)
    async with connect(settings, {"username": "anna", "password": "right"}) as session:
        assert session.namespaces
    message = await _refusal(settings, {"username": "anna", "password": "wrong"})
    assert "refuses the user anna or the password" in message
    assert "refuses anonymous users" in await _refusal(settings)


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_user_signs_in_with_a_certificate_that_the_server_trusts_only(
    stack: str, policy: str, user_server: tuple[Peer, Path]
) -> None:
    peer, folder = user_server
    settings = _settings(_plant(stack, peer, policy=policy), folder)
    async with connect(settings, _user("anna")) as session:
        assert session.namespaces
    message = await _refusal(settings, _user("ben"))
    assert re.search(r"the user certificate .*ben\.der", message)
    assert read_certificate(folder / "users" / "ben.der").fingerprint in message
    assert "trusted user certificates" in message


@pytest.mark.parametrize(
    ("secrets", "message"),
    [
        ({"user_certificate": "users/anna.der"}, r"no user_private_key"),
        ({"user_certificate": "users/none.der", "user_private_key": "users/anna.pem"}, r"none\.der cannot be read"),
        ({"user_certificate": "users/anna.der", "user_private_key": "users/none.pem"}, r"none\.pem cannot be read"),
        ({"user_certificate": "users/anna.der", "user_private_key": "setpoint.pem"}, r"does not belong to .*anna"),
        ({"user_certificate": "users/anna.der", "user_private_key": "users/anna.der"}, r"anna\.der cannot be used"),
        ({"user_certificate": "users/old.der", "user_private_key": "users/old.pem"}, r"old\.der expired on"),
        ({"user_certificate": "users/locked.der", "user_private_key": "users/locked.pem"}, r"password in the secrets"),
    ],
)  # fmt: skip
async def test_an_unusable_user_certificate_is_reported_before_connecting(
    secrets: dict[str, str], message: str, tmp_path: Path
) -> None:
    users = tmp_path / "users"
    make_certificate(tmp_path)
    make_certificate(users, name="anna")
    make_certificate(users, name="old", days=30, now=datetime.now(UTC) - timedelta(days=60))
    make_certificate(users, name="locked", password="right")
    (tmp_path / "press.der").write_bytes((users / "anna.der").read_bytes())
    assert re.search(message, await _refusal(_settings(_nowhere(), tmp_path), secrets))


async def test_a_user_certificate_needs_a_secure_channel(tmp_path: Path) -> None:
    make_certificate(tmp_path / "users", name="anna")
    open_channel = press_plant("asyncua", "opc.tcp://127.0.0.1:1")
    message = await _refusal(_settings(open_channel, tmp_path), _user("anna"))
    assert "needs a secure channel" in message


async def test_a_key_of_another_certificate_is_reported_before_connecting(tmp_path: Path) -> None:
    ours, _ = make_certificate(tmp_path)
    _, other = make_certificate(tmp_path / "other")
    (tmp_path / "setpoint.pem").write_bytes(other.read_bytes())
    (tmp_path / "press.der").write_bytes(ours.read_bytes())
    message = await _refusal(_settings(_nowhere(), tmp_path))
    assert re.search(r"setpoint\.pem does not belong to .*setpoint\.der", message)


async def test_a_password_never_goes_over_an_open_channel_unasked(tmp_path: Path) -> None:
    with start_peer("asyncua", tmp_path) as peer:
        settings = _settings(press_plant("asyncua", peer.endpoint), tmp_path)
        message = await _refusal(settings, {"username": "anna", "password": "right"})
        assert "plain_password" in message


async def test_a_password_goes_over_an_open_channel_encrypted_for_the_certificate_that_is_trusted(
    tmp_path: Path,
) -> None:
    secrets = {"username": "anna", "password": "right"}
    with start_peer(
        "node-opcua", tmp_path, encryptsPasswords=True, username="anna", password="right"
    ) as peer:
        settings = _settings(press_plant("node-opcua", peer.endpoint), tmp_path)
        assert "give it as server_certificate" in await _refusal(settings, secrets)
        (tmp_path / "press.der").write_bytes(peer.certificate)
        trusted = press_plant("node-opcua", peer.endpoint, settings='server_certificate = "press.der"')
        async with connect(_settings(trusted, tmp_path), secrets) as session:
            assert session.namespaces
        other, _ = make_certificate(tmp_path / "other")
        (tmp_path / "press.der").write_bytes(other.read_bytes())
        assert "another certificate" in await _refusal(_settings(trusted, tmp_path), secrets)


def _nowhere() -> Plant:
    """Returns a plant without a server. The message under test comes before the connection."""
    return press_plant("asyncua", "opc.tcp://127.0.0.1:1", security=POLICIES[0], settings=_FILES)


def _user(name: str) -> dict[str, str]:
    """Returns the secrets of a person who signs in by certificate, with paths relative to the plant file's folder."""
    return {"user_certificate": f"users/{name}.der", "user_private_key": f"users/{name}.pem"}


async def _refusal(settings: OpcUaSettings, secrets: dict[str, str] | None = None) -> str:
    with pytest.raises((SourceError, ConfigError)) as caught:
        async with connect(settings, secrets or {}):
            pass
    return caught.value.message
