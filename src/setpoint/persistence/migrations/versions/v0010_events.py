"""One stream of events, who acknowledged them, and the states of alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("person", sa.String(200)))
    op.create_index("ix_events_line", "events", ["line", "at"])
    op.create_index("ix_events_line_kind", "events", ["line", "kind", "at"])
    op.create_index("ix_events_kind", "events", ["kind", "at"])
    op.create_index("ix_events_person", "events", ["person", "at"])
    op.create_table(
        "event_marks",
        sa.Column("at", sa.Double, primary_key=True),
        sa.Column("machine", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("field", sa.String(64), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "alarms",
        sa.Column("machine", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
