"""The messages about mistakes in a plant file and about targets, in English.

The catalogue has the other languages, under the same codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from setpoint.message import Sentence, sentence

ENGLISH: Mapping[str, str] = {
    "words-turned-into-number": "is {value}, which spreadsheet programs turn into a number.",
    "words-another-id": "Give the machine another id.",
    "words-and-more": "{one} {more}",
    "words-set-letters-in-ids": "For ids with letters set letters_in_ids = true at the top of the file.",
    "words-the-file": "the file",
    "words-there-is-none": "there is none",
    "words-sources-of-this-file": "the [sources] of this file",
    "words-give-a-table": "Give a table.",
    "words-give-a-list": "Give a list.",
    "words-give-a-whole-number": "Give a whole number.",
    "words-give-true-false": "Give true or false.",
    "words-give-number": "Give a number.",
    "words-is": "is {value}.",
    "words-write-each-alarm-table-alarm": "Write each alarm as a table, [[alarm]].",
    "words-defines-alarms": "defines {value} alarms.",
    "words-define-at-most": "Define at most {most}.",
    "words-makes-alarms-all-machines": "makes {watched} alarms of all machines.",
    "words-name-lines-machines-so-at-most": "Name lines or machines, so that it is at most {most}.",
    "words-again": "is {name} again.",
    "words-give-each-alarm-its-own-name": "Give each alarm its own name.",
    "words-give-letters-digits-such-name-overheated": (
        'Give letters, digits and "-", such as name = "overheated".'
    ),
    "words-needs-status-field-not-both": "needs a status or a field, not both.",
    "words-write-status-fault-field-temp-above": (
        'Write status = "FAULT", or field = "temp" with above = 90.'
    ),
    "words-name-field-numbers": "Name a field with numbers: {known}.",
    "words-has-field-without-limit": "has a field without a limit.",
    "words-give-above-below-both": "Give above, below, or both.",
    "words-not-under-above": "is {low}, not under above, {high}.",
    "words-swap-them": "Swap them.",
    "words-give-one": "Give one of {known}.",
    "words-give-text-at-most-characters": "Give a text of at most {most} characters.",
    "words-give-text-list-texts-fault": 'Give a text or a list of texts: {key} = ["FAULT"].',
    "words-give-number-field-s-unit": "Give a number, in the field's unit.",
    "words-give-number-from-on-field-s": "Give a number from 0 on, in the field's unit.",
    "words-give-time-up-h-such-s": 'Give a time up to 24 h, such as "5 s" or "2 min".',
    "words-list-machines-plant-machines": 'List machines of this plant: machines = [401, "402"].',
    "words-not-key-known-here": "is not a key that is known here.",
    "words-known-are": "Known are {known}.",
    "words-names-which-no-line": "names {value}, which is no line.",
    "words-lines-are": "Lines are {known}.",
    "words-alarm-field": "is for an alarm of a field.",
    "words-remove-name-field": "Remove it, or name a field.",
    "words-give-time-from-such-s-min": (
        'Give a time from {value} to {value2}, such as "1 s", "5 min" or "90 d".'
    ),
    "words-give-table-false": (
        'Give a table, {{ deviation = 0.5, every = "1 s", keep = "90 d" }}, or false.'
    ),
    "words-give-number-text-range": 'Give a number (401), a text ("007") or a range ("410-419").',
    "words-give-letters-digits-at-most-range": (
        'Give letters and digits ("A7", "007", 401), 12 at most, or a range ("B1-B9").'
    ),
    "words-names-figures": "names {value} figures.",
    "words-name-at-most": "Name at most {most}.",
    "words-not-figure-s-name": "is not a figure's name.",
    "words-use-letters-digits-none": "Use letters and digits, and none of {known}.",
    "words-write-table-kpis": "Write it as a table, [kpis.{name}].",
    "words-which-no-field": "is {value}, which is no field.",
    "words-name-one": "Name one of {known}.",
    "words-use-one": "Use one of {known}.",
    "words-no-number": "is {of}, and {name} is no number.",
    "words-use-count": 'Use of = "count".',
    "words-what-count-looks-only-count": "is what a count looks for, and only a count.",
    "words-write-value-run-count": 'Write value = "RUN" with of = "count".',
    "words-use": "Use 0 to {most}.",
    "words-write-text": "Write a text.",
    "words-write-whole-number": "Write a whole number.",
    "words-write-table-shifts": "Write it as a table, [shifts].",
    "words-which-no-measured-number-recorded": "is {name}, which is no measured number that is recorded.",
    "words-name-one-2": "Name one: {known}.",
    "words-given-beside-good": "is given beside good.",
    "words-name-one-them-other-follows-from": "Name one of them: the other follows from total.",
    "words-missing": "is missing.",
    "words-name-counter-all-parts-machine-makes": "Name the counter of all parts that a machine makes.",
    "words-give-time-at-most-hour-such": 'Give a time of at most an hour, such as "2 min".',
    "words-write-table-running-production": 'Write it as a table: RUNNING = "production".',
    "words-not-list-many-tables": "is not a list of that many tables.",
    "words-write-shifts-at-most": "Write [[shifts.{name}]], at most {most}.",
    "words-give-time-day-quotes-such": 'Give a time of the day in quotes, such as "06:00".',
    "words-no-table-reasons": "is no table of reasons.",
    "words-write-shifts-reasons-motor-at-most": "Write [shifts.reasons.motor], at most {most}.",
    "words-give-text-at-most-characters-2": "Give a text of at most 60 characters.",
    "words-names-which-no-reason": "names {within}, which is no reason.",
    "words-name-reason-file": "Name a reason of this file.",
    "words-makes-tree-too-deep-circle": "makes the tree too deep, or a circle.",
    "words-use-at-most-levels": "Use at most {most} levels.",
    "words-list-what-machines-say-texts-quotes": "List what machines say, as texts in quotes.",
    "words-names-nothing-plant": "names nothing of this plant.",
    "words-name-line-machine-line-m": 'Name a line or a machine: "line:01", "m:403".',
    "words-write-table-shifts-2": "Write it as a table, [[shifts.{name}]].",
    "words-give-each-shift-name-its-own": "Give each shift a name of its own.",
    "words-has": "has {value}.",
    "words-use-2": "Use {known}.",
    "words-give-date-such": "Give a date, such as 2026-12-25.",
    "words-not-reason": "is not a reason.",
    "words-write-table-under-short-name-small": (
        "Write a table under a short name in small letters: [shifts.reasons.motor]."
    ),
    "words-give-seconds-one-part-takes-at": "Give the seconds that one part takes at best, above 0.",
    "words-overlaps-on": "overlaps {name} on {value}.",
    "words-let-one-shift-end-before-next": "Let one shift end before the next begins.",
    "words-list-names-pattern": "List names of the pattern: {known}.",
    "words-has-has": "has {cause}, as {other} has.",
    "words-leave-one-reason": "Leave it to one reason.",
    "words-give-source-one": "Give source = one of {value}.",
    "words-not-valid-toml": "is not valid TOML: {why}.",
    "words-quote-texts-close-brackets-one-key": "Quote texts, close brackets, one key a line.",
    "words-missing-choice": "is missing for a choice.",
    "words-list-them-options-run-idle": 'List them: options = ["RUN", "IDLE"].',
    "words-above-max": "is {minimum}, above max, {most}.",
    "words-given-field-without-unit": "is given for a field without a unit.",
    "words-give-its-unit-remove": "Give its unit, or remove it.",
    "words-given-which-only-same-value-same": (
        "is given for a {value}, of which only the same value is the same."
    ),
    "words-remove": "Remove it.",
    "words-describe-at-least-one-lines-id": (
        'Describe at least one: [[lines]] with id = "01" and machines = [401].'
    ),
    "words-not-field-s-name": "is not a field's name.",
    "words-use-letters-digits-letter-first-at": "Use letters and digits, a letter first, 40 at most.",
    "words-kept-by-setpoint-itself": "is kept by Setpoint itself.",
    "words-leave-out": "Leave out {known}.",
    "words-write-table-fields": "Write it as a table, [fields.{name}].",
    "words-names-which-no-field": "names {actual}, which is no field.",
    "words-name-field-above": "Name a field above.",
    "words-has-2": "has {name} = {factor}.",
    "words-give-factor-above-makes-unit-units": (
        'Give the factor above 0 that makes the unit of it: units = {{ "1/min" = 1, "Hz" = 60 }}.'
    ),
    "words-given-field-nobody-can-set": "is given for a field that nobody can set.",
    "words-give-kind-source-such-kind-opcua": 'Give the kind of source, such as kind = "opcua".',
    "words-write-each-line-table-lines": "Write each line as a table, [[lines]].",
    "words-give-short-text-quotes-such": 'Give a short text in quotes, such as "01".',
    "words-brings-plant-over-machines": "brings the plant over {most} machines.",
    "words-split-plant": "Split the plant.",
    "words-lists-no-machine": "lists no machine.",
    "words-write-machines": "Write machines = [401, 402].",
    "words-give-text": "Give a text.",
    "words-machine-which-has-already": "is machine {value}, which {taken} has already.",
    "words-give-how-far-reported-value-may": (
        "Give how far a reported value may be from the target, from 0 on, in the field's unit."
    ),
    "words-fields-share-column": "and fields.{other} share the column {header}.",
    "words-rename-one-them": "Rename one of them.",
    "words-which-another-line-has": "is {line}, which another line has.",
    "words-give-each-line-id-its-own": "Give each line an id of its own.",
    "words-remove-one-two": "Remove one of the two.",
    "words-give-text-quotes": "Give a text in quotes.",
    "words-entry": "{where}, entry {position}",
    "words-at": "{where}, {key}",
    "words-is-too-many-machines": "is {value}, which is more than {most} machines.",
    "words-has-too-long-ids": "is {value}, which has ids of more than {most} characters.",
    "words-give-shorter-ids": "Give shorter ids.",
    "words-line-of-file": "line {line}",
    "words-does-not-say-its-source": "does not say its source.",
    "words-names-source": "names the source {name}.",
    "words-field-is-measured": "{field} is measured by the machine and cannot be set",
    "words-field-takes-number": "{field} takes a number, not {value}",
    "words-field-takes-number-from-to": "{field} takes a number from {low} to {high}, not {value}",
    "words-field-takes-number-at-least": "{field} takes a number of at least {low}, not {value}",
    "words-field-takes-number-at-most": "{field} takes a number of at most {high}, not {value}",
    "words-field-takes-one-of": "{field} takes one of {known}, not {value}",
    "words-field-takes-text": "{field} takes a text of at most {most} characters, not {value}",
    "words-number-over-300-digits": "a number of over 300 digits",
    "words-nothing-came-in": "nothing",
    "words-no-such-machine": "there is no machine {machine} in this plant",
    "words-needs-operator-on-line": "needs operator on line {line}",
    "words-field-needs-second-person": "{field} needs a second person to confirm it",
    "words-field-needs-reason": "{field} needs a reason",
    "words-no-field-but": "there is no field {field}; the fields that can be set are {known}",
    "words-no-field-plant-is-read": ("there is no field {field}; no field of this plant can be set"),
    "words-not-tried-all-or-nothing": "not tried: the batch is all or nothing, and other targets were refused",
    "words-machine-was-never-seen": "{machine} was never seen; nothing can be written to it",
    "words-machine-is-not-good": "{machine} is {quality}; it can be written to when it is GOOD again",
    "words-machine-is-not-good-why": (
        "{machine} is {quality} ({why}); it can be written to when it is GOOD again"
    ),
    "words-one-more-reason": "{one}; {more}",
    "words-value-cannot-be-used": "{name} cannot be used: {why}",
    "words-number-over-64-bits": "got a number of over 64 bits",
    "words-value-of-type": "got a value of type {kind}",
    "words-changed-by": "changed by {who}: expected rev {base}, but it is {now}",
    "words-changed-since": "changed since: expected rev {base}, but it is {now}",
    "words-changed-unheard": "changed while the server did not hear the machine",
    "words-machine-changed-first": "the machine changed it before this could leave",
    "words-machine-refused": "the machine refused it",
    "words-newer-left": "a newer target had left already",
    "words-not-answered-in-time": "the machine did not answer in time; it may still have taken it",
    "words-not-reported-in-time": "the machine accepted it and did not report it in time; it may still do so",
    "words-plant-lost-it": "the plant was changed: it does not have this machine or field any more",
    "words-plant-lost-it-late": (
        "the plant was changed: it does not have this machine or field any more; "
        "this had been sent and may have taken effect"
    ),
    "words-sent-too-late": "too late: its time was over before it could be sent",
    "words-server-stopped": ("the server stopped while this was under way; it may have reached the machine"),
    "words-superseded-by": "superseded by {name}",
    "words-took-effect-after": "took effect, after {status}",
    "words-took-effect-late": "took effect late",
    "words-took-effect-late-after": "took effect late, after {status}",
    "words-voided-by": "voided by {name}",
    "words-withdrawn-by": "withdrawn by {name}",
}


def words(code: str, /, **args: object) -> Sentence:
    """A message or a remedy, with its values."""
    return sentence(code, ENGLISH[code], **args)


def wrong(value: object) -> Sentence:
    """`is 'abc'.`"""
    return words("words-is", value=repr(value))


def entry(where: str, position: int) -> Sentence:
    """`lines, entry 2`"""
    return words("words-entry", where=where, position=position)


def at(where: str, key: str) -> str:
    """The place of a key: `fields.speed.unit`, or `lines, entry 2, id` of a table in a list."""
    if isinstance(where, Sentence):
        return words("words-at", where=where, key=key)
    return f"{where}.{key}" if where else key


def known(names: Iterable[object]) -> Sentence:
    """`Known are a, b.`"""
    return words("words-known-are", known=", ".join(str(each) for each in names))
