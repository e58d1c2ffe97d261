"""The catalogue as Python reads it: it is complete in every language, and every text is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import msgspec
import pytest
from fluent.runtime import FluentResource
from fluent.syntax.ast import Junk

from setpoint.core.plant import parse_plant
from setpoint.core.plant.wording import ENGLISH as PLANT
from setpoint.errors import ConfigError, PlantError, StorageError
from setpoint.message import Args, Message, Sentence, sentence
from setpoint.persistence.lock import FileLock
from setpoint.runtime.cluster.calls import Failure, error_of, failure_of
from setpoint.sources.mapping.values import CannotCastError
from setpoint.sources.modbus.registers import RegisterPlace, encode
from setpoint.sources.wording import ENGLISH as SOURCES
from setpoint.texts import (
    LANGUAGES,
    has_text,
    in_language,
    language_of_environment,
    language_of_header,
    text,
)
from setpoint.texts.catalogue import FOLDER, catalogue, plain_text, sources

SOURCE = FOLDER.parent
OWN_FOLDERS = ("cli", "files", "words")
"""Only Python shows these texts. `frontend/src/texts/catalogue.test.ts` finds unused texts of the board."""
DOERS = ("reading", "browsing", "writing", "_connected", "translate_errors")
FAILURES = (
    "ConfigError", "StorageError", "BusError", "NobodyThereError", "SourceError", "CannotCastError", "UnreadableError",
)  # fmt: skip
SPEAKERS = {"text", "t", "localized", "Message"}
_VARIABLE = re.compile(r"\$([a-zA-Z][\w-]*)")


SPEAKING = re.compile(
    r"^from setpoint\.(texts|message|cli\.language|core\.ingest|core\.plant\.wording|sources\.wording)\b",
    re.MULTILINE,
)


@cache
def nodes() -> list[tuple[str, list[ast.AST]]]:
    """Returns the syntax trees of files that have texts for people: they import the catalogue, or make messages for
    it.
    """
    found = []
    for file in sorted(SOURCE.rglob("*.py")):
        source = file.read_text("utf-8")
        if SPEAKING.search(source):
            all_of_it = [each for each in ast.walk(ast.parse(source)) if not is_sql(each, source)]
            found.append((str(file.relative_to(SOURCE)), all_of_it))
    return found


def is_sql(node: ast.AST, source: str) -> bool:
    """SQLAlchemy also has a function `text`."""
    is_text = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text"
    return is_text and "from sqlalchemy" in source


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for name, all_of_it in nodes():
        for node in all_of_it:
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if called in names:
                    yield f"{name}:{node.lineno}", node


def variables(code: str) -> set[str]:
    return set(_VARIABLE.findall(sources("en")[code]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_of_the_catalogue_is_fluent(language: str) -> None:
    for file in (FOLDER / language).rglob("*.ftl"):
        junk = [each for each in FluentResource(file.read_text("utf-8")).body if isinstance(each, Junk)]
        assert not junk, file


def test_no_text_is_there_twice() -> None:
    found = re.compile(r"^([a-zA-Z][\w-]*) =", re.MULTILINE)
    for language in LANGUAGES:
        files = (FOLDER / language).rglob("*.ftl")
        count = sum(len(found.findall(file.read_text("utf-8"))) for file in files)
        assert count == len(sources(language))


def test_every_text_is_there_in_every_language_with_the_same_arguments() -> None:
    english, german = sources("en"), sources("de")
    assert [*english] == [*german]
    for code, source in german.items():
        assert set(_VARIABLE.findall(source)) == variables(code), code


def test_every_text_is_translated() -> None:
    same = set((FOLDER / "same.txt").read_text("utf-8").split())
    for code, source in sources("de").items():
        words = re.sub(r"\{[^}]*\}", "", source.partition("=")[2])
        if source == sources("en")[code] and re.search(r"[^\W\d]{2}", words):
            assert code in same


def test_every_text_that_python_asks_for_is_in_the_catalogue() -> None:
    for place, call in calls(*SPEAKERS):
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            assert has_text(first.value), place
        elif isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.Constant):
            family = str(first.values[0].value)
            assert any(code.startswith(family) for code in sources("en")), place


def test_every_text_that_python_asks_for_gets_its_arguments() -> None:
    for place, call in calls(*SPEAKERS - {"Message"}):
        first = call.args[0] if call.args else None
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            continue
        arguments = {each.arg for each in call.keywords} - {"language"}
        if len(call.args) > 1:
            if not isinstance(call.args[1], ast.Dict):
                continue
            arguments = {str(key.value) for key in call.args[1].keys if isinstance(key, ast.Constant)}
        if None not in arguments:  # not **args
            assert arguments == variables(first.value), place


def test_every_text_that_only_python_can_show_is_asked_for() -> None:
    literals: set[str] = set()
    families: set[str] = set()
    for _, all_of_it in nodes():
        for node in all_of_it:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                families.add(str(node.values[0].value))
    own = {code for folder in OWN_FOLDERS for code in codes_in(FOLDER / "en" / folder)}
    unused = {
        code
        for code in own - literals
        if not any(code.startswith(family) and "-" in family for family in families)
    }
    assert unused == set()


def codes_in(place: Path) -> set[str]:
    """Returns the texts of a file, or of a folder's files."""
    found = re.compile(r"^([a-zA-Z][\w-]*) =", re.MULTILINE)
    files = place.rglob("*.ftl") if place.is_dir() else (place,)
    return {code for file in files for code in found.findall(file.read_text("utf-8"))}


@pytest.mark.rule("XL-9")
def test_every_refusal_of_a_workbook_and_every_warning_has_a_text() -> None:
    place_of_code = {"Issue": 1, "_error": 1, "_warning": 1, "Refusal": 0}
    codes = set()
    for place, call in calls(*place_of_code):
        if place.startswith("core/ingest/"):
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            code = call.args[place_of_code[name]]
            if isinstance(code, ast.Constant):
                codes.add(str(code.value))
    assert len(codes) > 30
    assert {code for code in codes if not has_text(f"issue-{code}")} == set()


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else str(getattr(call.func, "attr", ""))


def test_every_action_of_the_database_that_may_fail_has_a_text() -> None:
    actions = set()
    for file in (SOURCE / "persistence").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and name_of(node) in DOERS and node.args:
                action = node.args[0]
                if isinstance(action, ast.Constant):
                    actions.add(str(action.value))
    assert len(actions) > 25
    assert {each for each in actions if not has_text(f"words-doing-{each.replace(' ', '-')}")} == set()


def test_failures_of_serving_are_raised_with_their_codes() -> None:
    """The client is for programs, and the bus in memory for tests: their errors are English."""
    plain = []
    for file in SOURCE.rglob("*.py"):
        place = str(file.relative_to(SOURCE))
        if place.startswith("client/") or place == "bus/memory.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and name_of(node) in FAILURES and node.args:
                words = node.args[0]
                if isinstance(words, ast.Constant | ast.JoinedStr):
                    plain.append(f"{place}:{node.lineno}")
    assert plain == []


def test_the_findings_of_a_check_of_machines_have_codes() -> None:
    plain = []
    for file in (SOURCE / "sources").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and name_of(node) == "Finding":
                problems = [each.value for each in node.keywords if each.arg == "problem"]
                plain += [
                    f"{file}:{node.lineno}"
                    for each in problems
                    if isinstance(each, ast.Constant | ast.JoinedStr)
                ]
    assert plain == []


def test_the_reason_why_a_target_does_not_fit_is_in_german() -> None:
    with pytest.raises(CannotCastError) as refused:
        encode(RegisterPlace("h", 502, 1, "holding", 0), 70_000)
    assert str(refused.value) == "70000 is outside the range of the register's type, uint16: 0 to 65535"
    german = in_language(refused.value.args[0], "de")
    assert german == "70000 liegt außerhalb des Bereichs für den Typ des Registers, uint16: 0 bis 65535"


def test_the_place_of_a_mistake_is_in_german() -> None:
    twice = 'name = "Mill"\n[sources.y]\nkind = "simulator"\n' + 2 * (
        '[[lines]]\nid = "01"\nmachines = [{ id = 401, source = "x" }]\n'
    )
    with pytest.raises(PlantError) as refused:
        parse_plant(twice)
    german = in_language(refused.value.args[0], "de")
    assert "lines, Eintrag 2, id: ist '01', wie bei einer anderen Linie." in german
    assert "lines, Eintrag 1, machines, Eintrag 1: nennt die Quelle 'x'." in german
    assert "entry" not in german


def test_the_holder_of_a_lock_is_named_in_german(tmp_path: Path) -> None:
    FileLock(tmp_path / "lock").take(guarded="das Haus", remedy="warten Sie")
    with pytest.raises(ConfigError) as refused:
        FileLock(tmp_path / "lock").take(guarded="das Haus", remedy="warten Sie")
    assert re.search(r"hat das Haus: Prozess \d+ auf dem Rechner ", in_language(refused.value.args[0], "de"))


def test_a_gateway_reports_a_failure_of_the_plant_server_in_german() -> None:
    doing = sentence("words-doing-recording", "recording")
    error = StorageError(
        sentence(
            "words-failed-2", "{doing} failed: {cause}; {remedy}", doing=doing, cause="full", remedy="x"
        ),
        arguments={"what": doing},
    )
    sent = msgspec.msgpack.encode(failure_of(error))
    failure = error_of(msgspec.msgpack.decode(sent, type=Failure))
    assert in_language(failure.args[0], "de") == "die Datenbank hat versagt (Aufzeichnen): full; x"
    assert failure.message == error.message
    assert in_language(str(failure.arguments["what"]), "en") == "recording"
    assert isinstance(failure.arguments["what"], Sentence)


def test_a_message_is_shown_with_its_nested_messages_and_lists() -> None:
    wants = Message(
        "wants-range", {"low": "0", "high": Message("measured", {"number": "3000", "unit": "rpm"})}
    )
    args: Args = {"column": "Soll", "wants": wants, "value": Message("quoted", {"text": "x"})}
    assert text("issue-not_a_number", args) == "Soll takes a number from 0 to 3000 rpm, not “x”."
    german = text("issue-not_a_number", args, "de")
    assert german == "Soll: erwartet wird eine Zahl von 0 bis 3000 rpm; „x“ ist keine Zahl."
    nested = Message("list-more", {"count": 1200})
    assert text("issue-ignored_columns", {"columns": ["A", "B", nested]}, "de").endswith(
        ": A, B und 1.200 weitere."
    )


def test_a_text_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError, match="no text 'nothing-like-this'"):
        text("nothing-like-this")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plain_text_is_what_fluent_makes_of_it(language: str) -> None:
    count = 0
    for code, source in sources(language).items():
        args: dict[str, str | int] = {name: f" <{name}> " for name in _VARIABLE.findall(source)}
        plain = plain_text(source, args)
        if plain is not None:
            count += 1
            assert plain == catalogue(language).by_fluent(code, args), code
    assert count > 1_000


def test_a_text_with_numbers_cases_or_missing_arguments_is_not_plain() -> None:
    assert plain_text("a = { $count } rows", {"count": "1"}) == "1 rows"
    assert plain_text("a = { $count } rows", {"count": 1_200}) is None
    assert plain_text("a = { $count } rows", {}) is None
    assert plain_text("a = { NUMBER($count) } rows", {"count": "1"}) is None
    assert plain_text("a = one\n    { $count ->\n [one] row\n *[other] rows\n }", {"count": "1"}) is None


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_AT", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_CH.UTF-8"}, "de"),
        ({"LC_ALL": "", "LANG": "de"}, "de"),
        ({"LANG": "fr_FR"}, "en"),
        ({"LANG": "de_DE.UTF-8", "SETPOINT_LANG": "en"}, "en"),
    ],
)
def test_a_terminal_has_the_language_of_its_locale(environ: dict[str, str], language: str) -> None:
    assert language_of_environment(environ) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr;q=0.9, en;q=0.5, de;q=0.7", "de"),
        ("de;q=0, en", "en"),
        ("*, fr", "en"),
        ("de;q=much", "en"),
        ("en,de", "en"),
    ],
)
def test_a_request_has_the_best_language_that_its_header_names(header: str | None, language: str) -> None:
    assert language_of_header(header) == language


def english_of_the_code() -> Iterator[tuple[str, str, str, set[str] | None]]:
    """Returns the sentences in the code: place, code, English text and arguments (None in a table)."""
    tables = {**PLANT, **SOURCES}
    for code, english in tables.items():
        yield "wording.py", code, english, None
    for place, call in calls("sentence", "words"):
        if not (call.args and isinstance(call.args[0], ast.Constant)):
            continue
        code = str(call.args[0].value)
        english = tables.get(code, "") if len(call.args) == 1 else str(ast.literal_eval(call.args[1]))
        arguments = {str(each.arg) for each in call.keywords}
        yield place, code, english, None if "None" in arguments else arguments


def test_english_sentences_in_the_code_are_those_of_the_catalogue() -> None:
    for place, code, english, arguments in english_of_the_code():
        names = {name for _, name, _, _ in Formatter().parse(english) if name}
        assert arguments is None or arguments == names, (place, code)
        values = {name: f"<{name}>" for name in names}
        assert text(code, values) == english.format(**values), (place, code)


def test_a_sentence_and_the_sentences_in_it_are_shown_in_another_language() -> None:
    inner = sentence("words-missing", "is missing.")
    outer = sentence("words-mistake", "{where}: {what} {remedy}", where="lines", what=inner, remedy="")
    assert outer == "lines: is missing. "
    assert in_language(outer, "en") == outer
    assert in_language(outer, "de") == "lines: fehlt. "
    assert in_language("a text as it came", "de") == "a text as it came"


def test_a_sentence_in_a_language_is_a_text_that_can_be_encoded() -> None:
    missing = sentence("words-missing", "is missing.")
    assert [msgspec.json.decode(msgspec.json.encode(in_language(missing, each))) for each in LANGUAGES]


TELLERS = (
    "WriteAnswer", "Report", "answered", "answer", "_answer", "_on_answer", "may_land", "nothing_sent", "not_connected",
    "set_server", "take", "garbled", "lost", "doubt", "_doubt", "_bury", "judge", "on_silent",
)  # fmt: skip
"""Modules that say why a target was refused, or why a machine is in doubt."""
NOT_AT_MACHINES = (
    "config", "plain_config", "settings", "filling", "registry", "pick", "probe", "plain_probe", "proposal", "demo",
    "server", "wording",
)  # fmt: skip
"""Modules of sources that read a plant file, browse, or play a machine. Their texts are no reasons."""

SERVER_SAYS = (
    "core/plant/intake.py", "core/plant/model.py", "core/commands/admission.py", "core/commands/interlock.py",
    "core/commands/narrow.py", "runtime/player.py",
)  # fmt: skip


def source_files() -> Iterator[Path]:
    for file in (SOURCE / "sources").rglob("*.py"):
        if file.stem not in NOT_AT_MACHINES:
            yield file


@pytest.mark.rule("SAY-1")
def test_the_reasons_of_a_source_have_codes() -> None:
    plain = []
    for file in source_files():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and name_of(node) in TELLERS:
                plain += [
                    f"{file.relative_to(SOURCE)}:{each.lineno}"
                    for each in node.args
                    if isinstance(each, ast.JoinedStr)
                    or (isinstance(each, ast.Constant) and " " in str(each.value))
                ]
    assert plain == []


@pytest.mark.rule("SAY-1", "SAY-2")
def test_the_board_has_every_text_that_a_source_can_give_as_a_reason() -> None:
    theirs = codes_in(FOLDER / "en" / "words" / "machines.ftl")
    codes = {code for code in SOURCES if code.startswith("words-exception-")}
    for file in (*source_files(), *(SOURCE / each for each in SERVER_SAYS)):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and str(node.value).startswith("words-"):
                codes.add(str(node.value))
    of_storage = {code for code in codes if code.endswith("-failed-see-server-s-log")}
    assert {code for code in codes - theirs - of_storage if not code.endswith("-")} == set()
