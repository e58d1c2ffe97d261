"""A server in a thread of its own, for tests with blocking sockets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from tests.security.sign_in_server import serving

from setpoint.server.live import LiveLimits
from setpoint.testing.patience import patient

RIGHTS = {"viewer": [], "operator": ["01"], "engineer": [], "admin": []}


@dataclass(frozen=True)
class ServerInThread:
    """A server in another thread. ``token`` is anna's, an operator of the plant. ``tokens`` has others, by role."""

    port: int
    token: str
    tokens: Mapping[str, str]


@pytest.fixture(scope="module")
def server_in_thread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerInThread]:
    started: dict[str, ServerInThread] = {}
    is_up = threading.Event()
    directory = tmp_path_factory.mktemp("elsewhere")

    async def serve() -> None:
        async with serving(directory, live_limits=LiveLimits(close_within_ms=1_000)) as server:
            await server.add("anna")
            loop = asyncio.get_running_loop()
            ending = asyncio.Event()
            end.append(lambda: loop.call_soon_threadsafe(ending.set))
            tokens = {}
            for role, lines in RIGHTS.items():
                name = f"{role}{len(lines)}"
                await server.add(name, role, *lines)
                tokens[role] = await server.token(name)
            started["server"] = ServerInThread(server.port, await server.token("anna"), tokens)
            is_up.set()
            await ending.wait()

    end: list[object] = []
    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="server")
    thread.start()
    assert is_up.wait(patient(20))
    yield started["server"]
    end[0]()  # type: ignore[operator]  # what `serve` put there
    thread.join(patient(20))
    assert not thread.is_alive()
