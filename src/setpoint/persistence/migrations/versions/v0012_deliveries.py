"""Messages to webhooks, e-mail and chat, and how far each channel has read the events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("tried_at", sa.Double),
        sa.Column("next_at", sa.Double),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["channel", "state", "next_at"])
    op.create_table(
        "delivery_cursors",
        sa.Column("channel", sa.String(64), primary_key=True),
        sa.Column("event", sa.Integer, nullable=False),
    )
