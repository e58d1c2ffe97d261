"""The client's frames: one union, `Up`, tagged by ``type``."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from setpoint.contract.live.down import Position

FrameId: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
TopicName: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Auth(msgspec.Struct, frozen=True, tag_field="type", tag="auth"):
    """First frame of a program that has a token instead of a cookie."""

    token: Annotated[str, msgspec.Meta(max_length=512)]


class Subscribe(msgspec.Struct, frozen=True, tag_field="type", tag="subscribe"):
    """``since``: the position the client has, so that only the missed deltas need to come (SEQ-4)."""

    id: FrameId
    topic: TopicName
    since: Position | None = None


class Unsubscribe(msgspec.Struct, frozen=True, tag_field="type", tag="unsubscribe"):
    id: FrameId
    topic: TopicName


class Pong(msgspec.Struct, frozen=True, tag_field="type", tag="pong"):
    """``ts`` is the ping's."""

    ts: float


class Pause(msgspec.Struct, frozen=True, tag_field="type", tag="pause"):
    """The tab is hidden: only the heartbeat and the plant's topic continue (LINK-3)."""


class Resume(msgspec.Struct, frozen=True, tag_field="type", tag="resume"):
    """Visible again: one snapshot for each topic that was paused."""


Up: TypeAlias = Auth | Subscribe | Unsubscribe | Pong | Pause | Resume
