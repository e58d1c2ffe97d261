"""Accounts in a SQL database: SQLite or PostgreSQL, through the engine that the batches use.

Each method is one transaction. Look-ups by a key, and notes of who was seen, share one with all others who ask at the
same time (`coalesce`). Some acts must succeed for only one caller, such as using a link or claiming a name. They rely
on a single statement or a unique index, never on a check before a write.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Insert,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from setpoint.core.accounts import Account, Invite, Session, Token
from setpoint.core.limits import DEFAULT_LIMITS, EVERYBODY, PersonLimits
from setpoint.core.plant import Role
from setpoint.persistence.accounts.tables import (
    account_version,
    accounts,
    invites,
    keys,
    limits,
    sessions,
    tokens,
)
from setpoint.persistence.bounds import bounded
from setpoint.persistence.coalesce import Coalesced
from setpoint.persistence.database import Database

T = TypeVar("T")

# Made once, because they are executed all the time: each new ``IN`` leaves ten objects that refer to each other.
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_ACCOUNTS_BY_NAME = select(accounts).where(accounts.c.name.in_(_KEYS))
_SESSIONS_BY_ID = select(sessions).where(sessions.c.id.in_(_KEYS))
_SESSIONS_BY_SECRET = select(sessions).where(sessions.c.secret_hash.in_(_KEYS))
_TOKENS_BY_ID = select(tokens).where(tokens.c.id.in_(_KEYS))
_LIMITS_OF = select(limits.c.account, limits.c.body).where(limits.c.account.in_(_KEYS))


class SqlAccounts:
    """An `AccountStore` in a database that has been migrated."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.bounds = database.bounds
        self._accounts = Coalesced(self._accounts_by_name)
        self._sessions = Coalesced(self._sessions_by_id)
        self._secrets = Coalesced(self._sessions_by_secret)
        self._tokens = Coalesced(self._tokens_by_id)
        self._seen_sessions = Coalesced(self._note_sessions)
        self._seen_tokens = Coalesced(self._note_tokens)

    async def together(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return await self._database.together(work)

    @bounded
    async def version(self) -> int:
        async with self._reading() as connection:
            found = await connection.scalar(select(account_version.c.version))
        return found or 0

    async def account(self, name: str) -> Account | None:
        return await self._accounts.get(name)

    @bounded
    async def account_of_subject(self, subject: str) -> Account | None:
        rows = await self._rows(select(accounts).where(accounts.c.subject == subject))
        return account_of(rows[0]) if rows else None

    @bounded
    async def _accounts_by_name(self, names: Sequence[str]) -> Mapping[str, Account]:
        rows = await self._rows(_ACCOUNTS_BY_NAME, list(names))
        return {account.name: account for account in map(account_of, rows)}

    @bounded
    async def accounts(self) -> Sequence[Account]:
        rows = await self._rows(select(accounts).order_by(accounts.c.name))
        return [account_of(row) for row in rows]

    @bounded
    async def add_account(self, account: Account) -> bool:
        row = insert(accounts).values(
            name=account.name,
            grants=_grants_text(account.grants),
            created_ts=account.created_ts,
            password_hash=account.password_hash,
            subject=account.subject,
            is_disabled=account.is_disabled,
        )
        async with self._writing(changes_rights=True) as connection:
            return await _is_added(connection, row)

    @bounded
    async def set_grants(self, name: str, grants: Mapping[str, Role]) -> None:
        async with self._writing(changes_rights=True) as connection:
            await connection.execute(_change(name).values(grants=_grants_text(grants)))

    @bounded
    async def set_disabled(self, name: str, is_disabled: bool) -> None:
        async with self._writing(changes_rights=True) as connection:
            await connection.execute(_change(name).values(is_disabled=is_disabled))

    @bounded
    async def set_password(self, name: str, password_hash: str, ended_ts: float) -> None:
        async with self._writing(changes_rights=True) as connection:
            await connection.execute(_change(name).values(password_hash=password_hash))
            await connection.execute(_living_sessions(name).values(ended_ts=ended_ts))

    @bounded
    async def rehash_password(self, name: str, old_hash: str, new_hash: str) -> None:
        async with self._writing() as connection:
            unchanged = accounts.c.password_hash == old_hash
            await connection.execute(_change(name).where(unchanged).values(password_hash=new_hash))

    @bounded
    async def add_session(self, session: Session) -> None:
        async with self._writing() as connection:
            await connection.execute(
                insert(sessions).values(
                    id=session.id,
                    secret_hash=session.secret_hash,
                    account=session.account,
                    address=session.address,
                    agent=session.agent,
                    created_ts=session.created_ts,
                    seen_ts=session.seen_ts,
                    ended_ts=session.ended_ts,
                )
            )

    async def session(self, session_id: str) -> Session | None:
        return await self._sessions.get(session_id)

    async def session_by_secret(self, secret_hash: str) -> Session | None:
        return await self._secrets.get(secret_hash)

    @bounded
    async def _sessions_by_id(self, ids: Sequence[str]) -> Mapping[str, Session]:
        rows = await self._rows(_SESSIONS_BY_ID, list(ids))
        return {row.id: Session(**row._mapping) for row in rows}

    @bounded
    async def _sessions_by_secret(self, hashes: Sequence[str]) -> Mapping[str, Session]:
        rows = await self._rows(_SESSIONS_BY_SECRET, list(hashes))
        return {row.secret_hash: Session(**row._mapping) for row in rows}

    @bounded
    async def sessions_of(self, account: str) -> Sequence[Session]:
        living = (sessions.c.account == account) & sessions.c.ended_ts.is_(None)
        rows = await self._rows(select(sessions).where(living).order_by(sessions.c.seen_ts.desc()))
        return [Session(**row._mapping) for row in rows]

    async def touch_session(self, session_id: str, seen_ts: float) -> None:
        await self._seen_sessions.get((session_id, seen_ts))

    @bounded
    async def _note_sessions(self, seen: Sequence[tuple[str, float]]) -> Mapping[tuple[str, float], None]:
        return await self._note_seen(sessions, seen)

    @bounded
    async def end_session(self, session_id: str, ended_ts: float) -> None:
        living = (sessions.c.id == session_id) & sessions.c.ended_ts.is_(None)
        async with self._writing(changes_rights=True) as connection:
            await connection.execute(update(sessions).where(living).values(ended_ts=ended_ts))

    @bounded
    async def end_sessions_of(self, account: str, ended_ts: float) -> int:
        async with self._writing(changes_rights=True) as connection:
            ended = await connection.execute(
                _living_sessions(account).values(ended_ts=ended_ts).returning(sessions.c.id)
            )
            return len(ended.all())

    @bounded
    async def last_sign_ins(self) -> Mapping[str, float]:
        last = select(sessions.c.account, func.max(sessions.c.created_ts)).group_by(sessions.c.account)
        async with self._reading() as connection:
            return {account: ts for account, ts in (await connection.execute(last)).all()}  # noqa: C416  # typed rows, no pairs

    @bounded
    async def is_familiar(self, account: str, address: str, since_ts: float) -> bool:
        seen = (
            (sessions.c.account == account)
            & (sessions.c.address == address)
            & (sessions.c.seen_ts >= since_ts)
        )
        async with self._reading() as connection:
            count = await connection.scalar(select(func.count()).select_from(sessions).where(seen))
        return bool(count)

    @bounded
    async def add_token(self, token: Token) -> bool:
        row = insert(tokens).values(
            id=token.id,
            secret_hash=token.secret_hash,
            account=token.account,
            name=token.name,
            grants=_grants_text(token.grants),
            created_ts=token.created_ts,
            expires_ts=token.expires_ts,
        )
        async with self._writing() as connection:
            return await _is_added(connection, row)

    async def token(self, token_id: str) -> Token | None:
        return await self._tokens.get(token_id)

    @bounded
    async def _tokens_by_id(self, ids: Sequence[str]) -> Mapping[str, Token]:
        rows = await self._rows(_TOKENS_BY_ID, list(ids))
        return {token.id: token for token in map(token_of, rows)}

    @bounded
    async def tokens(self, account: str | None = None) -> Sequence[Token]:
        wanted = select(tokens).where(tokens.c.revoked_ts.is_(None)).order_by(tokens.c.created_ts.desc())
        if account is not None:
            wanted = wanted.where(tokens.c.account == account)
        return [token_of(row) for row in await self._rows(wanted)]

    async def touch_token(self, token_id: str, seen_ts: float) -> None:
        await self._seen_tokens.get((token_id, seen_ts))

    @bounded
    async def _note_tokens(self, seen: Sequence[tuple[str, float]]) -> Mapping[tuple[str, float], None]:
        return await self._note_seen(tokens, seen)

    async def _note_seen(
        self, table: Table, seen: Sequence[tuple[str, float]]
    ) -> Mapping[tuple[str, float], None]:
        noting = update(table).where(table.c.id == bindparam("of")).values(seen_ts=bindparam("at"))
        async with self._writing() as connection:
            await connection.execute(noting, [{"of": key, "at": seen_ts} for key, seen_ts in seen])
        return {}

    @bounded
    async def revoke_token(self, token_id: str, revoked_ts: float) -> bool:
        living = (tokens.c.id == token_id) & tokens.c.revoked_ts.is_(None)
        async with self._writing(changes_rights=True) as connection:
            revoked = await connection.execute(
                update(tokens).where(living).values(revoked_ts=revoked_ts).returning(tokens.c.id)
            )
            return revoked.first() is not None

    @bounded
    async def put_invite(self, invite: Invite) -> None:
        earlier = (
            invites.c.account.is_(None) if invite.account is None else invites.c.account == invite.account
        )
        async with self._writing() as connection:
            await connection.execute(delete(invites).where(earlier))
            await connection.execute(
                insert(invites).values(
                    secret_hash=invite.secret_hash, account=invite.account, expires_ts=invite.expires_ts
                )
            )

    @bounded
    async def invite(self, secret_hash: str, now_ts: float) -> Invite | None:
        wanted = (invites.c.secret_hash == secret_hash) & (invites.c.expires_ts > now_ts)
        async with self._reading() as connection:
            row = (await connection.execute(select(invites).where(wanted))).first()
        return None if row is None else Invite(**row._mapping)

    @bounded
    async def take_invite(self, secret_hash: str, now_ts: float) -> Invite | None:
        wanted = (invites.c.secret_hash == secret_hash) & (invites.c.expires_ts > now_ts)
        async with self._writing() as connection:
            row = (await connection.execute(delete(invites).where(wanted).returning(invites))).first()
        return None if row is None else Invite(**row._mapping)

    @bounded
    async def limits(self, account: str) -> PersonLimits:
        async with self._reading() as connection:
            rows = await connection.execute(_LIMITS_OF, {"keys": [account, EVERYBODY]})
            found = {row.account: row.body for row in rows}
        body = found.get(account) or found.get(EVERYBODY)
        return DEFAULT_LIMITS if body is None else msgspec.json.decode(body, type=PersonLimits)

    @bounded
    async def set_limits(self, account: str, to: PersonLimits | None) -> None:
        async with self._writing() as connection:
            await connection.execute(delete(limits).where(limits.c.account == account))
            if to is not None:
                body = msgspec.json.encode(to).decode()
                await connection.execute(insert(limits).values(account=account, body=body))

    @bounded
    async def expire(self, now_ts: float, idle_ts: float, begun_ts: float) -> int:
        is_old = sessions.c.ended_ts.is_(None) & (
            (sessions.c.seen_ts <= idle_ts) | (sessions.c.created_ts <= begun_ts)
        )
        is_spent = tokens.c.revoked_ts.is_(None) & (tokens.c.expires_ts <= now_ts)
        is_gone = invites.c.expires_ts <= now_ts
        found = await self._count((sessions, is_old), (tokens, is_spent), (invites, is_gone))
        if not found:
            return 0
        async with self._writing(changes_rights=True) as connection:
            await connection.execute(update(sessions).where(is_old).values(ended_ts=now_ts))
            await connection.execute(update(tokens).where(is_spent).values(revoked_ts=now_ts))
            await connection.execute(delete(invites).where(is_gone))
        return found

    @bounded
    async def rewind(self, now_ts: float, link_ts: float) -> int:
        of, token = sessions.c, tokens.c
        is_ahead = of.ended_ts.is_(None) & ((of.created_ts > now_ts) | (of.seen_ts > now_ts))
        is_made_ahead = token.revoked_ts.is_(None) & (token.created_ts > now_ts)
        is_too_long = invites.c.expires_ts > link_ts
        found = await self._count((sessions, is_ahead), (tokens, is_made_ahead), (invites, is_too_long))
        if not found:
            return 0
        begun = case((of.created_ts > now_ts, now_ts), else_=of.created_ts)
        seen = case((of.seen_ts > now_ts, now_ts), else_=of.seen_ts)
        ends = token.expires_ts - token.created_ts + now_ts
        async with self._writing() as connection:
            await connection.execute(update(sessions).where(is_ahead).values(created_ts=begun, seen_ts=seen))
            await connection.execute(
                update(tokens).where(is_made_ahead).values(created_ts=now_ts, expires_ts=ends)
            )
            await connection.execute(update(invites).where(is_too_long).values(expires_ts=link_ts))
        return found

    @bounded
    async def key(self, name: str, fresh: str) -> str:
        async with self._writing() as connection:
            await _is_added(connection, insert(keys).values(name=name, value=fresh))
            kept = await connection.scalar(select(keys.c.value).where(keys.c.name == name))
        return str(kept)

    @bounded
    async def purge(self, before_ts: float) -> None:
        async with self._writing() as connection:
            await connection.execute(
                delete(sessions).where(
                    sessions.c.seen_ts < before_ts, func.coalesce(sessions.c.ended_ts, 0) < before_ts
                )
            )
            await connection.execute(
                delete(tokens).where(
                    (tokens.c.expires_ts < before_ts)
                    | (func.coalesce(tokens.c.revoked_ts, before_ts) < before_ts)
                )
            )
            await connection.execute(delete(invites).where(invites.c.expires_ts < before_ts))

    async def _count(self, *wanted: tuple[Table, ColumnElement[bool]]) -> int:
        counts = [
            select(func.count()).select_from(table).where(where).scalar_subquery() for table, where in wanted
        ]
        async with self._reading() as connection:
            return sum((await connection.execute(select(*counts))).one())

    async def _rows(self, wanted: Select[Any], keys: Sequence[str] | None = None) -> Sequence[Row[Any]]:
        async with self._reading() as connection:
            values = None if keys is None else {"keys": keys}
            rows: Sequence[Row[Any]] = (await connection.execute(wanted, values)).all()
        return rows

    def _reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.reading("reading the accounts")

    @asynccontextmanager
    async def _writing(self, *, changes_rights: bool = False) -> AsyncIterator[AsyncConnection]:
        async with self._database.writing("writing the accounts") as connection:
            yield connection
            if changes_rights:
                await connection.execute(_RAISE_VERSION)


_RAISE_VERSION = update(account_version).values(version=account_version.c.version + 1)


async def _is_added(connection: AsyncConnection, row: Insert) -> bool:
    """Inserts a row. False if a unique index refused it, because somebody was first."""
    try:
        async with connection.begin_nested():
            await connection.execute(row)
    except IntegrityError:
        return False
    return True


def _change(name: str) -> Update:
    return update(accounts).where(accounts.c.name == name)


def _living_sessions(account: str) -> Update:
    return update(sessions).where(sessions.c.account == account, sessions.c.ended_ts.is_(None))


def account_of(row: Row[tuple[object, ...]]) -> Account:
    values = dict(row._mapping)
    return Account(**values | {"grants": _grants(values["grants"])})


def fingerprint_of(password_hash: str | None) -> str:
    """The name of a password in the audit. No password can be tried against it, because the hash has 128 random
    bits."""
    return sha256(password_hash.encode()).hexdigest() if password_hash else ""


async def limits_by_account(connection: AsyncConnection) -> dict[str, dict[str, str]]:
    """The limits that are set, by account, as the audit names them."""
    rows = (await connection.execute(select(limits.c.account, limits.c.body))).all()
    return {account: _limits_of(body) for account, body in rows}


def _limits_of(body: str) -> dict[str, str]:
    try:
        found = msgspec.json.decode(body, type=PersonLimits)
    except msgspec.DecodeError:  # only a person with access to the file can have written that
        return dict.fromkeys(PersonLimits.__struct_fields__, "unreadable")
    return {key: str(value) for key, value in msgspec.structs.asdict(found).items()}


def token_of(row: Row[tuple[object, ...]]) -> Token:
    values = dict(row._mapping)
    return Token(**values | {"grants": _grants(values["grants"])})


def _grants_text(grants: Mapping[str, Role]) -> str:
    return json.dumps({line: role.word for line, role in sorted(grants.items())})


def _grants(text: str) -> dict[str, Role]:
    return {line: Role[word.upper()] for line, word in json.loads(text).items()}
