"""A FastAPI application with Setpoint inside: its own pages, its own sign-in, and a plant under ``/setpoint``.

    pip install setpoint-*.whl fastapi uvicorn
    uvicorn app:app                         # then: http://127.0.0.1:8000/shift
    curl -X POST 'http://127.0.0.1:8000/shift/m_401/slow?url=http://127.0.0.1:8000'

People sign in here as they always have; this example knows two by a header. Setpoint asks `who` for every request and
every socket.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException

import setpoint
from setpoint import Client, Person, Role

PEOPLE = {
    "secret-of-anna": Person("anna", {"*": Role.OPERATOR}),
    "secret-of-vera": Person("vera", {"01": Role.VIEWER}),
}


async def who(headers: Mapping[str, str], cookies: Mapping[str, str]) -> Person | None:
    """Your own sign-in: a session's cookie, a token, a proxy's header."""
    return PEOPLE.get(cookies.get("shift") or headers.get("authorization", "").removeprefix("Bearer "))


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Runs inside Setpoint's: the plant is there before it begins, and after it has ended."""
    yield


shift = FastAPI(lifespan=lifespan)


@shift.get("/shift")
async def overview() -> dict[str, str]:
    """One of the application's own pages; it reads the plant without HTTP."""
    machines = app.runtime.machines
    return {key: str(record.get("status")) for key, record in machines.items()}


@shift.post("/shift/{machine}/slow")
async def slow(machine: str, url: str) -> dict[str, str]:
    """An own action: gives a target through the client, as any program would, and says what became of it."""
    async with Client(f"{url}/setpoint", token="secret-of-anna") as client:
        if machine not in client.plant.machines:
            raise HTTPException(404, f"there is no machine {machine}")
        await client.subscribe(machine.replace("_", ":"))
        batch = await client.commit({machine: {"targetSpeed": 100}}, reason="slow shift")
        await batch.done()
        return {target.field: target.phase.value for target in batch.targets}


app = setpoint.embed(
    shift,
    Path(__file__).with_name("plant.toml"),
    sign_in=who,
    data_dir=Path(os.environ.get("SHIFT_DATA", "data")),
)
