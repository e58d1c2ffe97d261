"""A server that answers with noise. Fixed seeds damage every kind of message, and the source goes on."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_proxy import OpcUaProxy
from tests.integration.opcua_support import press_plant, source_of
from tests.noise import damaged

from setpoint.contract.values import Quality
from setpoint.core.plant import usable_reports
from setpoint.testing import Recorder

KINDS = (
    "PublishResponse",
    "ReadResponse",
    "CreateMonitoredItemsResponse",
    "CreateSubscriptionResponse",
    "BrowseResponse",
)


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with start_peer("asyncua", tmp_path_factory.mktemp("peer")) as peer:
        yield peer


class Noise:
    """Damages some messages, until ``is_calm`` is set."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self.is_calm = False
        self.damaged = 0

    def __call__(self, kind: str, body: bytes) -> bytes:
        if self.is_calm or kind not in KINDS or self._rng.random() < 0.4:
            return body
        self.damaged += 1
        return damaged(body, self._rng, start=4)


@pytest.mark.parametrize("seed", range(4))
async def test_noise_from_a_server_does_not_end_the_source_and_in_calm_it_is_right_again(
    controller: Peer, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.sources.supervision.BETWEEN_STARTS_S", 0.05)
    monkeypatch.setattr("setpoint.sources.supervision.FIRST_AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr("setpoint.sources.opcua.items.POISON_FOR_S", 0.1)
    controller.reset()
    async with OpcUaProxy(int(controller.endpoint.rpartition(":")[2])) as proxy:
        proxy.spoil = noise = Noise(seed)
        recorder = Recorder()
        source = source_of(press_plant("asyncua", proxy.endpoint, settings="request_timeout_ms = 500"))
        await source.start(recorder)
        try:
            await recorder.until(lambda: noise.damaged > 25, within_s=30)
            noise.is_calm = True
            proxy.cut()
            await recorder.until(
                lambda: (
                    len(recorder.quality) == 2
                    and set(recorder.quality.values()) == {Quality.GOOD}
                    and all(recorder.state[machine].get("speed") == 120.5 for machine in recorder.state)
                ),
                within_s=30,
            )
            for report in usable_reports(recorder.reports, 0.0):
                assert report.machine in {"m_401", "m_402"}
        finally:
            await source.stop()
