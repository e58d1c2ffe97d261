"""The tables of batches, revs, events, audit and workbooks. A contract test compares the migrations with them.

Values are stored as JSON text, so that 150, "150" and null stay the same in every database. Instants are Unix seconds
in double precision, which stores them bit for bit; the audit's hashes depend on that.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData()

batches = Table(
    "batches",
    metadata,
    Column("tx_id", String(36), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("at", Double, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("is_atomic", Boolean, nullable=False),
    Column("reason", Text),
    Column("source", Text),  # JSON: {"filename": …, "sha256": …, "rows": …}
    Column("kind", String(16), nullable=False),
    Column("follows", String(36)),
    Index("ix_batches_at", "at", "tx_id"),
    Index("ix_batches_person", "person", "at"),
)
items = Table(
    "items",
    metadata,
    Column("tx_id", String(36), ForeignKey("batches.tx_id"), primary_key=True),
    Column("machine", String(64), primary_key=True),
    Column("field", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("line", String(32), nullable=False),
    Column("asked", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("reported", Text),
    Column("outcome", String(16), nullable=False),
    Column("at", Double, nullable=False),
    Column("rev", Integer),
    Column("by_kind", String(16)),
    Column("by_name", Text),
    Column("message", Text),
    Column("since", Double),
    Column("said", Text),  # JSON: the code and arguments of the message
    Index("ix_items_machine", "machine", "tx_id"),
    Index("ix_items_outcome", "outcome", "at"),
)
unknown_items = Table(  # items for machines that do not exist, which are refused: one row for each batch
    "unknown_items",
    metadata,
    Column("tx_id", String(36), ForeignKey("batches.tx_id"), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("body", Text, nullable=False),  # JSON: [[position, item], …]
)
held = Table(  # batches that wait for a second person
    "held",
    metadata,
    Column("tx_id", String(36), primary_key=True),
    Column("at", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("body", Text, nullable=False),  # JSON: the held batch whole
    Index("ix_held_until", "until"),
)
revs = Table(
    "revs",
    metadata,
    Column("machine", String(64), primary_key=True),
    Column("field", String(64), primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("written", Integer, nullable=False),
    Column("by_kind", String(16)),
    Column("by_name", Text),
    Column("at", Double, nullable=False),
)
set_points = Table(  # the set-point that each machine reported last, as JSON
    "set_points",
    metadata,
    Column("machine", String(64), primary_key=True),
    Column("field", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
EVENTS_OF_PEOPLE = (("line", "kind"), ("kind",))


def _of_runs(*names: str, where: str = "run > 0") -> Index:
    """An index of the first rows of runs. A batch of 5,000 targets makes 10,000 events, and each index costs as much
    as the events themselves.
    """
    some = text(where)
    name = "_".join(("ix_events", *names))
    return Index(name, *names, "at", sqlite_where=some, postgresql_where=some)


def _of_people(*names: str) -> Index:
    """An index of the first rows of runs that have a person: most events have none."""
    return _of_runs("person", *names, where="person IS NOT NULL AND run > 0")


events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("machine", String(64), nullable=False),
    Column("line", String(32), nullable=False),
    Column("at", Double, nullable=False),
    Column("body", Text, nullable=False),  # JSON: the event whole
    Column("person", String(200)),
    # A run is rows that follow one another and have the same kind, line, person and instant. Its first row has its
    # length here, the others have 0.
    Column("run", Integer, nullable=False, server_default=text("1")),
    Index("ix_events_at", "at", "id"),
    Index("ix_events_machine_kind", "machine", "kind", "at"),
    _of_runs("line"),
    _of_runs("line", "kind"),
    _of_runs("kind"),
    *(_of_people(*names) for names in EVENTS_OF_PEOPLE),
)
event_marks = Table(  # who acknowledged an event
    "event_marks",
    metadata,
    Column("at", Double, primary_key=True),
    Column("machine", String(64), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("field", String(64), primary_key=True),
    Column("body", Text, nullable=False),  # JSON: `EventNote`
)
alarms = Table(  # alarms that are not in their initial state
    "alarms",
    metadata,
    Column("machine", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("body", Text, nullable=False),  # JSON: `AlarmState`
)
deliveries = Table(  # messages to webhooks, e-mail and chat
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("channel", String(64), nullable=False),
    Column("message", String(64), nullable=False),
    Column("type", String(64), nullable=False),
    Column("at", Double, nullable=False),
    Column("body", Text, nullable=False),  # JSON: what is sent
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("said", Text, nullable=False),
    Column("tried_at", Double),
    Column("next_at", Double),
    Index("ix_deliveries_due", "channel", "state", "next_at"),
)
delivery_cursors = Table(  # how far each channel has read the events
    "delivery_cursors",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("event", Integer, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_kind", "kind", "seq"),
)
shift_entries = Table(  # reasons of downtime, and notes
    "shift_entries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("line", String(32), nullable=False),
    Column("since", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("at", Double, nullable=False),
    Column("body", Text, nullable=False),  # JSON: `ShiftEntry`
    Index("ix_shift_entries_line", "line", "since"),
)
retention = Table(
    "retention",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),  # JSON: `Retention`
)
uploads = Table(  # the accounts that uploaded a file
    "uploads",
    metadata,
    Column("sha256", String(64), ForeignKey("files.sha256"), primary_key=True),
    Column("account", String(200), primary_key=True),
    Column("filename", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("bytes", Integer, nullable=False),
    Index("ix_uploads_account", "account", "at"),
)
files = Table(
    "files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("filename", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
