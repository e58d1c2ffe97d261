"""The interface between sign-in and a database; `setpoint.persistence.accounts` implements it.

Every change that may take rights away (a person, a session, a token) raises ``version`` in the same transaction. So a
server sees within two seconds what another process changed, such as the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from setpoint.core.accounts.records import Account, Invite, Session, Token
from setpoint.core.limits import PersonLimits
from setpoint.core.plant import Role

T = TypeVar("T")


class AccountStore(Protocol):
    """Every method may raise `StorageError`. Names are as `account_name` gives them."""

    async def together(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Runs ``work`` and returns its result. All of its changes and their audit entries are stored, or none of them.

        ``work`` reads nothing.
        """
        ...

    async def version(self) -> int:
        """Rises whenever somebody may have lost rights: an account changed, a session ended or a token was revoked."""
        ...

    async def account(self, name: str) -> Account | None:
        """None if there is no account of that name."""
        ...

    async def account_of_subject(self, subject: str) -> Account | None:
        """The account of a person of the OpenID provider, by the provider's name for them."""
        ...

    async def accounts(self) -> Sequence[Account]:
        """All of them, by name."""
        ...

    async def add_account(self, account: Account) -> bool:
        """False if the name or the subject is taken; then nothing has changed."""
        ...

    async def set_grants(self, name: str, grants: Mapping[str, Role]) -> None:
        """The roles of the account by line from now on."""
        ...

    async def set_disabled(self, name: str, is_disabled: bool) -> None:
        """Disables the account, or enables it again."""
        ...

    async def set_password(self, name: str, password_hash: str, ended_ts: float) -> None:
        """Ends all sessions of the account too, so that nobody stays signed in by the old password."""
        ...

    async def rehash_password(self, name: str, old_hash: str, new_hash: str) -> None:
        """Stores the same password, hashed with today's cost. Does nothing if it has been changed in the meantime."""
        ...

    async def add_session(self, session: Session) -> None:
        """Stores a new session."""
        ...

    async def session(self, session_id: str) -> Session | None:
        """A session by its id, ended or not."""
        ...

    async def session_by_secret(self, secret_hash: str) -> Session | None:
        """A session by the hash of its cookie, ended or not."""
        ...

    async def sessions_of(self, account: str) -> Sequence[Session]:
        """Returns the sessions that have not ended, the last used first."""
        ...

    async def touch_session(self, session_id: str, seen_ts: float) -> None:
        """The session was used at this time."""
        ...

    async def end_session(self, session_id: str, ended_ts: float) -> None:
        """Ends a session; an earlier end stays."""
        ...

    async def end_sessions_of(self, account: str, ended_ts: float) -> int:
        """Ends all sessions of an account; returns how many there were."""
        ...

    async def last_sign_ins(self) -> Mapping[str, float]:
        """When each account last signed in, as far as sessions are kept."""
        ...

    async def is_familiar(self, account: str, address: str, since_ts: float) -> bool:
        """Whether the account has signed in from this address since then."""
        ...

    async def add_token(self, token: Token) -> bool:
        """False if the account has a living token of that name."""
        ...

    async def token(self, token_id: str) -> Token | None:
        """A token by its id, revoked or not."""
        ...

    async def tokens(self, account: str | None = None) -> Sequence[Token]:
        """Returns the tokens that are not revoked, of one account or of all, the newest first."""
        ...

    async def touch_token(self, token_id: str, seen_ts: float) -> None:
        """The token was used at this time."""
        ...

    async def revoke_token(self, token_id: str, revoked_ts: float) -> bool:
        """False if there was none to revoke."""
        ...

    async def put_invite(self, invite: Invite) -> None:
        """Stores the account's only invite: an earlier link stops working."""
        ...

    async def invite(self, secret_hash: str, now_ts: float) -> Invite | None:
        """An invite that still works, by the hash of its link."""
        ...

    async def take_invite(self, secret_hash: str, now_ts: float) -> Invite | None:
        """Uses up the invite and returns it. If several people use the link at once, only one of them gets it."""
        ...

    async def limits(self, account: str) -> PersonLimits:
        """The account's own, else those of `EVERYBODY`, else `DEFAULT_LIMITS`."""
        ...

    async def set_limits(self, account: str, to: PersonLimits | None) -> None:
        """None: the account follows the default again."""
        ...

    async def expire(self, now_ts: float, idle_ts: float, begun_ts: float) -> int:
        """Ends tokens and links that run out by ``now_ts``, sessions last seen by ``idle_ts`` or begun by ``begun_ts``.

        Returns how many. They stay ended, whatever the clock shows later.
        """
        ...

    async def rewind(self, now_ts: float, link_ts: float) -> int:
        """The clock went back: sessions and tokens that were made later than ``now_ts`` count as made then, and no link
        lasts longer than to ``link_ts``. Returns how many that were.
        """
        ...

    async def key(self, name: str, fresh: str) -> str:
        """The server's own key of that name. If there is none yet, ``fresh`` becomes the key for good."""
        ...

    async def purge(self, before_ts: float) -> None:
        """Forgets sessions, tokens and invites that ended or ran out before then."""
        ...
