"""Accounts of the plant, and the credentials that prove them.

An *account* is a person with rights. A *session* is an account on one browser, proven by a cookie; a *token* is an
account's program, proven by a secret, with rights of its own that never exceed the account's. An *invite* is a link
that works once. It lets a person choose a password; the first administrator signs in with one.

    records    what is remembered of each; secrets only as hashes
    judge      whether a credential holds now, and whose rights it brings
    facts      what the audit records of each
    words      which names and passwords are allowed
    throttle   how long a person who guesses has to wait
    store      what sign-in asks of a database
"""

from setpoint.core.accounts.facts import (
    facts_of_account,
    facts_of_session,
    facts_of_token,
    fingerprint_of_secret,
)
from setpoint.core.accounts.judge import SignInLimits, bearer_of, is_alive, narrow, person_of
from setpoint.core.accounts.records import Account, Invite, Session, Token
from setpoint.core.accounts.store import AccountStore
from setpoint.core.accounts.throttle import Throttle, ThrottleLimits
from setpoint.core.accounts.words import account_name, parse_grants, refuse_password, shown_grants

__all__ = [
    "Account",
    "AccountStore",
    "Invite",
    "Session",
    "SignInLimits",
    "Throttle",
    "ThrottleLimits",
    "Token",
    "account_name",
    "bearer_of",
    "facts_of_account",
    "facts_of_session",
    "facts_of_token",
    "fingerprint_of_secret",
    "is_alive",
    "narrow",
    "parse_grants",
    "person_of",
    "refuse_password",
    "shown_grants",
]
