"""Similar events form a run, which most indexes find by its first row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_INDEXES: tuple[tuple[str, ...], ...] = (("line",), ("line", "kind"), ("kind",))
_OF_PEOPLE: tuple[tuple[str, ...], ...] = (("person", "line", "kind"), ("person", "kind"))


def upgrade() -> None:
    op.add_column("events", sa.Column("run", sa.Integer, nullable=False, server_default=sa.text("1")))
    for names in _INDEXES:
        _again(names, "run > 0")
    for names in _OF_PEOPLE:
        _again(names, "person IS NOT NULL AND run > 0")


def _again(names: tuple[str, ...], where: str) -> None:
    name, some = "_".join(("ix_events", *names)), sa.text(where)
    op.drop_index(name, "events")
    op.create_index(name, "events", [*names, "at"], sqlite_where=some, postgresql_where=some)
