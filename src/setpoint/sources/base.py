"""The interface between Setpoint and whatever speaks to machines.

A *source* serves the machines that the plant file assigns to it. It pushes what it learns into a `Sink` and
takes writes; that is all. What it promises:

- **Order.** Reports of one machine are pushed in the order in which the machine made them.
- **Quality.** A value that the machine itself doubts is pushed with ``quality`` BAD or UNCERTAIN; values are
  pushed as last known or ``None``, never invented. Silence needs no report: the hub marks a machine STALE and then
  OFFLINE by the age of its last contact. A source whose machines are alive but unchanged says so with an empty
  report.
- **Time.** ``at`` is the source's own time stamp, Unix seconds; it may be wrong and is shown, never calculated with.
- **Writes.** `Source.write` hands over and returns; each write is answered exactly once through the sink, in any
  order: ``taken`` (the controller accepted it, its report will tell), ``refused``, or ``unknown`` (no answer: it may
  still land). A source never repeats a write. Being taken is not being applied: only a later report of the
  set-point is.
- **Back-pressure.** The sink never blocks. A source that reads faster than anyone looks merges its own
  reports; 1,000 machines at 4 Hz are usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from setpoint.core.plant import Answer, Report, Write, WriteAnswer

__all__ = ["Answer", "Report", "Simulator", "Sink", "Source", "Write", "WriteAnswer"]


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
class Simulator(Protocol):
    """Where trouble can be made on purpose: a simulated source, or a simulated plant behind a real protocol."""

    def inject(self, machine: str, status: str | None) -> None:
        """Asserts a critical status at a machine, or clears all with None. Raises `MisuseError`."""

    def inject_fault(self, machine: str, fault: str | None) -> None:
        """``freeze``, ``refuse``, ``slow``, or None to mend. Raises `MisuseError`."""
