"""Maps each problem code to an HTTP status. This is the only such table.

Outside failures are 503 and misuse is 422, whatever their code, because third-party sources have their own codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from setpoint.contract.http.problems import ProblemCode as Code

_CODES: Final = {
    400: (
        Code.BAD_REQUEST,
        Code.MALFORMED_JSON,
        Code.BAD_HOST,
        Code.BAD_CURSOR,
        Code.BAD_HISTORY_QUERY,
        Code.BAD_USER,
        Code.SIGN_IN_FAILED,
    ),
    401: (Code.NOT_SIGNED_IN, Code.WRONG_CREDENTIALS),
    403: (
        Code.FORBIDDEN,
        Code.CROSS_SITE,
        Code.NO_RIGHTS,
        Code.NO_ACCOUNT,
        Code.SAME_PERSON,
        Code.RIGHTS_CHANGED,
    ),
    404: (
        Code.NOT_FOUND,
        Code.NO_LINK,
        Code.UNKNOWN_BATCH,
        Code.UNKNOWN_MACHINE,
        Code.UNKNOWN_TOPIC,
        Code.UNKNOWN_SIGNAL,
        Code.NO_HISTORY,
        Code.UNKNOWN_SHIFT,
        Code.UNKNOWN_FILE,
        Code.NOT_SIMULATED,
        Code.UNKNOWN_ALARM,
        Code.UNKNOWN_EVENT,
    ),
    405: (Code.METHOD_NOT_ALLOWED,),
    408: (Code.BODY_TOO_SLOW,),
    409: (
        Code.ATOMIC_REFUSED,
        Code.TOO_LATE,
        Code.IN_PROGRESS,
        Code.WITHDRAWN,
        Code.NOTHING_TO_UNDO,
        Code.NOTHING_TO_RETRY,
        Code.NOTHING_TO_SET,
        Code.NEEDS_SECOND_PERSON,
        Code.ASKER_GONE,
        Code.FILES_FULL,
        Code.NAME_TAKEN,
        Code.YOURSELF,
        Code.ALARM_STATE,
    ),
    413: (Code.BODY_TOO_LARGE, Code.BATCH_TOO_LARGE, Code.HISTORY_TOO_LARGE),
    415: (Code.JSON_EXPECTED,),
    421: (Code.UNKNOWN_HOST,),
    422: (
        Code.INVALID_BATCH,
        Code.TX_ID_REUSED,
        Code.INVALID_EVENT,
        Code.INVALID_PLANT,
        Code.INVALID_SHIFT_ENTRY,
        Code.INVALID_ACT,
        Code.WRONG_HASH,
        Code.BAD_NAME,
        Code.BAD_ROLE,
        Code.BAD_EXPIRY,
        Code.WEAK_PASSWORD,
    ),
    429: (
        Code.TOO_MANY_ATTEMPTS,
        Code.TOO_MANY_BATCHES,
        Code.TOO_MANY_TARGETS,
        Code.TOO_MANY_HELD,
        Code.TOO_MANY_WITHDRAWN,
        Code.TOO_MANY_READS,
        Code.TOO_MANY_ENTRIES,
    ),
    500: (Code.SERVER_ERROR,),
    502: (Code.PROVIDER_FAILED, Code.PROVIDER_CLOCK),
    503: (
        Code.STORAGE_FAILED,
        Code.TOO_MUCH_UNDER_WAY,
    ),
}

STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {code: status for status, codes in _CODES.items() for code in codes}
)


def codes_of(status: int) -> tuple[Code, ...]:
    """The codes that a status may mean."""
    return _CODES.get(status, ())
