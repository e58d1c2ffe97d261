"""Accounts, sessions, tokens and invites; and an audit that ``REPLACE`` cannot change either."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# SQLite fires no DELETE trigger for a row that REPLACE replaces.
_NO_REPLACE = """
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""


def upgrade() -> None:
    version = op.create_table(
        "account_version",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.bulk_insert(version, [{"id": 1, "version": 0}])
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("grants", sa.Text, nullable=False),
        sa.Column("created_ts", sa.Double, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("subject", sa.String(512)),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
    )
    op.create_index("ix_accounts_subject", "accounts", ["subject"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("created_ts", sa.Double, nullable=False),
        sa.Column("seen_ts", sa.Double, nullable=False),
        sa.Column("ended_ts", sa.Double),
    )
    op.create_index("ix_sessions_secret", "sessions", ["secret_hash"], unique=True)
    op.create_index("ix_sessions_account", "sessions", ["account", "address"])
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("grants", sa.Text, nullable=False),
        sa.Column("created_ts", sa.Double, nullable=False),
        sa.Column("expires_ts", sa.Double, nullable=False),
        sa.Column("seen_ts", sa.Double),
        sa.Column("revoked_ts", sa.Double),
    )
    op.create_index(
        "ix_tokens_living_name",
        "tokens",
        ["account", "name"],
        unique=True,
        sqlite_where=sa.text("revoked_ts IS NULL"),
        postgresql_where=sa.text("revoked_ts IS NULL"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_NO_REPLACE)
    op.create_table(
        "invites",
        sa.Column("secret_hash", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64)),
        sa.Column("expires_ts", sa.Double, nullable=False),
    )
