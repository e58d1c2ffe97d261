"""The code and arguments of an outcome's message (SAY-1). Outcomes from before have only the text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("said", sa.Text))
