"""Limits of accounts; the targets of a batch for machines that do not exist, in one row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limits",
        sa.Column("account", sa.String(200), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "unknown_items",
        sa.Column("tx_id", sa.String(36), sa.ForeignKey("batches.tx_id"), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
