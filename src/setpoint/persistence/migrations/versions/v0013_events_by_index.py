"""Every filter of events has its index: by machine and kind, and by person with kind, or line and kind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OF_PEOPLE = (("line", "kind"), ("kind",))


def upgrade() -> None:
    op.drop_index("ix_events_machine", "events")
    op.drop_index("ix_events_person", "events")
    op.create_index("ix_events_machine_kind", "events", ["machine", "kind", "at"])
    some = sa.text("person IS NOT NULL")
    for names in _OF_PEOPLE:
        op.create_index(
            "_".join(("ix_events_person", *names)),
            "events",
            ["person", *names, "at"],
            sqlite_where=some,
            postgresql_where=some,
        )
