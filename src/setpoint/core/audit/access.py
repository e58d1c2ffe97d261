"""Replays what the audit says of accounts, limits, sessions and tokens, and compares it with the tables (`replay`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Final

import msgspec

from setpoint.core.accounts import Account, Session, Token, fingerprint_of_secret, shown_grants
from setpoint.core.audit.retention import Anchor
from setpoint.message import sentence

_ABOUT_WHO: Final = frozenset(("event", "person", "address", "account"))
_ROUNDED_S: Final = 1.0
"""Instants in the audit are in whole seconds, or a moment after the record's."""
_SET_UP_S: Final = 60.0
"""An account's entry follows within this time, whatever else the machine does."""


class _Token(msgspec.Struct, frozen=True):
    """A token by its audit entry. Values that the entry does not have (before 0.2.0) are None."""

    owner: str
    at: float
    rights: str | None
    program: str | None
    expires: str | None
    fingerprint: str | None


class _Session(msgspec.Struct, frozen=True):
    """A session by its audit entry. Values that the entry does not have (before 0.2.0) are None."""

    owner: str
    at: float
    address: str
    fingerprint: str | None


class Access:
    """`take` every entry about access in order, then pass it every record. ``differs`` gets each difference."""

    def __init__(self, differs: Callable[[str, str], None]) -> None:
        self._differs = differs
        self._rights: dict[str, str] = {}
        self._disabled: set[str] = set()
        self._passwords: dict[str, str] = {}
        """The fingerprint of each account's password, where the audit names it; empty for an account without one."""
        self._subjects: dict[str, str] = {}
        """Who each account is at the OpenID provider, where the audit says it; empty for nobody there."""
        self._knows_subjects = False
        """Whether entries are of a version that names them: from 0.2.0 on."""
        self._added: dict[str, float] = {}
        self._limits: dict[str, dict[str, str]] = {}
        self._knows_all_limits = True
        self._tokens: dict[str, _Token] = {}
        self._knows_all_tokens = False
        """Whether the anchor names those from the part that is no longer stored."""
        self._revoked: set[str] = set()
        self._sessions: dict[str, _Session] = {}
        self._sessions_since = inf
        """Since then the audit has every session with its fingerprint."""
        self._ended: set[str] = set()
        self._since = 0.0
        """Entries of an earlier instant may have been removed."""

    def begin(self, anchor: Anchor, since: float) -> None:
        """Starts with the accounts of the part of the audit that is no longer stored."""
        self._rights = dict(anchor.rights)
        self._disabled = set(anchor.disabled)
        self._passwords = dict(anchor.passwords or {})
        self._subjects = dict(anchor.subjects or {})
        self._knows_subjects = anchor.subjects is not None
        self._limits = {account: dict(each) for account, each in (anchor.limits or {}).items()}
        self._knows_all_limits = anchor.limits is not None
        for token, details in (anchor.tokens or {}).items():
            self._token_created(token, str(details.get("account")), details, float(details.get("at", 0.0)))
        self._knows_all_tokens = anchor.tokens is not None
        self._since = since

    def take(self, payload: Mapping[str, object], at: float) -> None:
        account = str(payload.get("account") or payload.get("person") or "")
        match payload.get("event"):
            case "set-up":
                self._rights[account] = "admin"
                self._password_set(account, payload)
                if "fingerprint" in payload:
                    self._knows_subjects = True
                    self._subjects[account], self._added[account] = "", at
            case "account-added":
                self._rights[account] = str(payload.get("rights"))
                self._passwords[account] = ""
                if self._knows_subjects or "subject" in payload:
                    self._subjects[account], self._added[account] = str(payload.get("subject", "")), at
            case "password-set":
                self._password_set(account, payload)
            case "limits-changed":
                self._limits_changed(account, payload)
            case "rights-changed":
                self._rights[account] = str(payload.get("after"))
            case "account-disabled":
                self._disabled.add(account)
            case "account-enabled":
                self._disabled.discard(account)
            case _:
                self._take_credential(account, payload, at)

    def _take_credential(self, account: str, payload: Mapping[str, object], at: float) -> None:
        match payload.get("event"):
            case "signed-in":
                self._signed_in(account, payload, at)
            case "signed-out" | "session-ended":
                self._ended.add(str(payload.get("session")))
            case "token-created":
                self._token_created(str(payload.get("token")), account, payload, at)
            case "token-revoked":
                self._revoked.add(str(payload.get("token")))
            case _:
                pass

    def _token_created(self, token: str, owner: str, payload: Mapping[str, object], at: float) -> None:
        named = (_text(payload.get(key)) for key in ("rights", "program", "expires", "fingerprint"))
        self._tokens[token] = _Token(owner, at, *named)

    def _limits_changed(self, account: str, payload: Mapping[str, object]) -> None:
        if payload.get("to") == "default":
            self._limits.pop(account, None)
            return
        changed = {key: str(value) for key, value in payload.items() if key not in _ABOUT_WHO}
        self._limits[account] = self._limits.get(account, {}) | changed

    def _signed_in(self, account: str, payload: Mapping[str, object], at: float) -> None:
        if "replaced" in payload and self._passwords.get(account) == payload["replaced"]:
            self._password_set(account, payload)
        fingerprint = _text(payload.get("sessionFingerprint"))
        if fingerprint is not None:
            self._knows_subjects = True
            self._sessions_since = min(self._sessions_since, at - _ROUNDED_S)
        session = _Session(account, at, str(payload.get("address", "")), fingerprint)
        self._sessions[str(payload.get("session"))] = session

    def _password_set(self, account: str, payload: Mapping[str, object]) -> None:
        fingerprint = payload.get("fingerprint")
        if fingerprint is None:  # of 0.1.0
            self._passwords.pop(account, None)
        else:
            self._passwords[account] = str(fingerprint)

    def account(self, account: Account, fingerprint: str) -> None:
        """``fingerprint`` is that of the password; empty if there is none."""
        name, rights, subject = account.name, shown_grants(account.grants), account.subject or ""
        is_disabled = account.is_disabled
        what = sentence("words-account", "account {name}", name=name)
        if name in self._rights and self._passwords.get(name, fingerprint) != fingerprint:
            self._differs(what, sentence("words-another-password", "has another password than by the audit"))
        if name in self._rights and self._subjects.get(name, subject) != subject:
            self._differs(
                what,
                sentence(
                    "words-another-subject", "is another person at the OpenID provider than by the audit"
                ),
            )
        if abs(account.created_ts - self._added.get(name, account.created_ts)) > _SET_UP_S:
            self._differs(what, _not_what_it_says())
        expected = self._rights.pop(name, None)
        if expected is None:
            self._differs(what, _not_added())
        elif expected != rights:
            self._differs(
                what,
                sentence(
                    "words-by-audit",
                    "is {rights}; by the audit it is {expected}",
                    rights=rights,
                    expected=expected,
                ),
            )
        elif is_disabled != (name in self._disabled):
            states = (sentence("words-enabled", "enabled"), sentence("words-disabled", "disabled"))
            self._differs(
                what,
                sentence(
                    "words-by-audit-not", "is {value}; by the audit it is not", value=states[is_disabled]
                ),
            )

    def token(self, token: Token) -> None:
        rights = shown_grants(token.grants)
        name = sentence("words-token-of", "token {token} of {owner}", token=token.id, owner=token.account)
        recorded = self._tokens.get(token.id)
        if token.revoked_ts is None and token.id in self._revoked:
            self._differs(name, sentence("words-was-revoked", "is valid; by the audit it was revoked"))
        elif recorded is None:
            is_known = self._knows_all_tokens and token.revoked_ts is None
            if is_known or token.created_ts >= self._since:
                self._differs(name, _not_added())
        elif (recorded.owner, recorded.rights or rights) != (token.account, rights):
            expected = f"{recorded.rights or rights} ({recorded.owner})"
            self._differs(
                name,
                sentence(
                    "words-by-audit",
                    "is {rights}; by the audit it is {expected}",
                    rights=f"{rights} ({token.account})",
                    expected=expected,
                ),
            )
        elif recorded.fingerprint is not None and (
            recorded.fingerprint != fingerprint_of_secret(token.secret_hash)
            or recorded.program != token.name
            or _is_later(token.expires_ts, recorded.expires)
            or token.created_ts > recorded.at + _ROUNDED_S
        ):
            self._differs(name, _not_what_it_says())

    def session(self, session: Session) -> None:
        name = sentence(
            "words-session-of", "session {session} of {owner}", session=session.id, owner=session.account
        )
        recorded = self._sessions.get(session.id)
        fingerprint = fingerprint_of_secret(session.secret_hash)
        if session.ended_ts is None and session.id in self._ended:
            self._differs(name, sentence("words-session-was-ended", "is open; by the audit it was ended"))
        elif recorded is None:
            if session.created_ts >= self._sessions_since:
                self._differs(name, _not_added())
        elif (
            (recorded.owner, recorded.address) != (session.account, session.address)
            or (recorded.fingerprint or fingerprint) != fingerprint
            or session.created_ts > recorded.at + _ROUNDED_S
        ):
            self._differs(name, _not_what_it_says())

    def limits(self, account: str, limits: Mapping[str, str]) -> None:
        """The limits that are set for an account. An entry may name only the limits that changed."""
        recorded = self._limits.pop(account, None)
        if recorded is None:
            is_so = not self._knows_all_limits
        else:
            is_so = all(recorded.get(key, value) == value for key, value in limits.items())
        if not is_so:
            self._differs(
                sentence("words-limits-of", "the limits of {account}", account=account), _not_what_it_says()
            )

    def missing(self) -> Iterator[str]:
        """What the audit has, but for which no record was passed."""
        for name in self._rights:
            yield sentence("words-account", "account {name}", name=name)
        for account in self._limits:
            yield sentence("words-limits-of", "the limits of {account}", account=account)


def _is_later(at: float, recorded: str | None) -> bool:
    """An expiry may come earlier than recorded, because the clock was put right, but never later."""
    return recorded is None or at > float(recorded) + _ROUNDED_S


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _not_added() -> str:
    return sentence(
        "words-was-not-added-by-anybody-far", "was not added by anybody, as far as the audit goes"
    )


def _not_what_it_says() -> str:
    return sentence("words-not-what-audit-says", "is not what the audit says")
