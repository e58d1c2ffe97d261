"""Signatures of Standard Webhooks, compared with the specification's example."""

from __future__ import annotations

import base64

import pytest

from setpoint.notify.signature import headers_of, read_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
EXPECTED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_that_of_the_specification() -> None:
    assert headers_of(MESSAGE, TIMESTAMP, BODY, [read_secret(SECRET)]) == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": "1614265330",
        "webhook-signature": EXPECTED,
    }


def test_while_a_secret_is_replaced_both_sign() -> None:
    new = b"n" * 32
    signatures = headers_of(MESSAGE, TIMESTAMP, BODY, [new, read_secret(SECRET)])["webhook-signature"].split(
        " "
    )
    assert len(signatures) == 2
    assert signatures[1] == EXPECTED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "whsec_short",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_!!!!",
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
    ],
)
def test_a_text_that_is_not_a_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 random bytes"):
        read_secret(text)
