# What the server, its sources and its storage say: mistakes in a plant file, settings, failures. The English stands
# in the code too (`setpoint.message.sentence`); a test holds the two together.
words-above-max = is { $minimum }, above max, { $most }.
words-account = account { $name }
words-ack-frame-s-id-comes-before = the ack with the frame's id comes before the snapshot
words-again = is { $name } again.
words-alarm-field = is for an alarm of a field.
words-allow-has-give-networks-such = { $where }.allow has { $value }; give networks such as "10.20.0.0/16"
words-and-more = { $one } { $more }
words-another-client-id = choose another client_id in the plant file
words-another-id = Give the machine another id.
words-another-security = choose another security in the plant file
words-another-setpoint-server-has = another Setpoint server has { $guarded }: { $who }; { $remedy }
words-answer-spec-md-section-has-was = an answer as SPEC.md section 6 has it was expected: { $why }
words-answer-within-s-was-expected-took = an answer within 3 s was expected, it took { $took } s
words-answered-items = { $endpoint } answered { $value } of { $value2 } { $value3 } items
words-answers-without-end-nothing-while-browsed = { $endpoint } answers without an end and with nothing while it is browsed
words-application-problem-json-was-expected-came = application/problem+json was expected, { $value } came
words-are-no-certificate-key-belong-together = { $certificate } and { $key } are no certificate and key that belong together ({ $why }); both are PEM files
words-at-most-channels-are-there = { $path }: at most { $most } channels, { $value } are there
words-audit-ends-at-but-noted-head = the audit ends at { $seq }, but the noted head is { $seq2 }
words-audit-tells = is { $rev }; the audit tells of { $value }
words-backup-does-not-end-where-its = the backup does not end where its manifest says; it is damaged, take another
words-backup-has-no-damaged-take-another = the backup has no { $name }; it is damaged, take another
words-batch = batch { $batch }
words-batch-has-its-txid = the batch has its txId
words-batch-item = batch { $batch }, { $machine } { $field }
words-batch-stored-already-txid-used-once = batch { $txid } is stored already; a txId is used once
words-batch-waits = batch { $batch }, which waits
words-belongs-another-user-who-can-change = { $path } belongs to another user ({ $stuid }), who can change it at any time; give it to the server's user: chown -R $USER { $directory }
words-bit-can-be-set-register-bits = A bit can be set in a register of 16 bits.
words-bit-not-in-type = bit { $bit } is not in the node's type, { $kind }
words-breaks-off-while-browsed = { $endpoint } breaks off while it is browsed: { $value }
words-brings-plant-over-machines = brings the plant over { $most } machines.
words-by-audit = is { $rights }; by the audit it is { $expected }
words-by-audit-not = is { $value }; by the audit it is not
words-by-by-audit-by = is by { $value }; by the audit it is by { $by }
words-cannot = cannot { $what }: { $why }
words-cannot-be-reached = { $address } cannot be reached: { $value }
words-cannot-be-reached-closed-connection = { $endpoint } cannot be reached or closed the connection: { $reason }
words-cannot-be-reached-closed-connection-2 = { $address } cannot be reached or closed the connection: { $value }
words-cannot-be-reached-right-address-on = { $address } cannot be reached; is it the right address, and is it on?
words-cannot-be-read-check-its-permissions = { $path } cannot be read ({ $why }); check its permissions
words-cannot-be-used-docs-howto-notify = { $path } cannot be used: { $why }; docs/howto/notify.md shows every key
words-cannot-be-written-give-another-folder = { $folder } cannot be written ({ $why }); give another folder
words-cannot-listen-on-stop-program-uses = cannot listen on { $host }:{ $port } ({ $why }); stop the program that uses it, or give another --port
words-cannot-lock-give-user-permission-write = cannot lock { $path } ({ $why }); give this user permission to write there
words-certificate-cannot-be-read-have-server = the certificate of { $endpoint } cannot be read ({ $why }); have the server make a new one
words-certificate-cannot-be-read-make-ours = the certificate { $path } cannot be read ({ $why }); make ours with `setpoint opcua certificate`, fetch a server's with `setpoint opcua trust`
words-certificates-cannot-be-used-look-at = the certificates for { $address } cannot be used ({ $why }); look at { $files }: PEM files, the key without a password
words-chain-ends-at-entry-rest-was = the chain ends at entry { $seq }: the rest was removed
words-check-certificates = check ca, certificate and private_key in the plant file
words-check-password = check username and password in the secrets
words-check-sign-in = check username and password in the secrets, and the user's rights on the server
words-check-sign-in-broker = check username and password in the secrets, and the user's rights on the broker
words-closed-connection = { $address } closed the connection
words-connection-stays-open = the connection stays open
words-correct-password = correct the user and password in the database URL
words-count-elements-from-index-index-index = Count the elements from 0: index = 3, index = [1, 2], or index = "{ "{" }slot{ "}" }".
words-create-it = create it, or correct the database URL
words-damaged-take-earlier-backup = { $name } is damaged ({ $value }); take an earlier backup
words-data-directory-cannot-be-written-give = the data directory { $directory } cannot be written ({ $why }); give another with --data-dir, or give this user permission to write there
words-data-directory-was-use-another-database = the data directory { $datadir } was in use with another database; give the right --database, or remove { $inusefile } if you want to use this one
words-database-damaged = the database is damaged; restore a copy
words-database-has-no-accounts-but-data = the database has no accounts, but the data directory { $datadir } was in use; restore the database (setpoint restore FILE), or remove { $inusefile } to start from the beginning
words-database-has-not-answered-s-see = the database has not answered for { $withins } s; see that it runs and that nothing holds it
words-database-has-not-taken-record-new = the database has not taken the record of the new plant yet; the plant changes as soon as it does
words-database-url-cannot-be-used-give = the database URL cannot be used; give sqlite:///PATH or postgresql://USER@HOST/NAME
words-database-url-needs-install-postgresql-pip = the database URL needs { $name }; install it, for PostgreSQL with: pip install 'setpoint[postgres]'
words-database-was-made-by-newer-version = the database was made by a newer version of Setpoint ({ $how }); install that version again (pip install 'setpoint>=VERSION'), or go back to a backup of before: setpoint restore FILE --replace
words-database-was-named-give-database-kind = { $file } is of a { $value } database, { $value2 } was named; give a --database of that kind
words-database-went-back-from-lease-older = the database went back from lease { $token } to { $token2 }: it is an older copy, and what was recorded since is missing; this server writes nothing to it. Bring the newer one back, or start this server again to go on with the older one
words-define-at-most = Define at most { $most }.
words-defines-alarms = defines { $value } alarms.
words-deltas-came-position-another-epoch = deltas came for a position of another epoch
words-demo-over-needs-library-not-installed = the demo over { $protocol } needs a library that is not installed: pip install "setpoint[{ $value }]"
words-demo-over-sparkplug-b-needs-broker = the demo over Sparkplug B needs the broker mosquitto, which is not installed; install it, for example with: apt-get install mosquitto
words-describe-at-least-one-lines-id = Describe at least one: [[lines]] with id = "01" and machines = [401].
words-did-not-answer-time = { $endpoint } did not answer in time
words-did-not-answer-within-s = { $endpoint } did not answer within { $withins } s
words-disabled = disabled
words-does-not-answer-address-right-server = { $endpoint } does not answer; is the address right, and is the server running?
words-does-not-answer-right-address-broker = { $address } does not answer; is it the right address{ $more }, and is the broker well?
words-does-not-belong-plant-file = does not belong in a plant file.
words-does-not-follow-from-entry = it does not follow from entry { $seq }
words-does-not-have-bytes-was-kept = does not have the bytes that it was kept with
words-does-not-let-user-subscribe-give = { $address } does not let this user subscribe to { $value }; give it the right there
words-does-not-offer-security-but = { $endpoint } does not offer security { $known }, but { $value }
words-does-not-open = { $live } does not open: { $why }
words-does-not-speak-opc-ua-expected = { $endpoint } does not speak OPC UA as expected: { $value }
words-does-not-trust-our-certificate-does = { $endpoint } does not trust our certificate ({ $certificate }, { $fingerprint }), or does not accept it: { $value }; on the server, move it from the rejected to the trusted
words-enabled = enabled
words-ended-subscription = { $endpoint } ended a subscription: { $value }
words-ends-at-address = ends at address { $value }.
words-ends-publishing = { $endpoint } ends publishing: { $value }
words-entry-missing = entry { $seq } is missing
words-epoch-hello-was-expected-snapshot-came = the epoch of hello, { $epoch }, was expected in the snapshot; { $epoch2 } came
words-error-carries-frame-s-id = the error carries the frame's id
words-event = event { $number } ({ $kind } of { $machine })
words-everybody-on-machine-can-write-could = everybody on this machine can write to { $path }, and could give themselves any right; remove the permission: chmod -R o-rwx { $directory }
words-exists-already-every-server-trusts-would = { $path } exists already, and every server that trusts it would have to trust the new one; give another folder, or move the old files away first
words-failed = { $program } failed: { $value }
words-failed-2 = { $doing } failed: { $cause }; { $remedy }
words-failed-check-free-space-permissions-there = { $doing } failed: { $why }; check the free space and the permissions there
words-fields-share-column = and fields.{ $other } share the column { $header }.
words-files-change-too-often-be-read = the files of { $path } change too often to be read; ask again
words-frame-was-expected-connection-closed = a frame was expected, the connection closed ({ $why })
words-frame-was-expected-within-s-none = a frame was expected within { $withins } s, none came
words-free-space = free some space where the data directory lies
words-gateway-needs-nats-nats-database-postgresql = a gateway needs --nats nats://… and --database postgresql://…; give both
words-gave-two-subscriptions-number = { $endpoint } gave two subscriptions the number { $id }
words-give-a-list = Give a list.
words-give-a-table = Give a table.
words-give-a-whole-number = Give a whole number.
words-give-above-below-both = Give above, below, or both.
words-give-address-server-such-opc-tcp = Give the address of the server, such as "opc.tcp://192.168.7.20:4840", without user or password.
words-give-broker-s-address-such-broker = Give the broker's address, such as broker = "mqtts://broker.plant.local:8883".
words-give-certificate-private-key-together = Give certificate and private_key together.
words-give-date-such = Give a date, such as 2026-12-25.
words-give-each-alarm-its-own-name = Give each alarm its own name.
words-give-each-line-id-its-own = Give each line an id of its own.
words-give-each-shift-name-its-own = Give each shift a name of its own.
words-give-every-machine-has-id-line = Give it: { "{" } id = { $value }, { $value2 } = … { "}" }. Every machine has id, line and name. If the text itself has the braces, double them: { "{" }{ "{" }{ $value2 }{ "}" }{ "}" }.
words-give-every-machine-has-id-line-2 = Give it: { "{" } id = { $value }, { $word } = … { "}" }. Every machine has id, line and name. If the braces belong to the node, double them: { "{" }{ "{" }{ $word }{ "}" }{ "}" }.
words-give-factor-above-makes-unit-units = Give the factor above 0 that makes the unit of it: units = { "{" } "1/min" = 1, "Hz" = 60 { "}" }.
words-give-gateway-s-address-such-host = Give the gateway's address, such as host = "192.168.7.30".
words-give-how-far-reported-value-may = Give how far a reported value may be from the target, from 0 on, in the field's unit.
words-give-its-unit-remove = Give its unit, or remove it.
words-give-kind-source-such-kind-opcua = Give the kind of source, such as kind = "opcua".
words-give-letters-digits-at-most-range = Give letters and digits ("A7", "007", 401), 12 at most, or a range ("B1-B9").
words-give-letters-digits-such-name-overheated = Give letters, digits and "-", such as name = "overheated".
words-give-node-id-quotes = Give a node id in quotes, or { "{" } node = "…" { "}" }.
words-give-node-id-quotes-2 = Give a node id in quotes.
words-give-node-id-such-ns-s = Give a node id, such as "ns=2;s=Press{ "{" }id{ "}" }.Speed".
words-give-number = Give a number.
words-give-number-field-s-unit = Give a number, in the field's unit.
words-give-number-from-on-field-s = Give a number from 0 on, in the field's unit.
words-give-number-text-range = Give a number (401), a text ("007") or a range ("410-419").
words-give-one = Give one of { $known }.
words-give-one-install-package-provides = Give one of { $known }, or install the package that provides it.
words-give-one-its-address = Give one of { $known }, with its address: { $example }.
words-give-one-level-topic-without = Give one level of the topic, without /, + and #.
words-give-one-none-only-if-nobody = Give one of { $known }; None only if nobody else is on the network.
words-give-one-topic-without = Give one topic, without + and #.
words-give-seconds-one-part-takes-at = Give the seconds that one part takes at best, above 0.
words-give-short-text-quotes-such = Give a short text in quotes, such as "01".
words-give-source-one = Give source = one of { $value }.
words-give-table-false = Give a table, { "{" } deviation = 0.5, every = "1 s", keep = "90 d" { "}" }, or false.
words-give-text = Give a text.
words-give-text-at-most-characters = Give a text of at most { $most } characters.
words-give-text-at-most-characters-2 = Give a text of at most 60 characters.
words-give-text-list-texts-fault = Give a text or a list of texts: { $key } = ["FAULT"].
words-give-text-quotes = Give a text in quotes.
words-give-time-at-most-hour-such = Give a time of at most an hour, such as "2 min".
words-give-time-day-quotes-such = Give a time of the day in quotes, such as "06:00".
words-give-time-from-such-s-min = Give a time from { $value } to { $value2 }, such as "1 s", "5 min" or "90 d".
words-give-time-up-h-such-s = Give a time up to 24 h, such as "5 s" or "2 min".
words-give-true-false = Give true or false.
words-give-value-one-step-controller-such = Give the value of one step of the controller, such as 0.1.
words-give-whole-number-at-least = Give a whole number of at least { $lowest }.
words-give-whole-number-from = Give a whole number from { $lowest } to { $highest }.
words-give-whole-number-text-each-choice = Give a whole number or a text for each choice.
words-given-beside-good = is given beside good.
words-given-field-nobody-can-set = is given for a field that nobody can set.
words-given-field-without-unit = is given for a field without a unit.
words-given-which-only-same-value-same = is given for a { $value }, of which only the same value is the same.
words-gives-node = gives { $here } the node { $filled }.
words-grant-rights = grant the database's user the rights to its tables
words-has = has { $value }.
words-has-2 = has { $name } = { $factor }.
words-has-3 = has { $known }.
words-has-another-certificate-than-one-we = { $endpoint } has another certificate ({ $fingerprint }) than the one we trust ({ $fingerprint2 }); if the server was replaced, compare it and fetch it: setpoint opcua trust
words-has-been-silent-s = { $endpoint } has been silent for { $longests } s
words-has-bit = has the bit { $number }.
words-has-changed-its-namespaces = { $endpoint } has changed its namespaces
words-has-field-without-limit = has a field without a limit.
words-has-has = has { $cause }, as { $other } has.
words-has-its-node-which-does-not = has { "{" }{ $word }{ "}" } in its node, which { $here } does not give.
words-has-no-table = has no table.
words-has-no-value-now-cannot-be = { $machine } has no value of { $name } now, or cannot be written to
words-has-not-answered-s = { $address } has not answered for { $dropafters } s
words-has-which-does-not-give = has { "{" }{ $value }{ "}" }, which { $machine } does not give.
words-hello-was-expected-first-came = hello was expected first, { $name } came
words-historian-does-not-take-questions-now = the historian does not take questions now; ask again in a moment
words-historian-gave-another-answer-see-log = the historian gave another answer; see the log
words-history-at-cannot-be-opened-see = the history at { $where } cannot be opened; see the log
words-history-gave-no-answer-within-s = the history gave no answer within { $withins } s; ask for less, or again in a moment
words-holds-secrets-can-be-read-by = { $path } holds secrets and can be read by others; make it private: chmod 600 { $path }
words-if-word-is-array = If the word is an array: word = { "{" } node = "…", array = true { "}" }.
words-is = is { $value }.
words-is-2 = is 0.
words-kept-by-setpoint-itself = is kept by Setpoint itself.
words-known-are = Known are { $known }.
words-language-give-one = { $where }.language is { $language }; give one of { $known }
words-last = { $most } is the last.
words-leave-one-reason = Leave it to one reason.
words-leave-out = Leave out { $known }.
words-leave-type-order-bit-length-out = Leave type, order, bit and length out.
words-let-one-shift-end-before-next = Let one shift end before the next begins.
words-lines = { $one }{ "\u000A" }{ $more }
words-lines-are = Lines are { $known }.
words-list-machines-plant-machines = List machines of this plant: machines = [401, "402"].
words-list-names-pattern = List names of the pattern: { $known }.
words-list-node-ids-from-outer-state = List node ids, from the outer state to the inner.
words-list-them-options-run-idle = List them: options = ["RUN", "IDLE"].
words-list-what-machines-say-texts-quotes = List what machines say, as texts in quotes.
words-listed-elsewhere = is listed under another kind, machine, line or instant
words-lists-no-machine = lists no machine.
words-locked-by-another = another process has locked the database; stop it or wait
words-machine-which-has-already = is machine { $value }, which { $taken } has already.
words-machines-another-line-came = machines of another line came: { $known }
words-machines-are-missing = machines are missing: { $known }
words-makes-alarms-all-machines = makes { $watched } alarms of all machines.
words-makes-tree-too-deep-circle = makes the tree too deep, or a circle.
words-map-node-field-method = { $value }; map the node of the field, or a method
words-map-plant-s-fields-nodes-under = Map the plant's fields to nodes under [{ $where }.fields].
words-may-write-folder = give this user permission to write to the database and its folder
words-may-write-primary = give this user permission to write to the database, or connect to the primary
words-method-takes-arguments-one-takes-just = the method takes { $count } arguments; one that takes just the target is needed
words-missing = is missing.
words-missing-2 = is missing
words-missing-choice = is missing for a choice.
words-missing-security = is missing, and security is { $policy }.
words-missing-there-are-bits = is missing, and there are bits.
words-mistake = { $where }: { $what } { $remedy }
words-mistake-line = line { $line }, { $where }: { $what } { $remedy }
words-more-than-one-register = is in more than one register.
words-mosquitto-does-not-start-run-by = mosquitto does not start; run it by hand to see why
words-name = Name { $known }.
words-name-at-most = Name at most { $most }.
words-name-authority = name the authority of the broker's certificate: ca = "…"
words-name-counter-all-parts-machine-makes = Name the counter of all parts that a machine makes.
words-name-field-above = Name a field above.
words-name-field-numbers = Name a field with numbers: { $known }.
words-name-holding-register-coil-leave-writable = Name a holding register or a coil, or leave writable out of [fields.{ $name }].
words-name-line-machine-line-m = Name a line or a machine: "line:01", "m:403".
words-name-lines-machines-so-at-most = Name lines or machines, so that it is at most { $most }.
words-name-node-word-has-them = Name the node of the word that has them.
words-name-one = Name one of { $known }.
words-name-one-2 = Name one: { $known }.
words-name-one-them-other-follows-from = Name one of them: the other follows from total.
words-name-place-word-has-them = Name the place of the word that has them.
words-name-reason-file = Name a reason of this file.
words-name-topic-which-target-published = Name the topic to which a target is published.
words-names = names { $known }.
words-names-figures = names { $value } figures.
words-names-no-field-source = names no field of this source.
words-names-nothing-plant = names nothing of this plant.
words-names-which-no-field = names { $actual }, which is no field.
words-names-which-no-line = names { $value }, which is no line.
words-names-which-no-reason = names { $within }, which is no reason.
words-nats-needs-extra-nats-install-pip = NATS needs the extra nats; install it with pip install 'setpoint[nats]'
words-nats-takes-nats-host-tls-host = --nats takes nats://host:4222 or tls://host:4222, several with commas between
words-needs-extra-pip-install-setpoint-chat = { $where } needs an extra: pip install 'setpoint[chat]'
words-needs-extra-pip-install-setpoint-email = { $where } needs an extra: pip install 'setpoint[email]'
words-needs-status-field-not-both = needs a status or a field, not both.
words-no-backup-setpoint-backup-made-check = { $file } is no backup that setpoint backup made ({ $why }); check the name
words-no-birth-certificate = no birth certificate of { $what } came within { $withins } s
words-no-command-metric = the birth certificate has no metric { $metric }
words-no-database-of-ours = the file is no database of ours; move it away or give another data directory
words-no-history-can-be-kept-at = no history can be kept at { $where }: { $why }
words-no-name-name-two-channels-use = { $path }: { $value } is no name, or the name of two channels; use letters, digits and -
words-no-number = is { $of }, and { $name } is no number.
words-no-room-for-nodes = the server has no room for so many nodes: map fewer, lower machines_per_subscription, or raise its limit
words-no-session-left = the server has no session left; close other clients or raise its limit
words-no-such-metric = the birth certificate has no such metric; it has { $known }
words-no-such-sign-in = the server does not take this kind of sign-in; check the secrets
words-no-such-source-installed = is { $value }, and no such source is installed.
words-no-table-reasons = is no table of reasons.
words-nobody = nobody
words-node-cannot-be-read-so-its = the node cannot be read, so its type is not known: { $value }
words-node-has-no-value-no-plain = the node has no value and no plain type
words-node-has-no-value-yet = the node has no value yet
words-node-holds-array-name-element-set = the node holds an array; name the element that is set: index = 0
words-none-of = { $value } is none of { $known }; give a map
words-not-audit = is not in the audit
words-not-certificate-give-der-pem-file = { $path } is not a certificate; give a DER or PEM file
words-not-critical-status = is not a critical status.
words-not-database-ours-move-away-give = { $path } is not a database of ours; move it away or give another data directory
words-not-encrypted-so-everybody-on-network = { $address } is not encrypted, so everybody on the network could read the password; use broker = "mqtts://…", or write plain_password = true if that is what you want
words-not-encrypted-there-are-certificates = is not encrypted, and there are certificates.
words-not-entry-was-kept-elsewhere-chain = it is not the entry that was kept elsewhere: the chain was rewritten
words-not-field-plant = is not a field of the plant.
words-not-field-s-name = is not a field's name.
words-not-figure-s-name = is not a figure's name.
words-not-installed-install-postgresql-s-client = { $program } is not installed; install PostgreSQL's client programs of the server's version
words-not-key-known-here = is not a key that is known here.
words-not-list-many-tables = is not a list of that many tables.
words-not-listed = is not listed
words-not-one-node = the server does not accept even one node in a call; check its limits
words-not-one-numbers-type-them = { $part } is not one of the numbers 1 to { $count }; type them as 3-7, 12
words-not-reason = is not a reason.
words-not-this-address = the server does not know itself by this address; check endpoint
words-not-under-above = is { $low }, not under above, { $high }.
words-not-valid-toml = is not valid TOML: { $why }.
words-not-what-audit-says = is not what the audit says
words-nothing-came = nothing came within { $withins } s, and the broker has kept nothing; is it the right topic?
words-nothing-moved-on-line-meanwhile = nothing moved on the line meanwhile
words-number-bit-integer = Number a bit of an integer.
words-number-bits-from = Number the bits from 0 to { $most }.
words-number-bits-from-2 = Number the bits from 0 to { $highest }.
words-number-expected = a number was expected; map another node, or give the field type = "text"
words-objects-have-method-name-one-call = { $owners } objects have this method; name the one to call it on: object = "…"
words-of-events = of the events, { $missing }
words-of-shift-entries = of the entries of shifts, { $missing }
words-one-result-was-expected-came = one result for { $machine } { $name } was expected, { $items } came
words-our-certificate-make-new-one-setpoint = our certificate { $certificate } { $problem }; make a new one with `setpoint opcua certificate` and trust it on the server
words-out-of-order = it is out of order
words-outcomes-wait-be-stored-see-log = outcomes wait to be stored; see the log, and the disk
words-overlaps-on = overlaps { $name } on { $value }.
words-password-would-go-over-channel-signed = the password would go over a channel that is signed but not encrypted; choose mode = "SignAndEncrypt", or write plain_password = true if nobody else is on the network
words-password-would-go-over-unencrypted-channel = the password would go over an unencrypted channel (security = "None"); choose a security policy, or write plain_password = true if nobody else is on the network
words-person-may-not-give-targets = this person may not give targets ({ $statuscode })
words-pg-dump-left-out-audit-see = pg_dump left out the audit; see that the database's user may read every table
words-ping-has-heads-topics-seq = the ping has the heads of the topics (SEQ-3)
words-plant-has-no-machines = the plant has no machines
words-prefix-begins-slash-does-not-end = a prefix begins with a slash and does not end with one, as { $prefix }; { $prefix2 } came
words-private-key-cannot-be-read-give = the private key { $path } cannot be read ({ $why }); give the one that was made with { $certificate }
words-private-key-cannot-be-used-its = the private key { $path } cannot be used: { $why }; is its password in the secrets right?
words-private-key-does-not-belong-give = the private key { $path } does not belong to { $certificate }; give the one made with it
words-private-key-not-rsa-key-which = the private key { $path } is not an RSA key, which OPC UA's policies need
words-progress-stays-s-batch-settles-within = 409 in-progress stays for 12 s; a batch settles within 5 s of its dispatch
words-public-url-like-https-board-plant = a public URL is like https://board.plant.example, { $url } came; it has no path
words-put-into-secrets-file-environment = Put it into the secrets file or the environment.
words-quote-texts-close-brackets-one-key = Quote texts, close brackets, one key a line.
words-raise-per-subscription = raise machines_per_subscription in the plant file
words-reading-failed-see-server-s-log = reading failed: { $why }; see the server's log
words-refuses-connection = { $address } refuses the connection: { $value }; { $remedy }
words-refuses-user-certificate-on-server-move = { $endpoint } refuses the user certificate { $user } ({ $fingerprint }): { $value }; on the server, move it from the rejected to the trusted user certificates, give that user the rights, and check that it accepts certificates at all
words-remove = Remove it.
words-remove-name-field = Remove it, or name a field.
words-remove-one-two = Remove one of the two.
words-rename-one-them = Rename one of them.
words-role-one-came = a role is one of { $words }; { $word } came
words-say-where-machines-are-topics = Say where the machines are in the topics: { $key } = "…".
words-say-where-plant-s-fields-are = Say where the plant's fields are, under [{ $where }.fields].
words-says = { $endpoint } says { $value }
words-says-remedy = { $endpoint } says { $value }; { $remedy }
words-secret-cannot-be-used = { $where }.secret cannot be used: { $why }
words-secrets-file-can-be-read-by = the secrets file { $path } can be read by others; make it private: chmod 600 { $path }
words-secrets-file-cannot-be-read-check = the secrets file { $path } cannot be read ({ $why }); check its name and its permissions
words-secrets-file-has-which-not-table = the secrets file { $path } has { $name }, which is not a table of texts; write [{ $name }] and below it lines such as password = "…"
words-secrets-file-not-valid-toml-quote = the secrets file { $path } is not valid TOML: { $why }; quote every text
words-secrets-have-password-no-username-add = the secrets have a password for { $address } and no username; add it
words-secrets-have-user-certificate-no-user = the secrets have a user_certificate and no user_private_key; give the file of its key as well
words-security-needs-certificate-private-key-server = security { $policy } needs certificate, private_key and server_certificate in the plant file
words-security-none-but-server-accepts-password = security is "None", but the server accepts a password encrypted for its certificate; fetch and compare the certificate (setpoint opcua trust), then give it as server_certificate
words-see-data-directory = see that the data directory exists and can be written
words-see-database-log = see the database's own log
words-sender-are-e-mail-addresses-one = { $where }: sender and to are e-mail addresses in one line
words-sent-answer-cannot-be-read = { $endpoint } sent an answer that cannot be read: { $value }
words-sent-message-was-missed = { $endpoint } sent message { $number }, and it was missed
words-server-does-not-know-method-s = the server does not know the method's namespace
words-server-does-not-know-node-s = the server does not know the node's namespace
words-server-give-host-port-smtp-example = { $where }.server is { $server }; give host and port: "smtp.example:587"
words-server-has-lost-its-hold-on = this server has lost its hold on the database, and another may have it; it writes again when it has the hold back
words-server-s-certificate-have-server-make = the server's certificate { $theirs } { $problem }; have the server make a new one, then fetch it with `setpoint opcua trust`
words-server-shows-another-certificate-than-so = the server shows another certificate than { $servercertificate }, so the password was not sent; if the server was replaced, compare its new certificate and fetch it: setpoint opcua trust
words-set-letters-in-ids = For ids with letters set letters_in_ids = true at the top of the file.
words-setpoint-database-timeout-give-seconds-from = SETPOINT_DATABASE_TIMEOUT is { $value }; give seconds from 0.1 to { $most }
words-setpoint-port-give-port-from = SETPOINT_PORT is { $value }; give a port from 0 to 65535
words-sets-field-plant-does-not-let = sets a field that the plant does not let people set.
words-shift-entry = entry { $number } of a shift, by { $person }
words-source-provided-by-which-cannot-be = the source { $value } is provided by { $value2 }, which cannot be imported: { $why }. Install the package again, with its dependencies.
words-sources-kind-which-needs-library-not = sources.{ $name } is of kind "{ $value }", which needs a library that is not installed. Install it: pip install "setpoint[{ $extra }]"
words-sources-of-this-file = the [sources] of this file
words-split-plant = Split the plant.
words-start-database = start the database server, or correct the database URL
words-stop-or-another-database = stop it, or give another --database
words-storing-failed-see-server-s-log = storing failed: { $why }; see the server's log
words-swap-them = Swap them.
words-table-database-empty-drop-server-starts = the table { $value } of the database is empty; drop it, and a server that starts makes it anew
words-table-which-nobody-can-write = is in the table { $value }, which nobody can write to.
words-the-database = the database { $url }
words-the-file = the file
words-the-rev = the rev of { $machine } { $field }
words-there-already-give-another-name-remove = { $file } is there already; give another name, or remove it
words-there-are-tables-database-already-replace = there are tables in this database already; --replace replaces them
words-there-database-already-replace-puts-aside = there is a database { $to } already; --replace puts it aside and restores over it
words-there-index-but-node-does-not = there is an index, but the node does not hold an array
words-there-is-none = there is none
words-there-no-database-see-data-dir = there is no database { $source }; see --data-dir and --database
words-there-no-field-person-may-change = there is no field that this person may change
words-there-no-file-give-one-nats = there is no file { $file }; give one that NATS can use
words-there-no-file-tls-cert-tls = there is no file { $path }; --tls-cert and --tls-key are PEM files
words-there-no-folder-database-see-data = there is no folder { $parent } for the database; see that the data directory exists and can be written
words-tls-takes-certificate-its-key-give = TLS takes a certificate and its key; give --tls-cert and --tls-key
words-took-longer = it took longer than --database-timeout allows
words-took-longer-runs = it took longer than --database-timeout allows; check that the database runs
words-trusted-proxy-address-network-like-came = a trusted proxy is an address or a network like 10.0.0.0/24, { $value } came
words-ts-unix-time-seconds-id = ts is Unix time in seconds (ID-3)
words-turned-into-number = is { $value }, which spreadsheet programs turn into a number.
words-type = is { $bit }, and the type is { $type }.
words-type-method-s-argument-cannot-be = the type of the method's argument cannot be set from here
words-unit-answers = unit { $unit } of { $address } answers with { $what }
words-unit-has-not-answered-within-ms = unit { $unit } of { $address } has not answered within { $limit } ms
words-unit-sent-bits = unit { $unit } of { $address } sent { $value } of { $count } bits
words-unit-sent-registers = unit { $unit } of { $address } sent { $value } of { $count } registers
words-unit-silent = unit { $unit } does not answer
words-url-has-no-tls-give-https = { $where }.url has no TLS; give https, or allow the private network that it leads to
words-url-no-address-apprise-knows = { $where }.url is no address that Apprise knows
words-url-no-address-can-be-used = { $where }.url is no address that can be used; give https://host/path, without a password
words-use = Use 0 to { $most }.
words-use-2 = Use { $known }.
words-use-at-most-levels = Use at most { $most } levels.
words-use-count = Use of = "count".
words-use-letters-digits-letter-first-at = Use letters and digits, a letter first, 40 at most.
words-use-letters-digits-none = Use letters and digits, and none of { $known }.
words-use-one = Use one of { $known }.
words-user-certificate-make-new-one-trust = the user certificate { $certificate } { $problem }; make a new one and trust it on the server
words-user-certificate-needs-secure-channel-security = a user certificate needs a secure channel, and security is "None"; choose a security policy
words-user-password-belong-into-secrets = { $remedy } A user and a password belong into the secrets.
words-wants-certificate = , and does it want a certificate of ours
words-was-edited = it was edited
words-was-expected = { $what } was expected; { $why }
words-was-expected-after-came = { $value } was expected after { $at }, { $seq } came
words-was-expected-another-body-came = 422 was expected for another body, { $statuscode } came
words-was-expected-batch-came = 200 was expected for a batch, { $statuscode } came
words-was-expected-came = { $nopong } was expected, { $code } came
words-was-expected-came-2 = { $protocolerror } was expected, { $code } came
words-was-expected-came-3 = { $toobig } was expected, { $code } came
words-was-expected-came-4 = 409 was expected, { $statuscode } came
words-was-expected-came-5 = 422 was expected, { $statuscode } came
words-was-expected-came-6 = 200 was expected, { $statuscode } came: { $value }
words-was-expected-no-batch-came = 404 was expected for no batch, { $statuscode } came
words-was-expected-same-batch-came = 200 was expected for the same batch, { $statuscode } came
words-was-expected-within-s = { $what } was expected within { $withins } s
words-was-made-by-version-setpoint-which = { $file } was made by version { $value } of Setpoint, which is newer than this one; restore it with that version
words-was-not-added-by-anybody-far = was not added by anybody, as far as the audit goes
words-was-offered-taken = { $subprotocol } was offered, { $subprotocol2 } taken
words-what-count-looks-only-count = is what a count looks for, and only a count.
words-which-another-line-has = is { $line }, which another line has.
words-which-no-field = is { $value }, which is no field.
words-which-no-measured-number-recorded = is { $name }, which is no measured number that is recorded.
words-which-single-bit = is a { $value }, which is a single bit.
words-workbook = workbook { $sha }
words-workbook-at-most-bytes-kept-has = a workbook of at most { $most } bytes is kept, { $filename } has { $value }
words-write = Write { $example }.
words-write-2 = Write { $value } = { $example }.
words-write-ack = Write ack = { "{" } topic = "…", path = "ok", id = "id" { "}" }.
words-write-alive-online = Write alive = { "{" } topic = "site/press{ "{" }id{ "}" }/online" { "}" }.
words-write-broker-mqtts = Write broker = "mqtts://…".
words-write-each-alarm-table-alarm = Write each alarm as a table, [[alarm]].
words-write-each-line-table-lines = Write each line as a table, [[lines]].
words-write-machines = Write machines = [401, 402].
words-write-map = Write map = { "{" } RUN = 1, IDLE = 2 { "}" }.
words-write-map-2 = Write map = { "{" } 3 = "RUNNING", 9 = "FAULT" { "}" }.
words-write-node-id-such-ns-s = Write a node id, such as "ns=2;s=Press{ "{" }id{ "}" }.Speed".
words-write-nodes = Write nodes = { "{" } speed = "ns=2;i=4711" { "}" }.
words-write-path-such-drive-speed-values = Write a path such as drive.speed or values[0].v.
words-write-places-fields = Write the places of fields: { $example }.
words-write-shifts-at-most = Write [[shifts.{ $name }]], at most { $most }.
words-write-shifts-reasons-motor-at-most = Write [shifts.reasons.motor], at most { $most }.
words-write-status = Write [{ $where }.status].
words-write-status-fault-field-temp-above = Write status = "FAULT", or field = "temp" with above = 90.
words-write-table-fields = Write it as a table, [fields.{ $name }].
words-write-table-kpis = Write it as a table, [kpis.{ $name }].
words-write-table-running-production = Write it as a table: RUNNING = "production".
words-write-table-shifts = Write it as a table, [shifts].
words-write-table-shifts-2 = Write it as a table, [[shifts.{ $name }]].
words-write-table-status = Write it as a table, [{ $where }.status].
words-write-table-under-short-name-small = Write a table under a short name in small letters: [shifts.reasons.motor].
words-write-text = Write a text.
words-write-value-run-count = Write value = "RUN" with of = "count".
words-write-whole-number = Write a whole number.
words-write-writable-true-under-fields-leave = Write writable = true under [fields.{ $name }], or leave the method out.
words-write-writable-true-under-fields-leave-2 = Write writable = true under [fields.{ $name }], or leave the command out.
words-write-writable-true-under-fields-leave-3 = Write writable = true under [fields.{ $name }], or leave it out.
