"""The account to which a stored workbook belongs. Earlier ones belong to the account that used them first."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    uploads = op.create_table(
        "uploads",
        sa.Column("sha256", sa.String(64), sa.ForeignKey("files.sha256"), primary_key=True),
        sa.Column("account", sa.String(200), primary_key=True),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
    )
    op.create_index("ix_uploads_account", "uploads", ["account", "at"])
    connection = op.get_bind()
    sizes = connection.execute(sa.text("SELECT sha256, length(content) FROM files"))
    kept: dict[str, int] = {row.sha256: row[1] for row in sizes}
    batches = sa.text("SELECT person, at, source FROM batches WHERE source IS NOT NULL ORDER BY at")
    for person, at, text in connection.execute(batches).all():
        source = json.loads(text)
        size = kept.pop(source["sha256"], None)
        if size is not None:
            values = {"sha256": source["sha256"], "account": person.partition("/")[0]}
            values |= {"filename": source["filename"], "at": at, "bytes": size}
            connection.execute(sa.insert(uploads).values(values))
