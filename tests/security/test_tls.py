"""``setpoint serve --tls-cert --tls-key`` as on a network: a process and a certificate of its own."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.contract.certificates import self_signed
from tests.forked import completed
from tests.integration.running_server import SETPOINT, RunningServer
from tests.security.sign_in_server import PASSWORD
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from setpoint.testing.patience import patient

LINK = re.compile(r"https://\S+#link=(\S+)")


@dataclass(frozen=True)
class TlsServer:
    url: str
    trust: ssl.SSLContext
    log: Path

    def browser(self) -> httpx.Client:
        headers = {"origin": self.url, "sec-fetch-site": "same-origin"}
        return httpx.Client(
            base_url=self.url, verify=self.trust, trust_env=False, headers=headers, timeout=20
        )


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[TlsServer]:
    certificate, key = self_signed(tmp_path, "board")
    trust = ssl.create_default_context(cafile=str(certificate))
    server = RunningServer(
        tmp_path / "data",
        *("--tls-cert", str(certificate), "--tls-key", str(key)),
        command="serve",
        trust=trust,
    )
    server.start()
    try:
        yield TlsServer(server.url, trust, server.log)
    finally:
        server.kill()


def test_serve_with_a_certificate_speaks_tls_and_nothing_else_from_the_first_link_to_the_live_socket(
    secured: TlsServer,
) -> None:
    match = LINK.search(secured.log.read_text("utf-8"))
    assert match, "the first link uses https"
    with secured.browser() as browser:
        answer = browser.put("/api/invite", json={"secret": match[1], "name": "anna", "password": PASSWORD})
        assert answer.is_success, answer.text
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-setpoint-session=")
        attributes = {each.strip().lower() for each in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(each.startswith("domain") for each in attributes), "a __Host- cookie has no domain"
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        assert browser.get("/api/session").json()["user"]["name"] == "anna", "the cookie comes back over TLS"
        token = browser.post("/api/tokens", json={"name": "mes"}).json()["token"]

    with connect(
        f"{secured.url.replace('https', 'wss')}/live",
        ssl=secured.trust,
        subprotocols=[Subprotocol("setpoint.v1")],
        proxy=None,
    ) as live:
        live.send(json.dumps({"type": "auth", "token": token}))
        hello = json.loads(live.recv(timeout=patient(10)))
        assert (hello["type"], hello["user"]["name"]) == ("hello", "anna/mes")

    with pytest.raises(httpx.TransportError):
        httpx.get(f"{secured.url.replace('https', 'http')}/healthz", trust_env=False, timeout=5)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{secured.url}/healthz", trust_env=False, timeout=5)


def test_a_certificate_and_a_key_that_do_not_belong_together_end_it_with_a_sentence(tmp_path: Path) -> None:
    (ours, our_key), (_, other_key) = self_signed(tmp_path, "one"), self_signed(tmp_path, "other")
    missing = tmp_path / "missing.pem"
    for certificate, key, message in (
        (ours, other_key, "are no certificate and key that belong together"),
        (our_key, ours, "are no certificate and key that belong together"),
        (missing, our_key, f"there is no file {missing}"),
    ):
        result = completed(
            [
                *SETPOINT,
                *("serve", "--port", "0", "--data-dir", str(tmp_path / "data")),
                *("--tls-cert", str(certificate), "--tls-key", str(key)),
            ],
            timeout=patient(30),
        )
        assert result.returncode == 2, result.stderr
        assert message in " ".join(result.stderr.split())
        assert "Traceback" not in result.stderr
