"""Accounts in this process only. The simple version; one suite tests it and the SQL one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from setpoint.core.accounts import Account, Invite, Session, Token
from setpoint.core.limits import DEFAULT_LIMITS, EVERYBODY, PersonLimits
from setpoint.core.plant import Role

T = TypeVar("T")


class MemoryAccounts:
    """An `AccountStore` in dictionaries."""

    def __init__(self) -> None:
        self._version = 0
        self._accounts: dict[str, Account] = {}
        self._sessions: dict[str, Session] = {}
        self._tokens: dict[str, Token] = {}
        self._invites: dict[str, Invite] = {}
        self._limits: dict[str, PersonLimits] = {}
        self._keys: dict[str, str] = {}

    async def together(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return await work()

    async def version(self) -> int:
        return self._version

    async def account(self, name: str) -> Account | None:
        return self._accounts.get(name)

    async def account_of_subject(self, subject: str) -> Account | None:
        return next((each for each in self._accounts.values() if each.subject == subject), None)

    async def accounts(self) -> Sequence[Account]:
        return sorted(self._accounts.values(), key=lambda each: each.name)

    async def add_account(self, account: Account) -> bool:
        if account.name in self._accounts:
            return False
        if account.subject is not None and await self.account_of_subject(account.subject) is not None:
            return False
        self._put(account)
        return True

    async def set_grants(self, name: str, grants: Mapping[str, Role]) -> None:
        if name in self._accounts:
            self._put(replace(self._accounts[name], grants=dict(grants)))

    async def set_disabled(self, name: str, is_disabled: bool) -> None:
        if name in self._accounts:
            self._put(replace(self._accounts[name], is_disabled=is_disabled))

    async def set_password(self, name: str, password_hash: str, ended_ts: float) -> None:
        if name in self._accounts:
            self._put(replace(self._accounts[name], password_hash=password_hash))
        await self.end_sessions_of(name, ended_ts)

    async def rehash_password(self, name: str, old_hash: str, new_hash: str) -> None:
        found = self._accounts.get(name)
        if found is not None and found.password_hash == old_hash:
            self._accounts[name] = replace(found, password_hash=new_hash)

    def _put(self, account: Account) -> None:
        self._accounts[account.name] = account
        self._version += 1

    async def add_session(self, session: Session) -> None:
        self._sessions[session.id] = session

    async def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    async def session_by_secret(self, secret_hash: str) -> Session | None:
        return next((each for each in self._sessions.values() if each.secret_hash == secret_hash), None)

    async def sessions_of(self, account: str) -> Sequence[Session]:
        found = [
            each for each in self._sessions.values() if each.account == account and each.ended_ts is None
        ]
        return sorted(found, key=lambda each: each.seen_ts, reverse=True)

    async def touch_session(self, session_id: str, seen_ts: float) -> None:
        if session_id in self._sessions:
            self._sessions[session_id] = replace(self._sessions[session_id], seen_ts=seen_ts)

    async def end_session(self, session_id: str, ended_ts: float) -> None:
        found = self._sessions.get(session_id)
        if found is not None and found.ended_ts is None:
            self._sessions[session_id] = replace(found, ended_ts=ended_ts)
            self._version += 1

    async def end_sessions_of(self, account: str, ended_ts: float) -> int:
        found = await self.sessions_of(account)
        for each in found:
            await self.end_session(each.id, ended_ts)
        return len(found)

    async def last_sign_ins(self) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for each in self._sessions.values():
            found[each.account] = max(each.created_ts, found.get(each.account, 0.0))
        return found

    async def is_familiar(self, account: str, address: str, since_ts: float) -> bool:
        return any(
            each.account == account and each.address == address and each.seen_ts >= since_ts
            for each in self._sessions.values()
        )

    async def add_token(self, token: Token) -> bool:
        if any(each.name == token.name for each in await self.tokens(token.account)):
            return False
        self._tokens[token.id] = token
        return True

    async def token(self, token_id: str) -> Token | None:
        return self._tokens.get(token_id)

    async def tokens(self, account: str | None = None) -> Sequence[Token]:
        found = [
            each
            for each in self._tokens.values()
            if each.revoked_ts is None and (account is None or each.account == account)
        ]
        return sorted(found, key=lambda each: each.created_ts, reverse=True)

    async def touch_token(self, token_id: str, seen_ts: float) -> None:
        if token_id in self._tokens:
            self._tokens[token_id] = replace(self._tokens[token_id], seen_ts=seen_ts)

    async def revoke_token(self, token_id: str, revoked_ts: float) -> bool:
        found = self._tokens.get(token_id)
        if found is None or found.revoked_ts is not None:
            return False
        self._tokens[token_id] = replace(found, revoked_ts=revoked_ts)
        self._version += 1
        return True

    async def put_invite(self, invite: Invite) -> None:
        self._invites = {key: each for key, each in self._invites.items() if each.account != invite.account}
        self._invites[invite.secret_hash] = invite

    async def invite(self, secret_hash: str, now_ts: float) -> Invite | None:
        found = self._invites.get(secret_hash)
        return found if found is not None and found.expires_ts > now_ts else None

    async def take_invite(self, secret_hash: str, now_ts: float) -> Invite | None:
        found = await self.invite(secret_hash, now_ts)
        if found is not None:
            del self._invites[secret_hash]
        return found

    async def limits(self, account: str) -> PersonLimits:
        return self._limits.get(account) or self._limits.get(EVERYBODY, DEFAULT_LIMITS)

    async def set_limits(self, account: str, to: PersonLimits | None) -> None:
        self._limits.pop(account, None)
        if to is not None:
            self._limits[account] = to

    async def expire(self, now_ts: float, idle_ts: float, begun_ts: float) -> int:
        old = [
            each.id
            for each in self._sessions.values()
            if each.ended_ts is None and (each.seen_ts <= idle_ts or each.created_ts <= begun_ts)
        ]
        spent = [
            each.id for each in self._tokens.values() if each.revoked_ts is None and each.expires_ts <= now_ts
        ]
        for session_id in old:
            await self.end_session(session_id, now_ts)
        for token_id in spent:
            await self.revoke_token(token_id, now_ts)
        gone = [key for key, each in self._invites.items() if each.expires_ts <= now_ts]
        for key in gone:
            del self._invites[key]
        return len(old) + len(spent) + len(gone)

    async def rewind(self, now_ts: float, link_ts: float) -> int:
        sessions = [
            replace(each, created_ts=min(each.created_ts, now_ts), seen_ts=min(each.seen_ts, now_ts))
            for each in self._sessions.values()
            if each.ended_ts is None and max(each.created_ts, each.seen_ts) > now_ts
        ]
        tokens = [
            replace(each, created_ts=now_ts, expires_ts=each.expires_ts - each.created_ts + now_ts)
            for each in self._tokens.values()
            if each.revoked_ts is None and each.created_ts > now_ts
        ]
        links = {
            key: replace(each, expires_ts=link_ts)
            for key, each in self._invites.items()
            if each.expires_ts > link_ts
        }
        self._sessions.update({each.id: each for each in sessions})
        self._tokens.update({each.id: each for each in tokens})
        self._invites.update(links)
        return len(sessions) + len(tokens) + len(links)

    async def key(self, name: str, fresh: str) -> str:
        return self._keys.setdefault(name, fresh)

    async def purge(self, before_ts: float) -> None:
        self._sessions = {
            key: each
            for key, each in self._sessions.items()
            if max(each.seen_ts, each.ended_ts or 0) >= before_ts
        }
        self._tokens = {
            key: each
            for key, each in self._tokens.items()
            if min(each.expires_ts, each.revoked_ts or each.expires_ts) >= before_ts
        }
        self._invites = {key: each for key, each in self._invites.items() if each.expires_ts >= before_ts}
