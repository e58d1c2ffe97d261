"""The acts of an administrator on accounts, sessions and tokens of other people, without HTTP.

Only administrators of the whole plant may give rights; an administrator of some lines may not. Administrators cannot
remove their own administrator's rights, so one always stays. Every change is in the audit with their name, and reaches
open sockets within seconds (`setpoint.server.identity.revocation`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec

from setpoint.contract.http.people import SecurityEvent
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.accounts import (
    Account,
    Session,
    Token,
    account_name,
    facts_of_account,
    facts_of_token,
    is_alive,
    shown_grants,
)
from setpoint.core.limits import EVERYBODY, PersonLimits
from setpoint.core.plant import WHOLE_PLANT, Person, Role
from setpoint.errors import RequestError
from setpoint.server.identity.service import ClientInfo, SignIn, bad_name

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Admin:
    """The administrator who sends the request, with their address and browser."""

    person: Person
    client: ClientInfo


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """``signed_in_ts``: the last sign-in, if its session is still kept (`SignInLimits.familiar_days`)."""

    account: Account
    signed_in_ts: float | None


def check_admin(person: Person) -> None:
    """Raises `RequestError` 403 unless the person is an administrator of the whole plant."""
    if person.grants.get(WHOLE_PLANT) is not Role.ADMIN:
        raise RequestError("needs admin on the whole plant", code=ProblemCode.FORBIDDEN)


class People:
    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._store = sign_in.store

    async def all(self) -> list[AccountSummary]:
        """By name."""
        last = await self._store.last_sign_ins()
        return [AccountSummary(each, last.get(each.name)) for each in await self._store.accounts()]

    async def add(
        self, admin: Admin, name_text: str, grants: Mapping[str, Role], subject: str | None
    ) -> tuple[Account, str | None]:
        """The account, and the secret of the link for its owner; None if they sign in through the OpenID provider."""
        name = account_name(name_text)
        if name is None:
            raise bad_name(name_text)
        account = Account(name, grants, self._sign_in.unix_ts(), subject=subject)

        async def add() -> None:
            if not await self._store.add_account(account):
                raise RequestError(
                    f"there is an account {name!r} already, or one for that subject; take another",
                    code=ProblemCode.NAME_TAKEN,
                    arguments={"name": name},
                )
            await self._note("account-added", admin, name, **facts_of_account(account))

        await self._together(add)
        return account, None if subject else await self._sign_in.invite(name)

    async def link(self, admin: Admin, name: str) -> str:
        """The secret of a new link for a password; the one before it stops working."""
        account = await self._known(name)
        await self._note("link-made", admin, account.name)
        return await self._sign_in.invite(account.name)

    async def grant(self, admin: Admin, name: str, grants: Mapping[str, Role]) -> Account:
        """Replaces the account's rights."""
        account = await self._known(name)
        if account.name == admin.person.name and grants.get(WHOLE_PLANT) is not Role.ADMIN:
            raise _yourself()
        before, after = shown_grants(account.grants), shown_grants(grants)

        async def change() -> None:
            await self._store.set_grants(account.name, grants)
            await self._note("rights-changed", admin, account.name, before=before, after=after)

        await self._together(change)
        return replace(account, grants=grants)

    async def set_disabled(self, admin: Admin, name: str, *, is_disabled: bool) -> Account:
        account = await self._known(name)
        if is_disabled and account.name == admin.person.name:
            raise _yourself()

        async def change() -> None:
            await self._store.set_disabled(account.name, is_disabled)
            if is_disabled:
                await self._store.end_sessions_of(account.name, self._sign_in.unix_ts())
            await self._note("account-disabled" if is_disabled else "account-enabled", admin, account.name)

        await self._together(change)
        return replace(account, is_disabled=is_disabled)

    async def limits(self, name: str) -> PersonLimits:
        """The limits of an account, or the default ones for `EVERYBODY`."""
        return await self._store.limits(await self._limited(name))

    async def set_limits(self, admin: Admin, name: str, limits: PersonLimits) -> PersonLimits:
        """Replaces the limits; the new ones count within seconds."""
        values = {key: str(value) for key, value in msgspec.structs.asdict(limits).items()}
        await self._change_limits(admin, await self._limited(name), limits, values)
        return limits

    async def reset_limits(self, admin: Admin, name: str) -> PersonLimits:
        """Makes an account follow the default again, or resets the default to its first value."""
        account = await self._limited(name)
        await self._change_limits(admin, account, None, {"to": "default"})
        return await self._store.limits(account)

    async def _change_limits(
        self, admin: Admin, account: str, limits: PersonLimits | None, values: Mapping[str, str]
    ) -> None:
        async def change() -> None:
            await self._store.set_limits(account, limits)
            await self._note("limits-changed", admin, account, **values)

        await self._together(change)

    async def _limited(self, name: str) -> str:
        return EVERYBODY if name == EVERYBODY else (await self._known(name)).name

    async def sessions(self, name: str) -> list[Session]:
        account, now_ts = await self._known(name), self._sign_in.unix_ts()
        found = await self._store.sessions_of(account.name)
        return [each for each in found if is_alive(each, now_ts, self._sign_in.limits)]

    async def end_session(self, admin: Admin, name: str, session_id: str) -> None:
        account = await self._known(name)
        session = await self._store.session(session_id)
        if session is None or session.account != account.name or session.ended_ts is not None:
            raise RequestError(
                f"{account.name} has no session {session_id[:32]!r}", code=ProblemCode.NOT_FOUND
            )

        async def end() -> None:
            await self._store.end_session(session_id, self._sign_in.unix_ts())
            await self._note("session-ended", admin, account.name, session=session_id)

        await self._together(end)

    async def end_sessions(self, admin: Admin, name: str) -> None:
        account = await self._known(name)

        async def end() -> None:
            ended = await self._store.end_sessions_of(account.name, self._sign_in.unix_ts())
            await self._note("sessions-ended", admin, account.name, sessions=str(ended))

        await self._together(end)

    async def tokens(self, name: str) -> Sequence[Token]:
        return await self._store.tokens((await self._known(name)).name)

    async def create_token(
        self, admin: Admin, name: str, program: str, grants: Mapping[str, Role], days: int
    ) -> tuple[Token, str]:
        """Like `SignIn.make_token`, for another person's program. Its rights are at most that person's."""
        account = await self._known(name)
        owner = Person(account.name, account.grants)

        async def make() -> tuple[Token, str]:
            token, text = await self._sign_in.make_token(owner, program, grants, days)
            await self._note("token-created", admin, account.name, **facts_of_token(token))
            return token, text

        return await self._together(make)

    async def revoke_token(self, admin: Admin, name: str, token_id: str) -> None:
        account = await self._known(name)
        token = await self._store.token(token_id)
        is_theirs = token is not None and token.account == account.name

        async def revoke() -> None:
            if not is_theirs or not await self._store.revoke_token(token_id, self._sign_in.unix_ts()):
                raise RequestError(
                    f"{account.name} has no token {token_id[:32]!r}", code=ProblemCode.NOT_FOUND
                )
            await self._note("token-revoked", admin, account.name, token=token_id)

        await self._together(revoke)

    async def _known(self, text: str) -> Account:
        found = await self._store.account(account_name(text) or "")
        if found is None:
            raise RequestError(f"there is no account {text[:64]!r}", code=ProblemCode.NOT_FOUND)
        return found

    async def _note(self, event: SecurityEvent, admin: Admin, account: str, **facts: str) -> None:
        await self._sign_in.audit.note(
            event,
            person=admin.person.name,
            address=admin.client.address,
            facts={"account": account, **facts},
        )

    async def _together(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Stores a change together with its entry in the audit, or neither of them."""
        found = await self._store.together(work)
        self._sign_in.changed.set()
        return found


def _yourself() -> RequestError:
    return RequestError(
        "nobody takes their own administrator's rights away; ask another administrator",
        code=ProblemCode.YOURSELF,
    )
