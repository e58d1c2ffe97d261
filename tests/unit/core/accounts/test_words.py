"""Names, passwords and grants as people write them."""

from __future__ import annotations

import pytest

from setpoint.core.accounts import account_name, parse_grants, refuse_password, shown_grants
from setpoint.core.plant import Role
from setpoint.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "name"),
    [(" Anna ", "anna"), ("a.b@plant.example", "a.b@plant.example"), ("x", "x")],
)
def test_a_name_is_kept_in_small_letters(text: str, name: str) -> None:
    assert account_name(text) == name


@pytest.mark.parametrize("text", ["", " ", "-anna", "anna/mes", "an na", "a" * 65, "<b>", "an\r\nna", "änna"])
def test_texts_that_cannot_be_names_are_refused(text: str) -> None:
    assert account_name(text) is None


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "aaaaaaaaaaaaaaaa",
        "anna-anna-anna",
        "password123456",
        "x" * 513,
        "123456789012",
        "210987654321",
        "qwertyuiop12",
        "abcdefghijkl",
        "Passwort2026!",
        "P@ssw0rd-P@ssw0rd",
        "Sommer2026!!",
        "admin-admin-admin",
        "1q2w3e4r5t6z7u",
        "abcabcabcabcabc",
        "Welcome to Setpoint",
        "qazwsxedcrfv",
        "147258369147",
        "159753159753",
        "drowssap2026",
        "ｐａｓｓｗｏｒｄ1234",
        "hannover2026",
        "Mustermann-2026!",
        "Schichtleiter1",
        "line01line01line01",
        "kiruna7kiruna7",
    ],
)
def test_passwords_that_would_be_guessed_are_refused_with_a_reason(password: str) -> None:
    assert refuse_password(password, "anna")


@pytest.mark.parametrize(
    "password",
    [
        "nine green lathes",
        "Kühlwasser läuft über",
        "correct horse battery staple",
        "my red dog 2026",
        "kjqzxwvbtmpf",
    ],
)
def test_a_short_sentence_is_a_password(password: str) -> None:
    assert refuse_password(password, "anna") is None


def test_grants_are_for_the_plant_or_for_lines() -> None:
    assert parse_grants("operator") == {"*": Role.OPERATOR}
    assert parse_grants("operator", ["01", "02=viewer"]) == {"01": Role.OPERATOR, "02": Role.VIEWER}
    assert shown_grants({"02": Role.VIEWER, "01": Role.OPERATOR}) == "operator on 01, viewer on 02"
    assert shown_grants({"*": Role.ADMIN}) == "admin"
    with pytest.raises(ConfigError, match=r"\(viewer, operator, engineer, admin\), but got 'boss'"):
        parse_grants("boss")
