"""Each wrong guess costs more time, but nobody is locked out."""

from __future__ import annotations

from setpoint.core.accounts import Throttle, ThrottleLimits

LIMITS = ThrottleLimits(
    free_pair=2,
    free_address=5,
    free_account=4,
    first_wait_ms=1_000,
    max_wait_ms=8_000,
    forget_after_ms=60_000,
)


def fail(throttle: Throttle, times: int, account: str = "anna", address: str = "a", at_ms: int = 0) -> None:
    for _ in range(times):
        throttle.failed(account, address, at_ms)


def test_the_first_mistakes_are_free_and_then_the_wait_doubles_up_to_the_cap() -> None:
    throttle = Throttle(LIMITS)
    waits = []
    for _ in range(8):
        waits.append(throttle.wait_ms("anna", "a", 0, is_familiar=True))
        throttle.failed("anna", "a", 0)
    assert waits == [0, 0, 0, 1_000, 2_000, 4_000, 8_000, 8_000]


def test_a_wait_that_has_passed_leaves_one_try() -> None:
    throttle = Throttle(LIMITS)
    fail(throttle, 3)
    assert throttle.wait_ms("anna", "a", 999, is_familiar=False) == 1
    assert throttle.wait_ms("anna", "a", 1_000, is_familiar=False) == 0


def test_an_address_that_tries_many_names_waits() -> None:
    throttle = Throttle(LIMITS)
    for number in range(6):
        fail(throttle, 1, account=f"user{number}")
    assert throttle.wait_ms("another", "a", 0, is_familiar=False) == 1_000
    assert throttle.wait_ms("another", "b", 0, is_familiar=False) == 0


def test_a_name_that_is_tried_from_many_addresses_waits_except_at_familiar_addresses() -> None:
    throttle = Throttle(LIMITS)
    for number in range(6):
        fail(throttle, 1, address=f"bot{number}")
    assert throttle.wait_ms("anna", "new", 0, is_familiar=False) == 2_000
    assert throttle.wait_ms("anna", "home", 0, is_familiar=True) == 0


def test_the_right_password_clears_the_pair_and_the_address_keeps_its_earlier_failures() -> None:
    throttle = Throttle(LIMITS)
    fail(throttle, 7)
    throttle.succeeded("anna", "a")
    assert throttle.wait_ms("anna", "a", 0, is_familiar=True) == 0
    assert throttle.wait_ms("carl", "a", 0, is_familiar=False) == 1_000
    throttle.succeeded("bert", "a")
    assert throttle.wait_ms("carl", "a", 0, is_familiar=False) == 0


def test_strangers_behind_the_same_address_keep_no_familiar_device_waiting() -> None:
    throttle = Throttle(LIMITS)
    fail(throttle, 20)
    assert throttle.wait_ms("anna", "a", 0, is_familiar=True) == 8_000
    assert throttle.wait_ms("anna", "a", 0, is_familiar=True, device="browser") == 0
    for _ in range(3):
        throttle.failed("anna", "a", 0, device="browser")
    assert throttle.wait_ms("anna", "a", 0, is_familiar=True, device="browser") == 1_000, (
        "wrong guesses from the device itself make it wait"
    )


def test_a_shift_that_signs_in_through_one_gateway_does_not_wait() -> None:
    throttle = Throttle(LIMITS)
    for number in range(100):
        assert throttle.wait_ms(f"user{number}", "gateway", 0, is_familiar=False) == 0
        throttle.failed(f"user{number}", "gateway", 0)
        throttle.succeeded(f"user{number}", "gateway")


def test_after_a_quiet_time_everything_is_forgotten() -> None:
    throttle = Throttle(LIMITS)
    fail(throttle, 20)
    assert throttle.wait_ms("anna", "a", 60_001, is_familiar=False) == 0
    fail(throttle, 1, at_ms=60_001)
    assert throttle.wait_ms("anna", "a", 60_001, is_familiar=False) == 0


def test_a_flood_of_names_does_not_grow_memory() -> None:
    throttle = Throttle(ThrottleLimits(max_entries=100))
    for number in range(1_000):
        throttle.failed(f"user{number}", f"address{number}", number)
    assert len(throttle._counts) == 100
