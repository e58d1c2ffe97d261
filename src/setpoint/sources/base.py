"""The interface between Setpoint and the code that talks to machines.

A *source* serves the machines that the plant file assigns to it. It pushes reports into a `Sink` and accepts writes. It
promises:

- **Order.** Reports of one machine keep the order in which the machine made them. A change of ``status`` is never
  merged away: a stop that began and ended is two reports.
- **Quality.** If the machine itself doubts a value, the report has ``quality`` BAD or UNCERTAIN. A value is the last
  known one or ``None``, never invented. After a lost connection, a value is not GOOD before it has been read again.
- **Contact.** Silence means lost contact: the hub marks a machine STALE and then OFFLINE by the age of its last report.
  If a machine is alive but unchanged, its source therefore sends an empty report once a second. If a source *knows*
  that contact is lost, it says so at once with an empty report of quality STALE (or OFFLINE, if a gateway says that the
  machine behind it is gone); such a report does not count as contact. A critical status stays as last known.
- **Time.** ``at`` is the machine's own time stamp in Unix seconds, if it has one. It may be wrong; it is shown, and
  nothing is calculated from it.
- **Writes.** `Source.write` hands the writes over and returns. Each write is answered exactly once through the sink, in
  any order, within three seconds: ``taken`` (the controller accepted it; a report will follow), ``refused`` (it
  certainly did not and will not land: out of range, or never sent), ``not-sent`` (a stop voided it while it waited
  here, see `Sink.voided`), or ``unknown`` (no answer; it may still land). A source never repeats a write and never
  rounds one. A taken write is not applied yet; only a later report of the
  set-point shows that.
- **Supervision.** A source keeps running, whatever a machine or a library does. It logs (at most 24 lines an hour for
  an absent peer), waits (one attempt in two seconds) and starts again. One bad value never affects the others. ``stop``
  ends within three seconds and abandons whatever has not ended by then. `setpoint.sources.supervision` has helpers.
- **Reason.** A report that is not GOOD has a ``reason`` that people can read.
- **Back-pressure.** The sink never blocks. A source that reads very fast merges the measured values of its own reports;
  1,000 machines at 4 Hz are usual.

`setpoint.testing.SourceContract` tests all of this; docs/howto/write-a-source.md shows how to use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from setpoint.contract.http.plant import CapabilityName
from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Report, Write, WriteAnswer

__all__ = [
    "Answer",
    "Capability",
    "Described",
    "Finding",
    "Probing",
    "Report",
    "Simulator",
    "Sink",
    "Source",
    "Write",
    "WriteAnswer",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """What `setpoint check --connect` found at one node of a machine, and its problem, if any.

    ``node`` is the machine's own name for the place: a node id, a topic, a register. ``type`` is empty if nothing was
    found.
    """

    machine: str
    field: str
    node: str
    type: str = ""
    value: Value = None
    quality: Quality = Quality.BAD
    is_writable: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Capability:
    """The capabilities of the machines behind a source, so that people can judge what they see.

    Without ``time``, times are those at which Setpoint read the values. Without ``quality``, a value is as good as the
    contact. Without ``refusal``, a target that a machine does not take is not refused: it stays unconfirmed.
    """

    time: bool = True
    quality: bool = True
    refusal: bool = True

    @property
    def names(self) -> list[CapabilityName]:
        """Returns the names of the capabilities that are true."""
        every: tuple[tuple[CapabilityName, bool], ...] = (
            ("time", self.time), ("quality", self.quality), ("refusal", self.refusal)
        )  # fmt: skip
        return [name for name, is_known in every if is_known]


class Sink(Protocol):
    """Receives what a source learns. Called on the event loop; never blocks, never raises."""

    def reported(self, reports: Sequence[Report], /) -> None:
        """Takes reports of machines, in their order. A report has only the fields that are new."""

    def answered(self, answers: Sequence[WriteAnswer], /) -> None:
        """Takes the answers to writes: one for each, within three seconds."""

    def voided(self, write: Write, /) -> str | None:
        """Why this write must no longer leave: a stop of its machine was reported since `Source.write` got it.

        A source that lets writes wait asks before each leaves, and answers ``not-sent`` with this sentence.
        """


class Source(Protocol):
    """A connection to some machines. Created with its settings, started once with a sink, stopped once."""

    async def start(self, sink: Sink) -> None:
        """Begins to report. Returns as soon as it runs, whether or not the machines can be reached yet."""

    async def write(self, writes: Sequence[Write]) -> None:
        """Hands the writes over. Never raises: a write that cannot be sent is answered ``refused`` or ``unknown``."""

    async def stop(self) -> None:
        """Ends reporting and closes connections. Answers every open write with ``unknown``."""


@runtime_checkable
class Probing(Protocol):
    """A source that can read its machines without being started: the hook of `setpoint check --connect`."""

    async def probe(self) -> Sequence[Finding]:
        """A finding for every node of every machine, in the order of the plant file. Only reads.

        Raises `SourceError` or `ConfigError` if there is no connection at all.
        """


@runtime_checkable
class Described(Protocol):
    """A source that describes its machines' capabilities. Nothing is claimed about other sources."""

    @property
    def capability(self) -> Capability:
        """The same for all machines of the source, and for as long as it lives."""


@runtime_checkable
class Simulator(Protocol):
    """Machines in which faults can be caused on purpose: a simulated source, or one behind a real protocol."""

    def inject(self, machine: str, status: str | None) -> None:
        """Asserts a critical status at a machine, or clears all with None. Raises `MisuseError`."""

    def inject_fault(self, machine: str, fault: str | None) -> None:
        """``freeze``, ``refuse``, ``slow``, or None to end the fault. Raises `MisuseError`."""
