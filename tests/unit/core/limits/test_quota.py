"""A quota counts use by name, and forgets a name that has returned everything."""

from __future__ import annotations

from setpoint.core.limits import Quota


def test_a_name_is_full_at_its_limit_and_others_are_not() -> None:
    quota = Quota(2)
    quota.take("10.0.0.1")
    assert not quota.is_full("10.0.0.1")
    quota.take("10.0.0.1")
    assert quota.is_full("10.0.0.1")
    assert not quota.is_full("10.0.0.2")


def test_a_place_that_is_given_back_is_free_again_and_the_last_of_a_name_leaves_nothing() -> None:
    quota = Quota(1)
    quota.take("anna")
    quota.take("bert")
    quota.give_back("anna")
    assert not quota.is_full("anna")
    assert ("anna" in quota, "bert" in quota, quota.total) == (False, True, 1)


def test_asking_about_a_name_stores_nothing() -> None:
    quota = Quota(1)
    quota.is_full("stranger")
    assert "stranger" not in quota
