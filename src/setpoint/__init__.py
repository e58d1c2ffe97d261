"""Setpoint: a live data layer and board for factories.

Programs use `Client`; `embed` puts Setpoint into an ASGI application. ``setpoint.core`` has no I/O and can be used as a
library: `setpoint.core.link` is one client's connection, `setpoint.core.store` holds its data, `setpoint.core.ingest`
reads rows into a batch. The names in ``__all__`` are public; everything else may change between versions. Names are
imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setpoint import core as core
    from setpoint.client import Batch, BatchSource, BatchStory, Client, MachineView, Phase, Target
    from setpoint.core.plant import Person, Role
    from setpoint.errors import MisuseError, PeerError, SetpointError, WorldError
    from setpoint.runtime.embedding import embed

    __version__: str

_HOMES = {
    "Batch": "setpoint.client",
    "BatchSource": "setpoint.client",
    "BatchStory": "setpoint.client",
    "Client": "setpoint.client",
    "MachineView": "setpoint.client",
    "MisuseError": "setpoint.errors",
    "PeerError": "setpoint.errors",
    "Person": "setpoint.core.plant",
    "Phase": "setpoint.client",
    "Role": "setpoint.core.plant",
    "SetpointError": "setpoint.errors",
    "Target": "setpoint.client",
    "WorldError": "setpoint.errors",
    "embed": "setpoint.runtime.embedding",
}

__all__ = [
    "Batch",
    "BatchSource",
    "BatchStory",
    "Client",
    "MachineView",
    "MisuseError",
    "PeerError",
    "Person",
    "Phase",
    "Role",
    "SetpointError",
    "Target",
    "WorldError",
    "__version__",
    "core",
    "embed",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415  # it takes longer to import than all of this

        return version("setpoint")
    if name == "core":
        return import_module("setpoint.core")
    if name not in _HOMES:
        raise AttributeError(f"module 'setpoint' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
