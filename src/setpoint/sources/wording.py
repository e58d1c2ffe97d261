"""The messages of sources about settings and controllers, in English. The catalogue has the other languages,
under the same codes.
"""

from __future__ import annotations

from collections.abc import Mapping

from setpoint.core.plant.wording import ENGLISH as PLANT
from setpoint.core.plant.wording import known, wrong
from setpoint.message import Sentence, sentence
from setpoint.sources.reasons import ENGLISH as REASONS

__all__ = ["ENGLISH", "known", "words", "wrong"]

_SETTINGS: Mapping[str, str] = {
    "words-type-number": "number",
    "words-type-text": "text",
    "words-type-nothing": "nothing",
    "words-type-bit": "bit",
    "words-writable-but-server-does-not-let": (
        "the plant file says writable, but the server does not let this user write the node"
    ),
    "words-no-topic-to-set": 'the plant lets people set it, and no topic is named for that: set = "…"',
    "words-if-word-is-array": 'If the word is an array: word = {{ node = "…", array = true }}.',
    "words-unit-silent": "unit {unit} does not answer",
    "words-node-has-no-value-yet": "the node has no value yet",
    "words-bit-not-in-type": "bit {bit} is not in the node's type, {kind}",
    "words-number-expected": 'expected a number; map another node, or give the field type = "text"',
    "words-none-of": "{value} is none of {known}; give a map",
    "words-nothing-came": (
        "nothing came within {withins} s, and the broker has kept nothing; is it the right topic?"
    ),
    "words-no-birth-certificate": "no birth certificate of {what} came within {withins} s",
    "words-no-birth-nothing": (
        "no birth certificate of {what} came within {withins} s, and nothing else of Sparkplug B; is it the "
        "right broker, and are its nodes on?"
    ),
    "words-no-birth-groups": (
        "no birth certificate of {what} came within {withins} s; check group: the broker has {known}"
    ),
    "words-no-birth-nodes": (
        "no birth certificate of {what} came within {withins} s; check node: the group {group} has {known}"
    ),
    "words-no-birth-devices": (
        "no birth certificate of {what} came within {withins} s; check device: the node has {known}"
    ),
    "words-no-such-metric": "the birth certificate has no such metric; it has {known}",
    "words-no-command-metric": "the birth certificate has no metric {metric}",
    "words-write-places-fields": "Write the places of fields: {example}.",
    "words-write-map": "Write map = {{ RUN = 1, IDLE = 2 }}.",
    "words-give-whole-number-text-each-choice": "Give a whole number or a text for each choice.",
    "words-write-map-2": 'Write map = {{ 3 = "RUNNING", 9 = "FAULT" }}.',
    "words-say-where-plant-s-fields-are": "Say where the plant's fields are, under [{where}.fields].",
    "words-write-status": "Write [{where}.status].",
    "words-has-which-does-not-give": "has {{{value}}}, which {machine} does not give.",
    "words-give-every-machine-has-id-line": (
        "Give it: {{ id = {value}, {value2} = … }}. Every machine has id, line and name. If the text "
        "itself has the braces, double them: {{{{{value2}}}}}."
    ),
    "words-is-2": "is 0.",
    "words-give-value-one-step-controller-such": (
        "Give the value of one step of the controller, such as 0.1."
    ),
    "words-names": "names {known}.",
    "words-name": "Name {known}.",
    "words-write": "Write {example}.",
    "words-missing-there-are-bits": "is missing, and there are bits.",
    "words-name-place-word-has-them": "Name the place of the word that has them.",
    "words-write-2": "Write {value} = {example}.",
    "words-not-field-plant": "is not a field of the plant.",
    "words-not-critical-status": "is not a critical status.",
    "words-has-bit": "has the bit {number}.",
    "words-number-bits-from": "Number the bits from 0 to {most}.",
    "words-has-no-table": "has no table.",
    "words-has-3": "has {known}.",
    "words-give-whole-number-from": "Give a whole number from {lowest} to {highest}.",
    "words-give-gateway-s-address-such-host": 'Give the gateway\'s address, such as host = "192.168.7.30".',
    "words-give-one-its-address": "Give one of {known}, with its address: {example}.",
    "words-which-single-bit": "is a {value}, which is a single bit.",
    "words-leave-type-order-bit-length-out": "Leave type, order, bit and length out.",
    "words-ends-at-address": "ends at address {value}.",
    "words-last": "{most} is the last.",
    "words-type": "is {bit}, and the type is {type}.",
    "words-number-bit-integer": "Number a bit of an integer.",
    "words-table-which-nobody-can-write": "is in the table {value}, which nobody can write to.",
    "words-name-holding-register-coil-leave-writable": (
        "Name a holding register or a coil, or leave writable out of [fields.{name}]."
    ),
    "words-more-than-one-register": "is in more than one register.",
    "words-bit-can-be-set-register-bits": "A bit can be set in a register of 16 bits.",
    "words-give-address-server-such-opc-tcp": (
        'Give the address of the server, such as "opc.tcp://192.168.7.20:4840", without user or password.'
    ),
    "words-give-one-none-only-if-nobody": "Give one of {known}; None only if nobody else is on the network.",
    "words-map-plant-s-fields-nodes-under": "Map the plant's fields to nodes under [{where}.fields].",
    "words-give-node-id-such-ns-s": 'Give a node id, such as "ns=2;s=Press{{id}}.Speed".',
    "words-write-table-status": "Write it as a table, [{where}.status].",
    "words-name-node-word-has-them": "Name the node of the word that has them.",
    "words-missing-security": "is missing, and security is {policy}.",
    "words-give-node-id-quotes": 'Give a node id in quotes, or {{ node = "…" }}.',
    "words-sets-field-plant-does-not-let": "sets a field that the plant does not let people set.",
    "words-write-writable-true-under-fields-leave": (
        "Write writable = true under [fields.{name}], or leave the method out."
    ),
    "words-list-node-ids-from-outer-state": "List node ids, from the outer state to the inner.",
    "words-number-bits-from-2": "Number the bits from 0 to {highest}.",
    "words-give-node-id-quotes-2": "Give a node id in quotes.",
    "words-write-node-id-such-ns-s": 'Write a node id, such as "ns=2;s=Press{{id}}.Speed".',
    "words-has-its-node-which-does-not": "has {{{word}}} in its node, which {here} does not give.",
    "words-give-every-machine-has-id-line-2": (
        "Give it: {{ id = {value}, {word} = … }}. Every machine has id, line and name. If the braces "
        "belong to the node, double them: {{{{{word}}}}}."
    ),
    "words-write-nodes": 'Write nodes = {{ speed = "ns=2;i=4711" }}.',
    "words-names-no-field-source": "names no field of this source.",
    "words-count-elements-from-index-index-index": (
        'Count the elements from 0: index = 3, index = [1, 2], or index = "{{slot}}".'
    ),
    "words-gives-node": "gives {here} the node {filled}.",
    "words-not-one-numbers-type-them": "{part} is not one of the numbers 1 to {count}; type them as 3-7, 12",
    "words-source-provided-by-which-cannot-be": (
        "the source {value} is provided by {value2}, which cannot be imported: {why}. Install the "
        "package again, with its dependencies."
    ),
    "words-sources-kind-which-needs-library-not": (
        'sources.{name} is of kind "{value}", which needs a library that is not installed. Install '
        'it: pip install "setpoint[{extra}]"'
    ),
    "words-no-such-source-installed": "is {value}, and no such source is installed.",
    "words-give-one-install-package-provides": (
        "Give one of {known}, or install the package that provides it."
    ),
    "words-give-whole-number-at-least": "Give a whole number of at least {lowest}.",
    "words-does-not-belong-plant-file": "does not belong in a plant file.",
    "words-put-into-secrets-file-environment": "Put it into the secrets file or the environment.",
    "words-give-one-level-topic-without": "Give one level of the topic, without /, + and #.",
    "words-write-writable-true-under-fields-leave-2": (
        "Write writable = true under [fields.{name}], or leave the command out."
    ),
    "words-say-where-machines-are-topics": 'Say where the machines are in the topics: {key} = "…".',
    "words-write-alive-online": 'Write alive = {{ topic = "site/press{{id}}/online" }}.',
    "words-write-writable-true-under-fields-leave-3": (
        "Write writable = true under [fields.{name}], or leave it out."
    ),
    "words-name-topic-which-target-published": "Name the topic to which a target is published.",
    "words-write-ack": 'Write ack = {{ topic = "…", path = "ok", id = "id" }}.',
    "words-give-one-topic-without": "Give one topic, without + and #.",
    "words-write-path-such-drive-speed-values": "Write a path such as drive.speed or values[0].v.",
    "words-demo-over-sparkplug-b-needs-broker": (
        "the demo over Sparkplug B needs the broker mosquitto, which is not installed; install it, "
        "for example with: apt-get install mosquitto"
    ),
    "words-mosquitto-does-not-start-run-by": "mosquitto does not start; run it by hand to see why",
}
ENGLISH: Mapping[str, str] = {**_SETTINGS, **REASONS}


def words(code: str, /, **args: object) -> Sentence:
    """A message with its values; also in the form that the plant file uses."""
    return sentence(code, ENGLISH.get(code) or PLANT[code], **args)
