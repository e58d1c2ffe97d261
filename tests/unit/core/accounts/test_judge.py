"""Credentials are valid until the instant at which they end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.core.accounts import Account, Session, SignInLimits, Token, narrow, person_of
from setpoint.core.plant import Person, Role

LIMITS = SignInLimits(idle_s=10, absolute_s=100)
ANNA = Account("anna", {"*": Role.OPERATOR}, 0.0)
SESSION = Session("s1", "", "anna", "", "", created_ts=0.0, seen_ts=0.0)
TOKEN = Token("t1", "", "anna", "mes", {"01": Role.ENGINEER}, created_ts=0.0, expires_ts=50.0)

GRANTS = st.dictionaries(st.sampled_from(["*", "01", "02"]), st.sampled_from(list(Role)))


def test_a_session_brings_the_accounts_rights() -> None:
    assert person_of(ANNA, SESSION, 5.0, LIMITS) == Person("anna", {"*": Role.OPERATOR}, via="session:s1")


@pytest.mark.parametrize(
    ("session", "now_ts"),
    [
        (SESSION, 10.0),
        (replace(SESSION, seen_ts=99.0), 100.0),
        (replace(SESSION, ended_ts=1.0), 2.0),
        (replace(SESSION, account="bert"), 1.0),
    ],
    ids=["idle", "too old", "ended", "another's"],
)
def test_a_session_that_is_over_brings_nobody(session: Session, now_ts: float) -> None:
    assert person_of(ANNA, session, now_ts, LIMITS) is None


@pytest.mark.parametrize("account", [None, replace(ANNA, is_disabled=True), replace(ANNA, grants={})])
def test_without_a_usable_account_there_is_no_person(account: Account | None) -> None:
    assert person_of(account, SESSION, 1.0, LIMITS) is None
    assert person_of(account, TOKEN, 1.0, LIMITS) is None


def test_a_token_is_named_after_its_account_and_has_no_more_than_its_rights() -> None:
    assert person_of(ANNA, TOKEN, 1.0, LIMITS) == Person("anna/mes", {"01": Role.OPERATOR}, via="token:t1")


@pytest.mark.parametrize("token", [replace(TOKEN, revoked_ts=0.5), replace(TOKEN, expires_ts=1.0)])
def test_a_token_that_is_over_brings_nobody(token: Token) -> None:
    assert person_of(ANNA, token, 1.0, LIMITS) is None


@given(GRANTS, GRANTS)
def test_narrowed_rights_are_on_every_line_the_lower_of_both(
    owned: dict[str, Role], requested: dict[str, Role]
) -> None:
    both = Person("", narrow(owned, requested))
    for line in ("01", "02", "03"):
        mine, limit = Person("", owned).role_on(line), Person("", requested).role_on(line)
        assert both.role_on(line) == (None if mine is None or limit is None else min(mine, limit))
