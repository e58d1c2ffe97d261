"""The mapping of OPC UA status codes to a machine's quality."""

from __future__ import annotations

import pytest
from asyncua.ua.status_codes import StatusCodes

from setpoint.contract.values import Quality
from setpoint.sources.opcua.quality import in_words, may_have_landed, quality_of


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        (0, Quality.GOOD),
        (0x00000480, Quality.GOOD),
        (StatusCodes.GoodClamped, Quality.GOOD),
        (StatusCodes.UncertainSensorNotAccurate, Quality.UNCERTAIN),
        (StatusCodes.UncertainLastUsableValue, Quality.STALE),
        (StatusCodes.BadSensorFailure, Quality.BAD),
        (StatusCodes.BadNodeIdUnknown, Quality.BAD),
        (StatusCodes.BadNoCommunication, Quality.OFFLINE),
        (StatusCodes.BadNoCommunication | 0x480, Quality.OFFLINE),
        (0xC0000000, Quality.BAD),
    ],
)
def test_status_codes_become_qualities(code: int, quality: Quality) -> None:
    assert quality_of(code) is quality


def test_a_refused_write_did_not_land_and_one_without_an_answer_may_have() -> None:
    assert not may_have_landed(StatusCodes.BadOutOfRange)
    assert may_have_landed(StatusCodes.BadTimeout)
    assert may_have_landed(StatusCodes.BadNoCommunication)
    assert may_have_landed(StatusCodes.BadWaitingForResponse)
    assert may_have_landed(StatusCodes.BadResponseTooLarge)


def test_a_status_code_of_the_servers_own_is_shown_by_its_number_and_proves_no_refusal() -> None:
    assert may_have_landed(0x80FE_0001)
    assert in_words(0x80FE_0001) == "0x80FE0001: the server's own status code, bad"


def test_a_code_is_shown_by_its_name_and_what_to_do() -> None:
    assert in_words(StatusCodes.BadNodeIdUnknown).endswith("look for it with: setpoint opcua browse")
    assert in_words(StatusCodes.BadTooManyOperations).startswith("BadTooManyOperations: ")
