"""Accounts of a server that ``setpoint serve`` runs: its first administrator, and tokens for operators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpx
from tests.integration.running_server import RunningServer

from setpoint.testing.patience import patient

PASSWORD = "nine green lathes"


@contextmanager
def administrator(
    server: RunningServer, name: str = "anna", *, link_of: RunningServer | None = None
) -> Iterator[httpx.Client]:
    """Returns the browser of the first administrator, who signs in by the link of the server or of ``link_of``."""
    link = re.search(r"#link=(\S+)", (link_of or server).log.read_text("utf-8"))
    assert link is not None, "the server printed no link"
    headers = {"origin": server.url, "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=patient(20)) as browser:
        invite = {"secret": link[1], "name": name, "password": PASSWORD}
        browser.put("/api/invite", json=invite).raise_for_status()
        yield browser


def tokens_without_limits(server: RunningServer, names: Iterable[str]) -> dict[str, str]:
    """Makes an account with an operator's token for each name. Its limits are as high as they go."""
    with administrator(server) as browser:
        limits = browser.get("/api/people/*/limits").raise_for_status().json()
        highest = {"targetsAtOnce": 100_000_000, "targetsAnHour": 100_000_000, "readsAtOnce": 100}
        browser.put("/api/people/*/limits", json=limits | highest).raise_for_status()
        return {name: _token(browser, name) for name in names}


def _token(browser: httpx.Client, name: str) -> str:
    browser.post("/api/people", json={"name": name, "grants": {"*": "operator"}}).raise_for_status()
    body = {"name": "soak", "role": "operator"}
    token: str = browser.post(f"/api/people/{name}/tokens", json=body).raise_for_status().json()["token"]
    return token
