"""The tables of accounts. A contract test compares them with the migrations."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Index, Integer, String, Table, Text

from setpoint.persistence.tables import metadata

account_version = Table(
    "account_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
accounts = Table(
    "accounts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("grants", Text, nullable=False),  # JSON: {"*": "operator"}
    Column("created_ts", Double, nullable=False),
    Column("password_hash", Text),
    Column("subject", String(512)),
    Column("is_disabled", Boolean, nullable=False),
    Index("ix_accounts_subject", "subject", unique=True),
)
sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("secret_hash", String(64), nullable=False),
    Column("account", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(200), nullable=False),
    Column("created_ts", Double, nullable=False),
    Column("seen_ts", Double, nullable=False),
    Column("ended_ts", Double),
    Index("ix_sessions_secret", "secret_hash", unique=True),
    Index("ix_sessions_account", "account", "address"),
)
tokens = Table(
    "tokens",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("secret_hash", String(64), nullable=False),
    Column("account", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("grants", Text, nullable=False),
    Column("created_ts", Double, nullable=False),
    Column("expires_ts", Double, nullable=False),
    Column("seen_ts", Double),
    Column("revoked_ts", Double),
)
Index(
    "ix_tokens_living_name",
    tokens.c.account,
    tokens.c.name,
    unique=True,
    sqlite_where=tokens.c.revoked_ts.is_(None),
    postgresql_where=tokens.c.revoked_ts.is_(None),
)
limits = Table(
    "limits",
    metadata,
    Column("account", String(200), primary_key=True),
    Column("body", Text, nullable=False),  # JSON: `PersonLimits`
)
keys = Table(  # the server's own, by what they are for
    "keys",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(64), nullable=False),
)
invites = Table(
    "invites",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column("account", String(64)),
    Column("expires_ts", Double, nullable=False),
)
