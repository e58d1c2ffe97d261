"""The promises of every store of accounts, in memory and in SQL."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.conftest import migrated_database

from setpoint.core.accounts import Account, AccountStore, Invite, Session, Token
from setpoint.core.audit.chain import fact
from setpoint.core.plant import Role
from setpoint.errors import StorageError
from setpoint.persistence.accounts import MemoryAccounts, SqlAccounts
from setpoint.persistence.sql import SqlPersistence

ANNA = Account("anna", {"01": Role.OPERATOR, "02": Role.VIEWER}, 100.0, password_hash="$argon2id$one")
SESSION = Session("s1", "a" * 64, "anna", "10.0.0.7", "Firefox", 100.0, 100.0)
TOKEN = Token("t1", "b" * 64, "anna", "mes", {"01": Role.VIEWER}, 100.0, 500.0)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AccountStore]:
    if request.param == "memory":
        yield MemoryAccounts()
        return
    persistence = SqlPersistence(await migrated_database(request, tmp_path), timeout_s=20)
    await persistence.start()
    yield SqlAccounts(persistence.database)
    await persistence.close()


async def test_an_account_is_kept_as_it_was_given(store: AccountStore) -> None:
    assert await store.add_account(ANNA)
    assert await store.account("anna") == ANNA
    assert await store.account("bert") is None
    assert list(await store.accounts()) == [ANNA]


async def test_a_name_or_a_subject_can_be_taken_once(store: AccountStore) -> None:
    assert await store.add_account(replace(ANNA, subject="https://id.example|1"))
    assert not await store.add_account(ANNA)
    assert not await store.add_account(replace(ANNA, name="other", subject="https://id.example|1"))
    assert await store.account_of_subject("https://id.example|1") is not None
    assert [each.name for each in await store.accounts()] == ["anna"]


async def test_many_accounts_without_a_subject_do_not_collide(store: AccountStore) -> None:
    assert await store.add_account(ANNA)
    assert await store.add_account(replace(ANNA, name="bert"))


async def test_every_change_that_may_take_rights_away_raises_the_version(store: AccountStore) -> None:
    await store.add_account(ANNA)
    await store.add_session(SESSION)
    await store.add_token(TOKEN)
    versions = [await store.version()]
    for change in (
        store.set_grants("anna", {"*": Role.ADMIN}),
        store.set_disabled("anna", True),
        store.set_password("anna", "$argon2id$two", 200.0),
        store.end_session("s1", 200.0),
        store.revoke_token("t1", 200.0),
    ):
        await change
        versions.append(await store.version())
    changed = await store.account("anna")
    assert changed is not None
    assert (changed.grants, changed.is_disabled, changed.password_hash) == (
        {"*": Role.ADMIN},
        True,
        "$argon2id$two",
    )
    assert versions[:4] == sorted(set(versions[:4]))
    assert versions[-1] > versions[-2]


async def test_a_new_password_ends_every_session(store: AccountStore) -> None:
    await store.add_account(ANNA)
    await store.add_session(SESSION)
    await store.add_session(replace(SESSION, id="s2", secret_hash="c" * 64))
    await store.set_password("anna", "$argon2id$two", 200.0)
    assert list(await store.sessions_of("anna")) == []
    ended = await store.session("s2")
    assert ended is not None
    assert ended.ended_ts == 200.0


async def test_a_rehash_does_not_undo_a_change_of_password(store: AccountStore) -> None:
    await store.add_account(ANNA)
    await store.rehash_password("anna", "$argon2id$stale", "$argon2id$again")
    assert await store.account("anna") == ANNA
    await store.rehash_password("anna", "$argon2id$one", "$argon2id$again")
    found = await store.account("anna")
    assert found is not None
    assert found.password_hash == "$argon2id$again"


async def test_a_session_is_found_by_its_secret_and_ends_once(store: AccountStore) -> None:
    await store.add_session(SESSION)
    await store.touch_session("s1", 150.0)
    assert await store.session_by_secret("a" * 64) == replace(SESSION, seen_ts=150.0)
    await store.end_session("s1", 160.0)
    await store.end_session("s1", 170.0)
    assert await store.session("s1") == replace(SESSION, seen_ts=150.0, ended_ts=160.0)
    assert await store.end_sessions_of("anna", 180.0) == 0


async def test_the_last_sign_in_is_known_even_after_its_session_has_ended(
    store: AccountStore,
) -> None:
    assert await store.last_sign_ins() == {}
    await store.add_session(SESSION)
    await store.add_session(replace(SESSION, id="s2", secret_hash="c" * 64, created_ts=300.0))
    await store.add_session(replace(SESSION, id="s3", secret_hash="d" * 64, account="bert"))
    await store.end_session("s2", 301.0)
    assert await store.last_sign_ins() == {"anna": 300.0, "bert": 100.0}


async def test_an_address_is_familiar_after_a_sign_in_even_when_that_session_has_ended(
    store: AccountStore,
) -> None:
    await store.add_session(SESSION)
    await store.end_session("s1", 101.0)
    assert await store.is_familiar("anna", "10.0.0.7", 50.0)
    assert not await store.is_familiar("anna", "10.0.0.7", 101.0)
    assert not await store.is_familiar("anna", "10.0.0.8", 50.0)
    assert not await store.is_familiar("bert", "10.0.0.7", 50.0)


async def test_a_token_has_a_name_of_its_own_until_it_is_revoked(store: AccountStore) -> None:
    assert await store.add_token(TOKEN)
    assert not await store.add_token(replace(TOKEN, id="t2"))
    assert await store.revoke_token("t1", 200.0)
    assert not await store.revoke_token("t1", 300.0)
    assert await store.token("t1") == replace(TOKEN, revoked_ts=200.0)
    assert await store.add_token(replace(TOKEN, id="t2"))
    assert [each.id for each in await store.tokens("anna")] == ["t2"]
    assert [each.id for each in await store.tokens()] == ["t2"]


async def test_if_many_open_a_link_at_once_only_one_gets_in(store: AccountStore) -> None:
    await store.put_invite(Invite("d" * 64, None, 500.0))
    assert await store.invite("d" * 64, 100.0) == Invite("d" * 64, None, 500.0)
    taken = await asyncio.gather(*(store.take_invite("d" * 64, 100.0) for _ in range(8)))
    assert [each for each in taken if each is not None] == [Invite("d" * 64, None, 500.0)]


async def test_a_link_that_ran_out_or_was_replaced_does_not_work(store: AccountStore) -> None:
    await store.put_invite(Invite("d" * 64, "anna", 500.0))
    assert await store.take_invite("d" * 64, 500.0) is None
    await store.put_invite(Invite("e" * 64, "anna", 500.0))
    assert await store.take_invite("d" * 64, 100.0) is None
    assert await store.take_invite("e" * 64, 100.0) is not None


async def test_if_several_servers_propose_a_key_the_first_one_is_kept(store: AccountStore) -> None:
    keys = await asyncio.gather(*(store.key("seal", f"{number:064x}") for number in range(8)))
    assert len(set(keys)) == 1
    assert await store.key("seal", "f" * 64) == keys[0]
    assert await store.key("other", "f" * 64) == "f" * 64


async def test_purge_removes_only_what_has_ended(store: AccountStore) -> None:
    await store.add_session(SESSION)
    await store.add_session(replace(SESSION, id="s2", secret_hash="c" * 64, seen_ts=900.0))
    await store.add_token(TOKEN)
    await store.add_token(replace(TOKEN, id="t2", name="other", expires_ts=2000.0))
    await store.put_invite(Invite("d" * 64, None, 500.0))
    await store.purge(800.0)
    assert await store.session("s1") is None
    assert await store.session("s2") is not None
    assert [each.id for each in await store.tokens()] == ["t2"]
    assert await store.invite("d" * 64, 100.0) is None


async def test_accounts_that_are_looked_up_together_are_each_found(store: AccountStore) -> None:
    names = [f"person{number}" for number in range(1_200)]
    for name in names[:3]:
        await store.add_account(replace(ANNA, name=name))
        await store.add_token(replace(TOKEN, id=f"t-{name}", account=name))
        await store.add_session(replace(SESSION, id=f"s-{name}", secret_hash=name, account=name))

    accounts = await asyncio.gather(*map(store.account, names))
    tokens = await asyncio.gather(*(store.token(f"t-{name}") for name in names))
    sessions = await asyncio.gather(*map(store.session_by_secret, names))
    await asyncio.gather(*(store.touch_session(f"s-{name}", 200.0) for name in names))
    await asyncio.gather(*(store.touch_token(f"t-{name}", 300.0) for name in names))

    assert [each and each.name for each in accounts] == names[:3] + [None] * 1_197
    assert [each and each.account for each in tokens] == names[:3] + [None] * 1_197
    assert [each and each.account for each in sessions] == names[:3] + [None] * 1_197
    for name in names[:3]:
        session, token = await store.session(f"s-{name}"), await store.token(f"t-{name}")
        assert [session and session.seen_ts, token and token.seen_ts] == [200.0, 300.0]


async def test_looking_up_who_asks_leaves_no_objects_that_refer_to_each_other(store: AccountStore) -> None:
    """It happens for every request. Such objects stay until the garbage collector looks, so the server would grow."""

    async def look_up() -> None:
        await asyncio.gather(
            store.account("anna"),
            store.session("s1"),
            store.session_by_secret("a" * 64),
            store.token("t1"),
            store.limits("anna"),
        )

    await store.add_account(ANNA)
    for _ in range(10):
        await look_up()
    gc.collect()
    gc.disable()
    try:
        for _ in range(100):
            await look_up()
        assert gc.collect() < 100
    finally:
        gc.enable()


async def test_a_change_and_its_reason_are_stored_together_or_not_at_all(tmp_path: Path) -> None:
    """Fails between the two writes, as a disk that fills up would."""
    persistence = SqlPersistence(f"sqlite:///{tmp_path / 'setpoint.sqlite'}", timeout_s=20)
    await persistence.start()
    store = SqlAccounts(persistence.database)
    await store.add_account(ANNA)
    calls: list[str] = []

    async def change() -> None:
        await store.set_grants("anna", {"*": Role.ADMIN})
        persistence.database.after_commit(lambda: calls.append("called"))
        raise StorageError("the disk is full")

    with pytest.raises(StorageError, match="the disk is full"):
        await store.together(change)
    assert await store.account("anna") == ANNA
    assert calls == []

    async def change_and_record() -> str:
        await store.set_grants("anna", {"*": Role.ADMIN})
        await persistence.store((), (fact(1.0, "access", "ada", {"event": "rights-changed"}),))
        persistence.database.after_commit(lambda: calls.append("called"))
        assert calls == []
        return "done"

    assert await store.together(change_and_record) == "done"
    assert calls == ["called"]
    changed = await store.account("anna")
    assert changed is not None
    assert changed.grants == {"*": Role.ADMIN}
    assert (await persistence.head()).seq == 1
    await persistence.close()


async def test_sessions_and_tokens_made_while_the_clock_was_ahead_last_no_longer_than_if_made_now(
    store: AccountStore,
) -> None:
    await store.add_account(ANNA)
    now_ts = 1_000.0
    ahead = replace(SESSION, created_ts=now_ts + 5_000, seen_ts=now_ts + 6_000)
    seen_ahead = replace(SESSION, id="s2", secret_hash="c" * 64, created_ts=900.0, seen_ts=now_ts + 6_000)
    right = replace(SESSION, id="s3", secret_hash="d" * 64, created_ts=800.0, seen_ts=900.0)
    for session in (ahead, seen_ahead, right):
        await store.add_session(session)
    await store.add_token(replace(TOKEN, created_ts=now_ts + 5_000, expires_ts=now_ts + 5_300))
    await store.put_invite(Invite("e" * 64, "anna", now_ts + 9_000))
    assert await store.rewind(now_ts, now_ts + 100) == 4
    assert await store.rewind(now_ts, now_ts + 100) == 0
    found = {each.id: (each.created_ts, each.seen_ts) for each in await store.sessions_of("anna")}
    assert found == {"s1": (now_ts, now_ts), "s2": (900.0, now_ts), "s3": (800.0, 900.0)}
    token = await store.token("t1")
    assert token is not None
    assert (token.created_ts, token.expires_ts) == (now_ts, now_ts + 300)
    assert await store.invite("e" * 64, now_ts + 99) is not None
    assert await store.invite("e" * 64, now_ts + 101) is None
