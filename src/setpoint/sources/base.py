"""The interface between Setpoint and whatever speaks to machines.

A *source* serves the machines that the plant file assigns to it. It pushes what it learns into a `Sink` and
takes writes; that is all. What it promises:

- **Order.** Reports of one machine are pushed in the order in which the machine made them. A change of ``status`` is
  never merged away: a stop that came and went is two reports.
- **Quality.** A value that the machine itself doubts is pushed with ``quality`` BAD or UNCERTAIN; values are
  pushed as last known or ``None``, never invented. A value from before a lost connection is never pushed as GOOD before
  it has been read again.
- **Contact.** Silence is the loss of contact: the hub marks a machine STALE and then OFFLINE by the age of its last
  report, so a source whose machines are alive but unchanged says so with an empty report, once a second. A source
  that *knows* it lost contact says so at once, with an empty report of quality STALE (or OFFLINE, where a gateway
  says that the machine behind it is gone); such a report is no contact. A critical status stays as last known.
- **Time.** ``at`` is the machine's own time stamp, Unix seconds, where it gives one; it may be wrong and is shown,
  never calculated with.
- **Writes.** `Source.write` hands over and returns; each write is answered exactly once through the sink, in any
  order, within three seconds: ``taken`` (the controller accepted it, its report will tell), ``refused`` (it certainly
  did not and will not land: out of range, or never sent), or ``unknown`` (no answer: it may still land). A source never
  repeats a write and never rounds one. Being taken is not being applied: only a later report of the set-point is.
- **Supervision.** Whatever a machine or a library does, a source goes on: it logs (at most 24 lines an hour for a peer
  that stays away), backs off (one attempt in two seconds) and starts again, and one bad value never takes its
  neighbours. ``stop`` ends within three seconds; what does not end by then is abandoned.
  `setpoint.sources.supervision` has the parts.
- **Reason.** A report that is not GOOD says why, for people (``reason``).
- **Back-pressure.** The sink never blocks. A source that reads faster than anyone looks merges the measured values of
  its own reports; 1,000 machines at 4 Hz are usual.

`setpoint.testing.SourceContract` holds all of it as tests; docs/howto/write-a-source.md shows how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Report, Write, WriteAnswer

__all__ = ["Answer", "Finding", "Probing", "Report", "Simulator", "Sink", "Source", "Write", "WriteAnswer"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What `setpoint check --connect` found at one place of a machine, and what is wrong with it, if anything.

    ``node`` is the place in the machine's own words: a node id, a topic, a register. ``type`` empty: nothing was found.
    """

    machine: str
    field: str
    node: str
    type: str = ""
    value: Value = None
    quality: Quality = Quality.BAD
    is_writable: bool = False
    problem: str = ""

    def __str__(self) -> str:
        place = f"{self.machine.replace('_', ':')} {self.field}: {self.node}"
        if not self.type:
            return f"{place}: {self.problem}"
        access = "writable" if self.is_writable else "read-only"
        found = f"{place}: {self.type} {self.value!r}, {self.quality}, {access}"
        return f"{found}: {self.problem}" if self.problem else found


class Sink(Protocol):
    """Where a source puts what it learns. Called on the event loop; never blocks, never raises."""

    def reported(self, reports: Sequence[Report], /) -> None: ...

    def answered(self, answers: Sequence[WriteAnswer], /) -> None: ...


class Source(Protocol):
    """A connection to some machines. Made with its settings, started once with a sink, stopped once."""

    async def start(self, sink: Sink) -> None:
        """Begins to report. Returns as soon as it runs, whether or not the machines can be reached yet."""

    async def write(self, writes: Sequence[Write]) -> None:
        """Hands the writes over. Raises nothing: what cannot be sent is answered ``refused`` or ``unknown``."""

    async def stop(self) -> None:
        """Ends reporting and closes connections; writes that are not answered yet are answered ``unknown``."""


@runtime_checkable
class Probing(Protocol):
    """A source that can look at its machines without being started: the hook of `setpoint check --connect`."""

    async def probe(self) -> Sequence[Finding]:
        """A finding for every place of every machine, in the order of the plant file. Reads only.

        Raises `SourceError` or `ConfigError` where there is no connection at all.
        """


@runtime_checkable
class Simulator(Protocol):
    """Where trouble can be made on purpose: a simulated source, or a simulated plant behind a real protocol."""

    def inject(self, machine: str, status: str | None) -> None:
        """Asserts a critical status at a machine, or clears all with None. Raises `MisuseError`."""

    def inject_fault(self, machine: str, fault: str | None) -> None:
        """``freeze``, ``refuse``, ``slow``, or None to mend. Raises `MisuseError`."""
