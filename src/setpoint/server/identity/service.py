"""Every decision of sign-in, without HTTP: who may sign in, as whom, for how long, and what ends it.

A person who is refused learns only that name and password do not match: not whether the account exists, is disabled,
has no password yet, or signs in elsewhere. Every decision goes to the `Audit`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from setpoint.contract.http.people import SecurityEvent
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.accounts import (
    Account,
    AccountStore,
    Invite,
    Session,
    SignInLimits,
    Throttle,
    Token,
    account_name,
    facts_of_session,
    facts_of_token,
    narrow,
    person_of,
    refuse_password,
)
from setpoint.core.accounts.words import NAME_RULE
from setpoint.core.limits import SIGN_INS, TokenBuckets, counted_as
from setpoint.core.names import clean_name
from setpoint.core.plant import WHOLE_PLANT, Person, Role
from setpoint.errors import RequestError
from setpoint.server.identity.devices import known_device, new_device
from setpoint.server.identity.passwords import Passwords
from setpoint.server.identity.secrets import digest, is_same, new_id, new_secret, split_token, token_text
from setpoint.server.identity.seen import Seen

_MAX_AGENT = 200
_DAY_S = 24 * 3600


class Audit(Protocol):
    """Records sign-ins, refusals and changes of rights. The facts never contain a secret."""

    async def note(
        self, event: SecurityEvent, *, person: str, address: str, facts: Mapping[str, str]
    ) -> None: ...


class NoAudit:
    async def note(
        self, event: SecurityEvent, *, person: str, address: str, facts: Mapping[str, str]
    ) -> None:
        """Forgets it."""


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """A person's address (the peer's, or the one that a trusted proxy names) and browser.

    ``device``: the text of the cookie by which a browser is known again (`devices`).
    """

    address: str
    agent: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``secret`` and ``device`` go into their cookies and nowhere else."""

    person: Person
    session: Session
    secret: str
    device: str


class SignIn:
    """``unix_ts`` and ``now_ms`` are the clocks: Unix seconds, and monotonic milliseconds for the throttle."""

    def __init__(
        self,
        store: AccountStore,
        *,
        passwords: Passwords | None = None,
        audit: Audit | None = None,
        limits: SignInLimits | None = None,
        throttle: Throttle | None = None,
        unix_ts: Callable[[], float] = time.time,
        now_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
    ) -> None:
        self.store = store
        self._passwords = passwords or Passwords()
        self.audit = audit or NoAudit()
        self.limits = limits or SignInLimits()
        self._throttle = throttle or Throttle()
        self.unix_ts = unix_ts
        self._now_ms = now_ms
        self._checked = asyncio.Event()
        """Set when a password was checked."""
        self._pace = TokenBuckets()
        self._device_key = new_secret()
        self._seen = Seen()
        self.changed = asyncio.Event()
        """Set when a session or token was ended here, so that `revocation` need not wait for its next check."""

    async def start(self) -> None:
        await self._passwords.prepare()
        self._device_key = await self.store.key("device", self._device_key)
        await self.expire()
        await self.store.purge(self.unix_ts() - self.limits.familiar_days * _DAY_S)

    async def expire(self) -> None:
        """Ends for good everything that has expired by now, so that it stays expired when the clock is set back.
        Sessions and tokens made while the clock was ahead last no longer than if they were made now.
        """
        now_ts, limits = self.unix_ts(), self.limits
        await self.store.rewind(now_ts, now_ts + limits.invite_s)
        if await self.store.expire(now_ts, now_ts - limits.idle_s, now_ts - limits.absolute_s):
            self.changed.set()

    def close(self) -> None:
        self._passwords.close()

    # --- who somebody is ---

    async def by_cookie(self, secret: str) -> Person | None:
        """The person of a browser's cookie. Asking keeps the session from becoming idle."""
        return await self._holder(await self.store.session_by_secret(digest(secret)))

    async def by_token(self, text: str) -> Person | None:
        found = split_token(text)
        if found is None:
            return None
        token_id, secret = found
        token = await self.store.token(token_id)
        return await self._holder(token) if token is not None and is_same(secret, token.secret_hash) else None

    async def still(self, via: str) -> Person | None:
        """The person of a session or token that was valid before (`Person.via`). Keeps it from becoming idle."""
        kind, _, key = via.partition(":")
        return await self._holder(
            await (self.store.session(key) if kind == "session" else self.store.token(key))
        )

    async def _holder(self, credential: Session | Token | None) -> Person | None:
        """The person of a credential that is valid now. The credential is noted as used."""
        if credential is None:
            return None
        now_ts = self.unix_ts()
        person = person_of(await self.store.account(credential.account), credential, now_ts, self.limits)
        if person is not None and now_ts - (credential.seen_ts or 0) >= self.limits.touch_every_s:
            touch = self.store.touch_session if isinstance(credential, Session) else self.store.touch_token
            await self._seen.note(credential.id, touch(credential.id, now_ts))
        return person

    async def version(self) -> int:
        return await self.store.version()

    # --- signing in and out ---

    async def sign_in(self, name_text: str, password: str, client: ClientInfo) -> SignedIn:
        """Raises `RequestError`: 401 ``wrong-credentials``, 429 ``too-many-attempts`` with the wait."""
        name = account_name(name_text) or ""
        throttled_as = name or "?"
        now_ts = self.unix_ts()
        since_ts = now_ts - self.limits.familiar_days * _DAY_S
        is_familiar = await self.store.is_familiar(name, client.address, since_ts)
        device = known_device(self._device_key, name, client.device)
        counted = counted_as(client.address)
        while (
            wait_ms := self._throttle.wait_ms(
                throttled_as, counted, self._now_ms(), is_familiar=is_familiar, device=device
            )
        ) is None:
            await self._checked.wait()
        if wait_ms:
            raise _too_many(wait_ms)
        # Counted before the check and taken back after it, so that parallel attempts count each other.
        self._throttle.begin(throttled_as, counted, self._now_ms(), device=device)
        is_right = None
        try:
            account = await self.store.account(name)
            password_hash = account.password_hash if account is not None else None
            is_right = await self._passwords.check(password, password_hash)
            is_right = is_right and account is not None and not account.is_disabled and bool(account.grants)
        finally:
            self._throttle.end(throttled_as, counted, device=device, is_right=is_right)
            self._checked.set()  # wakes those who wait for it
            self._checked = asyncio.Event()
        if not is_right or account is None:
            await self._note("sign-in-refused", name or "?", client)
            raise RequestError(
                "the name and the password do not fit together; check both, or ask an administrator for a new link",
                code=ProblemCode.WRONG_CREDENTIALS,
            )
        self._check_pace(name)
        facts: dict[str, str] = {}
        if password_hash is not None and self._passwords.is_outdated(password_hash):
            fresh = await self._passwords.hash(password)
            await self.store.rehash_password(name, password_hash, fresh)
            facts = {"replaced": digest(password_hash), "fingerprint": digest(fresh)}
        return await self.open_session(account, client, how="password", **facts)

    async def open_session(self, account: Account, client: ClientInfo, *, how: str, **facts: str) -> SignedIn:
        """A new session, always with a new secret: an earlier secret of the browser is worth nothing."""
        now_ts = self.unix_ts()
        secret = new_secret()
        session = Session(
            id=new_id(),
            secret_hash=digest(secret),
            account=account.name,
            address=client.address,
            agent=clean_name(client.agent, otherwise="")[:_MAX_AGENT],
            created_ts=now_ts,
            seen_ts=now_ts,
        )
        person = person_of(account, session, now_ts, self.limits)
        if person is None:
            raise RequestError(
                "this account has no rights here; ask an administrator", code=ProblemCode.NO_RIGHTS
            )

        async def begin() -> None:
            await self.store.add_session(session)
            await self._note("signed-in", account.name, client, how=how, **facts_of_session(session), **facts)

        await self.store.together(begin)
        is_known = known_device(self._device_key, account.name, client.device) is not None
        device = client.device if is_known else new_device(self._device_key, account.name)
        return SignedIn(person, session, secret, device)

    async def sign_out(self, person: Person, client: ClientInfo) -> None:
        """Ends the session with which the person signed in."""
        kind, _, key = person.via.partition(":")
        if kind == "session":
            await self._end(person, key, client)

    async def sign_out_everywhere(self, person: Person, client: ClientInfo) -> int:
        self._check_pace(person.name)

        async def end() -> int:
            ended = await self.store.end_sessions_of(person.name, self.unix_ts())
            await self._note("signed-out-everywhere", person.name, client, sessions=str(ended))
            return ended

        found = await self.store.together(end)
        self.changed.set()
        return found

    async def _end(self, person: Person, session_id: str, client: ClientInfo) -> None:
        async def end() -> None:
            await self.store.end_session(session_id, self.unix_ts())
            await self._note("signed-out", person.name, client, session=session_id)

        await self.store.together(end)
        self.changed.set()

    async def sessions(self, person: Person) -> Sequence[Session]:
        """The person's living sessions, the one last used first."""
        now_ts = self.unix_ts()
        account = await self.store.account(person.name)
        found = await self.store.sessions_of(person.name)
        return [each for each in found if person_of(account, each, now_ts, self.limits) is not None]

    async def end_session(self, person: Person, session_id: str, client: ClientInfo) -> None:
        """Ends one of the person's own sessions. Another person's session is unknown here, like one that never
        existed.
        """
        session = await self.store.session(session_id)
        if session is None or session.account != person.name or session.ended_ts is not None:
            raise RequestError(f"you have no session {session_id[:32]!r}", code=ProblemCode.NOT_FOUND)
        await self._end(person, session_id, client)

    async def needs_set_up(self) -> bool:
        """Whether there is no account yet, so that the first administrator needs a link."""
        return not await self.store.accounts()

    async def invite(self, account: str | None) -> str:
        """The secret of a link by which this account chooses a password. None invites the first administrator."""
        secret = new_secret()
        expires_ts = self.unix_ts() + self.limits.invite_s
        await self.store.put_invite(Invite(digest(secret), account, expires_ts))
        return secret

    async def read_invite(self, secret: str) -> Invite:
        """The purpose of a link, without using it up. Raises `RequestError` 404."""
        found = await self.store.invite(digest(secret), self.unix_ts())
        if found is None or (found.account is None and not await self.needs_set_up()):
            raise _no_link()
        return found

    async def accept_invite(self, secret: str, name_text: str, password: str, client: ClientInfo) -> SignedIn:
        """Sets the password, creates the first administrator if the link is for that, and signs in."""
        invite = await self.read_invite(secret)
        name = invite.account or account_name(name_text)
        if name is None:
            raise bad_name(name_text)
        refusal = refuse_password(password, name)
        if refusal is not None:
            raise RequestError(refusal, code=ProblemCode.WEAK_PASSWORD)
        password_hash = await self._passwords.hash(password)
        now_ts = self.unix_ts()
        if invite.account is None and not await self.needs_set_up():
            raise _no_link()

        async def take() -> None:
            if await self.store.take_invite(digest(secret), now_ts) is None:
                raise _no_link()
            if invite.account is None:
                first = Account(name, {WHOLE_PLANT: Role.ADMIN}, now_ts, password_hash=password_hash)
                if not await self.store.add_account(first):
                    raise _no_link()
            else:
                await self.store.set_password(name, password_hash, now_ts)
            event: SecurityEvent = "set-up" if invite.account is None else "password-set"
            await self._note(event, name, client, fingerprint=digest(password_hash))

        await self.store.together(take)
        self.changed.set()
        account = await self.store.account(name)
        if account is None or account.is_disabled:
            raise _no_link()
        return await self.open_session(account, client, how="link")

    async def account_for_subject(self, subject: str, name_text: str) -> Account:
        """The account of a person whom the provider has identified.

        An administrator has made it (``setpoint user add NAME --subject …``): a provider says who somebody is, never
        what they may do here.
        """
        found = await self.store.account_of_subject(subject)
        if found is None or found.is_disabled:
            raise RequestError(
                f"the provider knows {name_text[:64]!r}, and there is no account for them here; ask an "
                f"administrator for one, with --subject {subject[:300]!r}",
                code=ProblemCode.NO_ACCOUNT,
                arguments={"name": name_text[:64], "subject": subject[:300]},
            )
        return found

    # --- tokens of programs ---

    async def tokens(self, person: Person) -> Sequence[Token]:
        return await self.store.tokens(person.name)

    async def create_token(
        self, person: Person, name_text: str, grants: Mapping[str, Role], days: int, client: ClientInfo
    ) -> tuple[Token, str]:
        """A token of the person's own. As `make_token`."""
        self._check_pace(person.name)

        async def make() -> tuple[Token, str]:
            token, text = await self.make_token(person, name_text, grants, days)
            await self._note("token-created", person.name, client, **facts_of_token(token))
            return token, text

        return await self.store.together(make)

    async def make_token(
        self, owner: Person, name_text: str, grants: Mapping[str, Role], days: int
    ) -> tuple[Token, str]:
        """The token, and the text that is shown this once. Its rights are at most its owner's."""
        name = account_name(name_text)
        if name is None:
            raise bad_name(name_text)
        if not 1 <= days <= self.limits.max_token_days:
            raise RequestError(
                f"expected 1 to {self.limits.max_token_days} days for a token, but got {days}",
                code=ProblemCode.BAD_EXPIRY,
                arguments={"most": self.limits.max_token_days},
            )
        narrowed = narrow(owner.grants, grants)
        if not narrowed:
            raise RequestError(
                f"{owner.name} has none of these rights; a token has at most its owner's",
                code=ProblemCode.NO_RIGHTS,
            )
        secret, now_ts = new_secret(), self.unix_ts()
        token = Token(new_id(), digest(secret), owner.name, name, narrowed, now_ts, now_ts + days * _DAY_S)
        if not await self.store.add_token(token):
            raise RequestError(
                f"{owner.name} has a token named {name!r}; revoke it, or take another name",
                code=ProblemCode.NAME_TAKEN,
                arguments={"name": name},
            )
        return token, token_text(token.id, secret)

    async def revoke_token(self, person: Person, token_id: str, client: ClientInfo) -> None:
        """Revokes one of the person's own tokens. Another person's token is unknown here, like one that never
        existed.
        """
        token = await self.store.token(token_id)
        if token is None or token.account != person.name:
            raise RequestError(f"you have no token {token_id[:32]!r}", code=ProblemCode.NOT_FOUND)

        async def revoke() -> None:
            if await self.store.revoke_token(token_id, self.unix_ts()):
                await self._note("token-revoked", person.name, client, token=token_id)

        await self.store.together(revoke)
        self.changed.set()

    def _check_pace(self, account: str) -> None:
        """Raises `RequestError` 429. Only people who know the password get here, so strangers cannot use up anybody's
        rate.
        """
        wait_ms = self._pace.wait_ms(account, SIGN_INS, self._now_ms())
        if wait_ms:
            raise RequestError(
                f"{account} has signed in or made tokens too often; the next time is in {-(-wait_ms // 1000)} s. "
                "Let programs use a token instead of signing in each time",
                code=ProblemCode.TOO_MANY_ATTEMPTS,
                detail={"retryAfterMs": wait_ms},
                arguments={"seconds": -(-wait_ms // 1000)},
            )

    async def _note(self, event: SecurityEvent, person: str, client: ClientInfo, **facts: str) -> None:
        await self.audit.note(event, person=person, address=client.address, facts=facts)


def _too_many(wait_ms: int) -> RequestError:
    seconds = -(-wait_ms // 1000)
    return RequestError(
        f"too many attempts to sign in; the next one is looked at in {seconds} s",
        code=ProblemCode.TOO_MANY_ATTEMPTS,
        detail={"retryAfterMs": wait_ms},
        arguments={"seconds": seconds},
    )


def bad_name(text: str) -> RequestError:
    return RequestError(
        f"{text[:64]!r} cannot be a name: {NAME_RULE}",
        code=ProblemCode.BAD_NAME,
        arguments={"name": text[:64]},
    )


def _no_link() -> RequestError:
    return RequestError(
        "this link has been used, was replaced by a newer one, or is older than a day; ask for a new one",
        code=ProblemCode.NO_LINK,
    )
