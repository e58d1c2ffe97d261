"""Every exception that Setpoint raises on purpose, as one tree.

    SetpointError
    ├── MisuseError            the caller or the configuration is wrong
    │   ├── PlantError             the plant file has mistakes (each with its key and remedy)
    │   ├── ConfigError            a setting or a command-line argument is not valid
    │   └── IllegalTransitionError an event that a state does not allow; the state is unchanged
    ├── PeerError              the other side misbehaved
    │   ├── ProtocolError          a frame outside the contract (carries the close code)
    │   ├── RequestError           a request that is refused (its code says why)
    │   │   └── RefusedError           a refusal that a client received (carries the HTTP status)
    │   └── WorkbookError          a file that is not a workbook of targets
    └── WorldError             something outside failed; the same call may succeed later
        ├── LinkError              no connection, or it was lost for good
        ├── BusError               the other servers cannot be reached, and it is not known what arrived
        │   └── NobodyThereError       nobody took the message: it certainly did not arrive
        ├── StorageError           the database cannot be read or written
        │   └── InDoubtError           it may have been written; nobody can know until the database is asked
        └── SourceError            a machine or its controller cannot be reached

Each error has a ``code`` for machines, stable across versions, and a message for people: what was expected, what came,
where, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from setpoint.message import Args, Sentence, sentence


class SetpointError(Exception):
    """Root of the tree. ``code`` is stable; the English message is for people and may change.

    ``arguments`` are those of the code's text in the catalogue, if it has one.
    """

    code: str = "error"

    def __init__(self, message: str, *, code: str | None = None, arguments: Args | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.arguments: Args = arguments or {}

    @property
    def message(self) -> str:
        """The English sentence: what was expected, what was received, where, and what to do."""
        return str(self.args[0])


class MisuseError(SetpointError):
    """The caller or the configuration is wrong: the same call fails again."""

    code = "misuse"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file that a person wrote: where it is, what is wrong, what to do."""

    where: str
    what: str
    remedy: str
    line: int | None = None

    @property
    def description(self) -> Sentence:
        """The mistake in one sentence, which can be shown in every language."""
        parts = {"where": self.where, "what": self.what, "remedy": self.remedy}
        if self.line is None:
            return sentence("words-mistake", "{where}: {what} {remedy}", **parts)
        return sentence(
            "words-mistake-line", "line {line}, {where}: {what} {remedy}", line=self.line, **parts
        )

    def __str__(self) -> str:
        return self.description


class PlantError(MisuseError):
    """The plant file cannot be used. ``mistakes`` lists all of them, not only the first."""

    code = "plant"

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__(_lines([mistake.description for mistake in mistakes]))
        self.mistakes = mistakes


def _lines(sentences: Sequence[Sentence]) -> str:
    """All sentences, one on each line. They are joined in halves, so that many are not nested deeply."""
    if len(sentences) < 2:
        return sentences[0] if sentences else ""
    middle = len(sentences) // 2
    return sentence(
        "words-lines", "{one}\n{more}", one=_lines(sentences[:middle]), more=_lines(sentences[middle:])
    )


class ConfigError(MisuseError):
    code = "config"


class IllegalTransitionError(MisuseError):
    code = "illegal_transition"


class PeerError(SetpointError):
    """The other side misbehaved, or refused."""

    code = "peer"


class ProtocolError(PeerError):
    """A frame outside the contract. ``close_code`` ends the connection (CODE-1); None keeps it open."""

    code = "protocol"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        close_code: int | None = None,
        frame_id: int | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.close_code = close_code
        self.frame_id = frame_id


class RequestError(PeerError):
    """A request that is refused. Over HTTP it becomes an RFC 9457 problem with ``code`` as its type.

    ``code`` is one of `setpoint.contract.http.ProblemCode`. Only the HTTP layer maps it to a status.
    """

    code = "request"

    def __init__(
        self, message: str, *, code: str, detail: object = None, arguments: Args | None = None
    ) -> None:
        super().__init__(message, code=code, arguments=arguments)
        self.detail = detail


class RefusedError(RequestError):
    """A client raises this for a server's refusal. ``status`` is the HTTP status; newer servers may send new codes."""

    def __init__(
        self, message: str, *, status: int, code: str, detail: object = None, arguments: Args | None = None
    ) -> None:
        super().__init__(message, code=code, detail=detail, arguments=arguments)
        self.status = status


class WorkbookError(PeerError):
    """A file that is not a workbook of targets. No part of it was used."""

    code = "workbook"


class WorldError(SetpointError):
    """Something outside failed. The same call may succeed later."""

    code = "world"


class LinkError(WorldError):
    code = "link"


class BusError(WorldError):
    """No answer came from another server. The request may have been carried out."""

    code = "answer"


class NobodyThereError(BusError):
    """The request certainly did not arrive."""

    code = "plant-server"


class StorageError(WorldError):
    code = "storage"


class InDoubtError(StorageError):
    """The commit was sent and not answered. The data may be stored now, a moment later, or never."""


class SourceError(WorldError):
    code = "source"
