"""The reasons that sources give for a machine's quality and for the end of a target, in English (SAY-1).

The catalogue has the other languages in ``words/machines.ftl``, under the same codes.
"""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "words-bytes-no-frame": "{count} bytes, which are not a frame of Modbus TCP",
    "words-another-protocol": "protocol {came} instead of 0; is it a Modbus TCP port?",
    "words-another-transaction": (
        "transaction {came} instead of {asked}: it is late, or the answer to somebody else"
    ),
    "words-another-address": "address {came} instead of {asked}",
    "words-another-unit": "unit {came} instead of {asked}; is unit right in the plant file?",
    "words-frame-breaks-off": "{count} bytes of a frame that cannot be read or breaks off",
    "words-structure-whole": (
        "a field of a structure cannot be set alone, because the server accepts only the whole structure"
    ),
    "words-server-gives-no-element": "the server does not give element {index} of the array",
    "words-server-ignores-ranges": (
        "the server ignores ranges of arrays, and a write would replace all of it; map a node or a method"
    ),
    "words-offer-outdated": (
        "{known}, which is outdated; have the server offer Basic256Sha256, or name one of these "
        "as security in the plant file if it cannot"
    ),
    "words-offer": "{known}; change security and mode in the plant file, or the server's settings",
    "words-gives-no-reason": "it gives no reason",
    "words-answer-empty": "its answer is empty",
    "words-expired-on": "expired on {day}",
    "words-not-valid-before": "is not valid before {time} UTC; is a clock wrong?",
    "words-does-not-answer": "it does not answer",
    "words-hung-up": "it hung up before it answered",
    "words-device-of": "device {device} of {node}",
    "words-no-value-in-map": "{value} has no value in the map of {name}",
    "words-not-settable-number": "{value} is not a number that can be set",
    "words-too-large-for": "{value} is too large for {of}",
    "words-too-small-for": "{value} is too small for {of}",
    "words-too-many-digits": "{value} has more digits than {of}; the nearest is {nearest}",
    "words-not-whole": (
        "{value} is not a whole number, so it does not fit {of}; the nearest are {below} and "
        "{above}, in the controller's own unit"
    ),
    "words-outside-range-of": "{value} is outside the range of {of}: {lowest} to {highest}",
    "words-none-of-server-s-names": "{value} is none of the server's names for {name}: {known}",
    "words-does-not-fit": "{value} does not fit {of}; is a map missing?",
    "words-node-s-type": "the node's type, {kind}",
    "words-register-s-type": "the register's type, {kind}",
    "words-metric-s-type": "the metric's type, {kind}",
    "words-bit-0-1": "a bit, 0 or 1",
    "words-cannot-set-node-s-type": "the node's type is {kind}, which cannot be set from here",
    "words-cannot-set-metric-s-type": "the metric's type is {kind}, which cannot be set from here",
    "words-text-too-long-registers": "the text has {count} bytes, its registers hold {most}",
    "words-number-expected-came": "expected a number, but got {value}",
    "words-state-not-known": "there is no value, so the machine's state is not known",
    "words-alarm-word-no-bits": "the alarm word cannot be read as bits: got {value}",
    "words-true-false-expected-came": "expected true or false, but got {value}",
    "words-not-path-of-members": "{member} is not a path of members, such as Drive.Speed or Drives[2].Speed",
    "words-structure-expected": "expected a structure with {name}, but the node has {what}",
    "words-node-holds-name-element": "the node holds {what}; name an element: index = 0",
    "words-node-holds-structure": 'the node holds a structure; name a field of it: member = "Speed"',
    "words-node-s-type-cannot-be-read": "the node's type is {kind}, which cannot be read",
    "words-array-expected": "expected an array, but the node has {what}",
    "words-array-dimensions": "the array has {count} dimensions, the index {given}",
    "words-no-such-element": "element {index} is not there: the node has {what}",
    "words-array-of": "an array of {count} {kind}",
    "words-a-structure": "a structure",
    "words-nothing": "nothing",
    "words-a-truth-value": "a truth value",
    "words-a-whole-number": "a whole number",
    "words-a-number": "a number",
    "words-a-text": "a text",
    "words-structure-not-described": (
        "the server does not describe this structure; map a node for each of its fields"
    ),
    "words-structure-not-as-described": "the structure does not match the server's description: {why}",
    "words-structure-has-no": "the structure has no {name}; it has {known}",
    "words-number-expected-node-text": "expected a number, but the node has the text {value}",
    "words-node-no-value-state": "the node has no value, so the machine's state is not known",
    "words-alarm-word-no-bits-2": "the alarm word cannot be read as bits: {why}",
    "words-has-no-bits": "the node has {what}, which has no bits",
    "words-no-such-bit": "bit {number} is not there: the node has {what}",
    "words-element-missing": "an element is missing",
    "words-true-false-expected": "expected true or false, but the node has {what}",
    "words-metric-no-value": "the metric has no value",
    "words-cannot-be-shown": "got a value of type {what}, which cannot be shown",
    "words-no-time": "{value} is not a time",
    "words-its-quality": "its quality is {value}",
    "words-beyond-type": "got {value}, which is outside the type {kind}",
    "words-nothing-sent-not-there": "nothing was sent: {node} is not there ({why})",
    "words-birth-has-no-metric": "the birth certificate of {node} has no metric {metric}",
    "words-nothing-sent": "nothing was sent: {why}",
    "words-payload-beyond": "the payload has more than {most} bytes, so it is not read",
    "words-payload-no-text": "the payload is not text",
    "words-payload-twice": "the payload has {name} twice",
    "words-payload-nothing-at": "the payload has nothing at {path}",
    "words-payload-no-single-value": 'the payload has no single value at {path}: name one, with path = "…"',
    "words-payload-no-single-value-2": 'the payload has no single value at its top: name one, with path = "…"',
    "words-unit-says": "unit {unit} says: {what}",
    "words-exception-1": "illegal function: the device cannot do this kind of request (exception 1)",
    "words-exception-2": (
        "illegal address: the device has no such register; check the plant file (addresses count "
        "from 0) (exception 2)"
    ),
    "words-exception-3": "illegal value: the device does not take this value (exception 3)",
    "words-exception-4": "the device failed while it did this (exception 4)",
    "words-exception-5": "the device has accepted this and is still working on it (exception 5)",
    "words-exception-6": "the device is busy (exception 6)",
    "words-exception-7": "the device cannot do this (exception 7)",
    "words-exception-8": "the device found an error in its memory (exception 8)",
    "words-exception-10": "the gateway has no path to this unit (exception 10)",
    "words-exception-11": "the gateway has no answer from this unit (exception 11)",
    "words-exception-other": "an exception (exception {number})",
    "words-another-function": "function {came} instead of {asked}",
    "words-status-code": "{name}: {meaning}",
    "words-status-code-own": "{code}: the server's own status code, {severity}",
    "words-server-says-of-itself": "the server reports its own state as {name}",
    "words-no-such-node": "the server has no such node; look for it with: setpoint opcua browse",
    "words-node-id-not-understood": (
        "the server does not understand this node id; check its spelling and its namespace"
    ),
    "words-controller-out-of-range": "the controller says that the value is out of range",
    "words-controller-another-type": "the controller expects another type",
    "words-node-read-only": "the node is read-only on the server",
    "words-user-may-not": "the server does not let this user do that; give it the right there",
    "words-kind-of-write-not-supported": "the server does not support this kind of write",
    "words-user-may-not-read": "the server does not let this user read the node",
    "words-array-no-such-element": "the array has no such element",
    "words-value-cannot-be-decoded": "the value cannot be read from what the server sends",
    "words-node-sent-no-value": "the node has sent no value yet",
    "words-object-no-such-method": "the object has no such method; look for it with: setpoint opcua browse",
    "words-controller-not-in-this-state": "the controller does not accept this in its current state",
    "words-sends-no-keep-alives": (
        "{endpoint} promises keep-alives and sends none; its own time is asked for instead"
    ),
    "words-sends-unreadable": "{endpoint} sends data that cannot be read: {why}",
    "words-server-does-not-know-node-s": "the server does not know the node's namespace",
    "words-map-node-field-method": "{value}; map the node of the field, or a method",
    "words-node-holds-array-name-element-set": (
        "the node holds an array; name the element that is set: index = 0"
    ),
    "words-there-index-but-node-does-not": "there is an index, but the node does not hold an array",
    "words-node-cannot-be-read-so-its": "the node cannot be read, so its type is not known: {value}",
    "words-node-has-no-value-no-plain": "the node has no value and no plain type",
    "words-server-does-not-know-method-s": "the server does not know the method's namespace",
    "words-objects-have-method-name-one-call": (
        '{owners} objects have this method; name the one to call it on: object = "…"'
    ),
    "words-method-takes-arguments-one-takes-just": (
        "the method takes {count} arguments; name one that takes only the target"
    ),
    "words-type-method-s-argument-cannot-be": "the type of the method's argument cannot be set from here",
    "words-check-sign-in": "check username and password in the secrets, and the user's rights on the server",
    "words-no-such-sign-in": "the server does not take this kind of sign-in; check the secrets",
    "words-no-session-left": "the server has no session left; close other clients or raise its limit",
    "words-raise-per-subscription": "raise machines_per_subscription in the plant file",
    "words-discovery-server": (
        "{endpoint} offers no sessions: it is a discovery server; give the address of the server itself"
    ),
    "words-discovery-server-knows": (
        "{endpoint} offers no sessions: it is a discovery server; give the address of the server "
        "itself; it knows {known}"
    ),
    "words-not-this-address": "the server does not know itself by this address; check endpoint",
    "words-no-room-for-nodes": (
        "the server has no room for so many nodes: map fewer, lower machines_per_subscription, or "
        "raise its limit"
    ),
    "words-not-one-node": "the server does not accept even one node in a call; check its limits",
    "words-another-security": "choose another security in the plant file",
    "words-says": "{endpoint} says {value}",
    "words-says-remedy": "{endpoint} says {value}; {remedy}",
    "words-check-sign-in-broker": "check username and password in the secrets, and the user's rights on the broker",
    "words-check-password": "check username and password in the secrets",
    "words-another-client-id": "choose another client_id in the plant file",
    "words-name-authority": 'name the authority of the broker\'s certificate: ca = "…"',
    "words-check-certificates": "check ca, certificate and private_key in the plant file",
    "words-wants-certificate": ", and does it want a certificate of ours",
    "words-cannot-be-reached-right-address-on": (
        "{address} cannot be reached; is it the right address, and is it on?"
    ),
    "words-closed-connection": "{address} closed the connection",
    "words-sent-no-mqtt": (
        "{address} sent something that is not MQTT 3.1.1; is it the right port, and does it want mqtts?"
    ),
    "words-unit-sent-bits": "unit {unit} of {address} sent {value} of {count} bits",
    "words-has-not-answered-s": "{address} has not answered for {dropafters} s",
    "words-unit-answers": "unit {unit} of {address} answers with {what}",
    "words-cannot-be-reached": "{address} cannot be reached: {value}",
    "words-unit-sent-registers": "unit {unit} of {address} sent {value} of {count} registers",
    "words-unit-has-not-answered-within-ms": "unit {unit} of {address} has not answered within {limit} ms",
    "words-private-key-not-rsa-key-which": (
        "the private key {path} is not an RSA key, which OPC UA's policies need"
    ),
    "words-private-key-does-not-belong-give": (
        "the private key {path} does not belong to {certificate}; give the one made with it"
    ),
    "words-exists-already-every-server-trusts-would": (
        "{path} exists already, and every server that trusts it would have to trust the new one; "
        "give another folder, or move the old files away first"
    ),
    "words-cannot-be-written-give-another-folder": "{folder} cannot be written ({why}); give another folder",
    "words-certificate-cannot-be-read-make-ours": (
        "the certificate {path} cannot be read ({why}); make ours with `setpoint opcua certificate`, "
        "fetch a server's with `setpoint opcua trust`"
    ),
    "words-not-certificate-give-der-pem-file": "{path} is not a certificate; give a DER or PEM file",
    "words-private-key-cannot-be-read-give": (
        "the private key {path} cannot be read ({why}); give the one that was made with {certificate}"
    ),
    "words-private-key-cannot-be-used-its": (
        "the private key {path} cannot be used: {why}; is its password in the secrets right?"
    ),
    "words-certificate-cannot-be-read-have-server": (
        "the certificate of {endpoint} cannot be read ({why}); have the server make a new one"
    ),
    "words-password-would-go-over-unencrypted-channel": (
        'the password would go over an unencrypted channel (security = "None"); choose a security '
        "policy, or if nobody else is on the network, write plain_password = true or give --plain-password"
    ),
    "words-our-certificate-make-new-one-setpoint": (
        "our certificate {certificate} {problem}; make a new one with `setpoint opcua certificate` "
        "and trust it on the server"
    ),
    "words-server-s-certificate-have-server-make": (
        "the server's certificate {theirs} {problem}; have the server make a new one, then fetch it "
        "with `setpoint opcua trust`"
    ),
    "words-security-needs-certificate-private-key-server": (
        "security {policy} needs certificate, private_key and server_certificate in the plant file"
    ),
    "words-user-certificate-needs-secure-channel-security": (
        'a user certificate needs a secure channel, and security is "None"; choose a security policy'
    ),
    "words-secrets-have-user-certificate-no-user": (
        "the secrets have a user_certificate and no user_private_key; give the file of its key as well"
    ),
    "words-user-certificate-make-new-one-trust": (
        "the user certificate {certificate} {problem}; make a new one and trust it on the server"
    ),
    "words-password-would-go-over-channel-signed": (
        "the password would go over a channel that is signed but not encrypted; choose mode = "
        '"SignAndEncrypt", or write plain_password = true if nobody else is on the network'
    ),
    "words-security-none-but-server-accepts-password": (
        'security is "None", but the server accepts a password encrypted for its certificate; fetch '
        "and compare the certificate (setpoint opcua trust), then give it as server_certificate or "
        "--server-certificate"
    ),
    "words-server-shows-another-certificate-than-so": (
        "the server shows another certificate than {servercertificate}, so the password was not "
        "sent; if the server was replaced, compare its new certificate and fetch it: setpoint opcua "
        "trust"
    ),
    "words-refuses-user": (
        "{endpoint} refuses the user {user} or the password: {value}; check both, and the user's rights on the server"
    ),
    "words-wants-sign-in": (
        "{endpoint} refuses anonymous users: {value}; give a user name and a password, in the secrets "
        "or (browse) with --user"
    ),
    "words-refuses-user-certificate-on-server-move": (
        "{endpoint} refuses the user certificate {user} ({fingerprint}): {value}; on the server, "
        "move it from the rejected to the trusted user certificates, give that user the rights, and "
        "check that it accepts certificates at all"
    ),
    "words-does-not-offer-security-but": "{endpoint} does not offer security {known}, but {value}",
    "words-does-not-trust-our-certificate-does": (
        "{endpoint} does not trust our certificate ({certificate}, {fingerprint}), or does not "
        "accept it: {value}; on the server, move it from the rejected to the trusted"
    ),
    "words-has-another-certificate-than-one-we": (
        "{endpoint} has another certificate ({fingerprint}) than the one we trust ({fingerprint2}); "
        "if the server was replaced, compare it and fetch it: setpoint opcua trust"
    ),
    "words-does-not-speak-opc-ua-expected": "{endpoint} does not speak OPC UA as expected: {value}",
    "words-does-not-answer-address-right-server": (
        "{endpoint} does not answer; is the address right, and is the server running?"
    ),
    "words-cannot-be-reached-closed-connection": (
        "{endpoint} cannot be reached or closed the connection: {reason}"
    ),
    "words-did-not-answer-within-s": "{endpoint} did not answer within {withins} s",
    "words-sent-answer-cannot-be-read": "{endpoint} sent an answer that cannot be read: {value}",
    "words-answered-items": "{endpoint} answered {value} of {value2} {value3} items",
    "words-breaks-off-while-browsed": "{endpoint} breaks off while it is browsed: {value}",
    "words-answers-without-end-while-browsed": "{endpoint} does not stop answering while it is browsed",
    "words-answers-without-end-nothing-while-browsed": (
        "{endpoint} sends empty answers without end while it is browsed"
    ),
    "words-has-been-silent-s": "{endpoint} has been silent for {longests} s",
    "words-has-changed-its-namespaces": "{endpoint} has changed its namespaces",
    "words-ends-publishing": "{endpoint} ends publishing: {value}",
    "words-ended-subscription": "{endpoint} ended a subscription: {value}",
    "words-gave-two-subscriptions-number": "{endpoint} gave two subscriptions the number {id}",
    "words-sent-message-was-missed": "{endpoint} sent message {number}, and it was missed",
    "words-did-not-answer-time": "{endpoint} did not answer in time",
    "words-secrets-file-can-be-read-by": (
        "the secrets file {path} can be read by others; make it private: chmod 600 {path}"
    ),
    "words-secrets-file-cannot-be-read-check": (
        "the secrets file {path} cannot be read ({why}); check its name and its permissions"
    ),
    "words-secrets-file-not-valid-toml-quote": (
        "the secrets file {path} is not valid TOML: {why}; quote every text"
    ),
    "words-secrets-file-has-which-not-table": (
        "the secrets file {path} has {name}, which is not a table of texts; write [{name}] and below "
        'it lines such as password = "…"'
    ),
    "words-give-broker-s-address-such-broker": (
        'Give the broker\'s address, such as broker = "mqtts://broker.plant.local:8883".'
    ),
    "words-user-password-belong-into-secrets": "{remedy} A user and a password belong into the secrets.",
    "words-give-certificate-private-key-together": "Give certificate and private_key together.",
    "words-not-encrypted-there-are-certificates": "is not encrypted, and there are certificates.",
    "words-write-broker-mqtts": 'Write broker = "mqtts://…".',
    "words-not-encrypted-so-everybody-on-network": (
        "{address} is not encrypted, so everybody on the network could read the password; use broker "
        '= "mqtts://…", or write plain_password = true if that is what you want'
    ),
    "words-secrets-have-password-no-username-add": (
        "the secrets have a password for {address} and no username; add it"
    ),
    "words-certificates-cannot-be-used-look-at": (
        "the certificates for {address} cannot be used ({why}); look at {files}: PEM files, the key "
        "without a password"
    ),
    "words-cannot-be-reached-closed-connection-2": (
        "{address} cannot be reached or closed the connection: {value}"
    ),
    "words-does-not-answer-right-address-broker": (
        "{address} does not answer; is the address right{more}, and is the broker running?"
    ),
    "words-refuses-connection": "{address} refuses the connection: {value}; {remedy}",
    "words-does-not-let-user-subscribe-give": (
        "{address} does not let this user subscribe to {value}; give it the right there"
    ),
    "words-may-still-land": "{why}; it may still land",
    "words-no-answer-within": "no answer within {seconds} s",
    "words-stopped-before-answer": "Setpoint stopped before the answer",
    "words-write-failed": "the write failed unexpectedly",
    "words-nothing-sent-no-connection": "nothing was sent, because there is no connection: {why}",
    "words-not-connected-yet": "it has not been connected yet",
    "words-just-lost": "it has just been lost",
    "words-was-busy": "{address} was busy for {seconds} s",
    "words-connection-given-up": "the connection was given up",
    "words-not-mapped-to-node": "{field} of this machine is not mapped to a node that can be set",
    "words-not-mapped-to-register": "{field} of this machine is not mapped to a register that can be set",
    "words-not-mapped-to-metric": "{field} of this machine is not mapped to a metric that can be set",
    "words-not-mapped-to-topic": "{field} of this machine is not mapped to a topic that can be set",
    "words-type-not-read-nothing-written": "the type of the node could not be read, so nothing was written: {why}",
    "words-server-answered-of": "the server answered {count} of {of} items",
    "words-is-silent": "{address} is silent",
    "words-state-number": "state {number}",
    "words-of-place": "{label}: {why}",
    "words-so-many-more-reasons": "{told}; and {more} more",
    "words-simulator-has-no": "the simulator has no {field} of {machine}",
    "words-controller-refuses-every-write": "the controller refuses every write (a fault set from the simulator)",
    "words-controller-refuses-while": "the controller refuses while {status} holds",
    "words-birth-has-metric-twice": "the birth certificate has the metric {metric} twice",
    "words-birth-gives-alias-to-several": "the birth certificate gives the alias {alias} to several metrics",
    "words-birth-has-only-history": "the birth certificate has only historical values of {metric}",
    "words-birth-has-not-the-metric": "the birth certificate has no metric {metric}",
    "words-not-announced-since": "{node} has not announced {device} since it was born again",
    "words-has-left-the-broker": "{node} has left the broker (its death certificate came)",
    "words-says-that-is-gone": "{node} says that {device} is gone",
    "words-message-not-read": "a message of {node} could not be read",
    "words-messages-were-lost": (
        "messages of {node} were lost or out of order (got number {came}, but {expected} was next)"
    ),
    "words-asked-to-be-born-again": "{why}; it is asked to be born again",
    "words-no-birth-certificate-has-come": "no birth certificate of {what} has come",
    "words-type-changed-without-birth": "{metric} has changed its type from {was} to {now} without a birth certificate",
    "words-payload-empty": "the payload is empty",
    "words-topic-says-gone": "{topic} says that it is gone",
    "words-nothing-has-come": "nothing has come yet",
    "words-nothing-has-come-of": "nothing has come yet of {labels}",
    "words-only-kept": "only retained messages have come, nothing fresh",
    "words-acknowledgement-not-read": "the acknowledgement cannot be read ({why})",
    "words-acknowledgement-neither": "the acknowledgement says neither yes nor no: {said}",
    "words-machine-refused-it": "the machine refused it: {said}",
    "words-has-said-nothing-for": "it has said nothing for {seconds} s",
    "words-machine-not-there": "the machine is not there at this moment",
    "words-said-nothing-no-answer": "{node} has said nothing for {seconds} s and does not answer",
    "words-left-or-came-anew": "{node} left the broker or connected again at that moment",
    "words-broker-acknowledges-nothing": "the broker acknowledges no messages (it grants QoS 0)",
    "words-broker-does-not-answer": "the broker {address} does not answer",
}
