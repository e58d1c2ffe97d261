"""Whether a credential is valid at an instant, and whose rights it gives.

A session ends when its person signs out, when it is idle or when it is too old. A token ends when it is revoked or
expires. Both end when the account is disabled. The decision depends only on the given records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from setpoint.core.accounts.records import Account, Session, Token
from setpoint.core.plant import Person, Role


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """``familiar_days``: how long an address counts as known after a sign-in, and an ended session is kept."""

    idle_s: float = 12 * 3600  # a shift, with the handover
    absolute_s: float = 7 * 24 * 3600
    invite_s: float = 24 * 3600
    touch_every_s: float = 60
    familiar_days: int = 30
    max_token_days: int = 366


def is_alive(credential: Session | Token, now_ts: float, limits: SignInLimits) -> bool:
    """Whether it is still valid: not ended, not revoked, and not expired."""
    match credential:
        case Session():
            return (
                credential.ended_ts is None
                and now_ts - credential.seen_ts < limits.idle_s
                and now_ts - credential.created_ts < limits.absolute_s
            )
        case Token():
            return credential.revoked_ts is None and now_ts < credential.expires_ts


def person_of(
    account: Account | None, credential: Session | Token, now_ts: float, limits: SignInLimits
) -> Person | None:
    """The person with this credential; None if it is not valid (any more), or nothing is granted.

    A program is named after its account, ``anna/mes``, so that the audit distinguishes it from its owner.
    """
    if account is None or account.is_disabled or account.name != credential.account:
        return None
    if not is_alive(credential, now_ts, limits):
        return None
    match credential:
        case Session():
            name, grants = account.name, account.grants
        case Token():
            name, grants = f"{account.name}/{credential.name}", narrow(account.grants, credential.grants)
    return Person(name, grants, via=bearer_of(credential)) if grants else None


def bearer_of(credential: Session | Token) -> str:
    """``session:…`` or ``token:…``: how the person of a live socket signed in."""
    return f"{'session' if isinstance(credential, Session) else 'token'}:{credential.id}"


def narrow(owned: Mapping[str, Role], requested: Mapping[str, Role]) -> dict[str, Role]:
    """The rights that both grant, line by line; the lower of the two counts."""
    owner, token = Person("", owned), Person("", requested)
    found: dict[str, Role] = {}
    for line in owned.keys() | requested.keys():
        mine, wanted = owner.role_on(line), token.role_on(line)
        if mine is not None and wanted is not None:
            found[line] = min(mine, wanted)
    return found
