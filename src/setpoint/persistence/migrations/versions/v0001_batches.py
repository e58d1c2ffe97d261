"""Batches, revs, events, the append-only audit, and kept files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQLITE_GUARD = """
CREATE TRIGGER audit_no_{name} BEFORE {what} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_POSTGRES_GUARD = (
    """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$
""",
    """
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
""",
)


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("tx_id", sa.String(36), primary_key=True),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("is_atomic", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("follows", sa.String(36)),
    )
    op.create_index("ix_batches_at", "batches", ["at", "tx_id"])
    op.create_index("ix_batches_person", "batches", ["person", "at"])
    op.create_table(
        "items",
        sa.Column("tx_id", sa.String(36), sa.ForeignKey("batches.tx_id"), primary_key=True),
        sa.Column("machine", sa.String(64), primary_key=True),
        sa.Column("field", sa.String(64), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("line", sa.String(32), nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("reported", sa.Text),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("rev", sa.Integer),
        sa.Column("by_kind", sa.String(16)),
        sa.Column("by_name", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("since", sa.Double),
    )
    op.create_index("ix_items_machine", "items", ["machine", "tx_id"])
    op.create_index("ix_items_outcome", "items", ["outcome", "at"])
    op.create_table(
        "revs",
        sa.Column("machine", sa.String(64), primary_key=True),
        sa.Column("field", sa.String(64), primary_key=True),
        sa.Column("rev", sa.Integer, nullable=False),
        sa.Column("written", sa.Integer, nullable=False),
        sa.Column("by_kind", sa.String(16)),
        sa.Column("by_name", sa.Text),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("machine", sa.String(64), nullable=False),
        sa.Column("line", sa.String(32), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_events_at", "events", ["at", "id"])
    op.create_index("ix_events_machine", "events", ["machine", "at"])
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "files",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        guards: tuple[str, ...] = tuple(
            _SQLITE_GUARD.format(name=what.lower(), what=what) for what in ("UPDATE", "DELETE")
        )
    else:
        guards = _POSTGRES_GUARD
    for guard in guards:
        op.execute(guard)
