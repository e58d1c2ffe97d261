"""The how-to's configurations of nginx and Caddy, in front of a real server."""

from __future__ import annotations

import asyncio
import hashlib
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.integration.running_server import RunningServer, running_server
from tests.integration.signed_in import PASSWORD
from tests.ports import free_port
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from setpoint.server.http.batch_files import MAX_FILE_BYTES
from setpoint.testing.patience import patient

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
NAME = "board.plant.example"


@contextmanager
def nginx(server: RunningServer, directory: Path) -> Iterator[str]:
    port = free_port()
    text = (HOWTO / "nginx.conf").read_text("utf-8")
    tls = [line for line in text.splitlines() if "ssl_certificate" not in line]
    text = "\n".join(tls).replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    text = text.replace("http://127.0.0.1:8000", server.url)
    (directory / "nginx.conf").write_text(
        f"pid {directory}/pid;\nerror_log {directory}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\nclient_body_temp_path {directory};\nproxy_temp_path {directory};\n{text}\n}}\n"
    )
    command = ["nginx", "-p", str(directory), "-c", str(directory / "nginx.conf"), "-g", "daemon off;"]
    with started(command, f"http://127.0.0.1:{port}"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def caddy(server: RunningServer, directory: Path) -> Iterator[str]:
    port = free_port()
    text = (HOWTO / "Caddyfile").read_text("utf-8")
    text = text.replace(f"{NAME} {{", f"http://{NAME}:{port} {{\n\tbind 127.0.0.1")
    text = text.replace("127.0.0.1:8000", server.url.removeprefix("http://"))
    file = directory / "Caddyfile"
    file.write_text(text.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https off\n\tservers"))
    with started(
        ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"], f"http://127.0.0.1:{port}"
    ):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def started(command: list[str], url: str) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        give_up = time.monotonic() + patient(30)
        while True:
            assert process.poll() is None, process.stderr and process.stderr.read()
            try:
                httpx.get(f"{url}/healthz", headers={"host": NAME}, timeout=5)
            except httpx.TransportError:
                assert time.monotonic() < give_up
                time.sleep(0.05)
            else:
                break
        yield
    finally:
        process.terminate()
        process.wait(timeout=patient(20))
        if process.stderr is not None:
            process.stderr.close()


@pytest.fixture(params=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[RunningServer, str]]:
    """Runs a server. Yields it and the URL of the proxy in front of it."""
    options = ["--public-url", f"https://{NAME}", "--trusted-proxy", "127.0.0.1"]
    in_front = {"nginx": nginx, "caddy": caddy}[request.param]
    with (
        running_server(tmp_path / "data", *options, command="serve") as server,
        in_front(server, tmp_path) as url,
    ):
        yield server, url


def test_the_set_up_of_the_how_to_serves_pages_and_the_stream(proxied: tuple[RunningServer, str]) -> None:
    _, url = proxied
    headers = {"host": NAME}
    assert httpx.get(f"{url}/healthz", headers=headers).json() == {"status": "alive"}
    assert httpx.get(f"{url}/metrics", headers=headers).status_code == 404
    assert httpx.get(f"{url}/api/plant", headers=headers).status_code == 401
    other = httpx.get(f"{url}/healthz", headers={"host": "evil.example"})
    assert other.status_code in (421, 404) or not other.content
    assert asyncio.run(stream_opens(url)) == "setpoint.v1"


def test_the_largest_workbook_comes_through_and_setpoint_itself_refuses_a_larger_one(
    proxied: tuple[RunningServer, str],
) -> None:
    server, url = proxied
    headers = {"host": NAME, "origin": f"https://{NAME}", "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=patient(60)) as browser:
        link = re.search(r"#link=(\S+)", server.log.read_text("utf-8"))
        assert link is not None
        signed_in = browser.put("/api/invite", json={"secret": link[1], "name": "anna", "password": PASSWORD})
        browser.headers["cookie"] = signed_in.headers["set-cookie"].partition(";")[0]
        assert put(browser, b"x" * MAX_FILE_BYTES).status_code == 204
        refused = put(browser, b"x" * (MAX_FILE_BYTES + 1))
        assert (refused.status_code, refused.json()["type"]) == (413, "/problems/body-too-large")


def put(browser: httpx.Client, content: bytes) -> httpx.Response:
    name = hashlib.sha256(content).hexdigest()
    return browser.put(f"/api/files/{name}?filename=plan.xlsx", content=content)


async def stream_opens(url: str) -> str | None:
    """Returns the WebSocket protocol of ``/live`` through the proxy, for a host name that the server accepts."""
    port = url.rpartition(":")[2]
    async with connect(
        f"ws://{NAME}:{port}/live",
        host="127.0.0.1",
        port=int(port),
        subprotocols=[Subprotocol("setpoint.v1")],
        proxy=None,
    ) as connection:
        return connection.subprotocol
