"""The audit by kind, so that the security log is read without the batches between."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_kind", "audit", ["kind", "seq"])
