# The command line: what the commands print that start a server, or work on its data and its machines.
check-plant = { $name }, { $lines ->
    [one] { $lines } line
   *[other] { $lines } lines
}, { $machines ->
    [one] { $machines } machine
   *[other] { $machines } machines
}, targets for { $fields }.
check-plant-read-only = { $name }, { $lines ->
    [one] { $lines } line
   *[other] { $lines } lines
}, { $machines ->
    [one] { $machines } machine
   *[other] { $machines } machines
}, no field can be set.
check-wrong-nodes = { $count } of { $total } nodes are not as they should be.
check-not-tried = { $count ->
    [one] { $count } source could not be tried.
   *[other] { $count } sources could not be tried.
}
check-no-mistakes = No mistakes.
check-mistakes = { $file }: { $count ->
    [one] { $count } mistake
   *[other] { $count } mistakes
}
check-no-probe = was not tried: sources of kind “{ $kind }” have no probe
check-failed = failed while it was tried: { $why }
check-writable = writable
check-read-only = read-only
backup-made = { $file }: { $bytes } bytes{ $head }. Copy it to another machine. It does not contain the history, secrets.toml, notify.toml and the certificates and keys that the plant file names.
backup-no-plant = It does not contain a plant file either: there is no { $file }. If yours is somewhere else, name it with --plant.
backup-no-such-plant = there is no plant file { $file }; check --plant
backup-up-to = , up to entry { $seq } of the audit
backup-start = Start the server; it brings the tables up to date. Then: setpoint audit verify
user-nobody = nobody yet
user-unknown = there is no account “{ $name }”; there are: { $names }
user-bad-name = “{ $name }” cannot be a name: a name has 1 to 64 small letters, digits and . _ - @, and begins and ends with a letter or digit
user-taken = there is an account “{ $name }” or one for that subject; see: setpoint user list
user-is = { $name } is { $rights }.
user-was = { $name } was { $before }, and is { $after }.
user-link = Give them this link; it works once, until { $until }:
user-none = Nobody yet. setpoint serve prints a link for the first administrator.
user-limits = { $name } may give { $at_once } targets at once and { $an_hour } more an hour, and store { $files } workbooks with { $megabytes } MB in total.
user-disabled = { $name } is disabled.
user-enabled = { $name } is enabled.
user-state-disabled = disabled
user-state-openid = OpenID
user-state-password = password
user-state-no-password = no password yet
user-role-on = { $role } on { $line }
user-no-rights = nothing
token-no-rights = { $name } has none of these rights; { $name } is { $rights }
token-taken = { $name } has a token named “{ $token }”; revoke it, or take another name
token-is = { $name } is { $rights } until { $until }.
token-once = This is shown once:
token-nothing = No tokens.
token-lasts = until { $until }, last seen { $seen }
token-unknown = there is no token “{ $id }”, or it has ended; see: setpoint token list
token-ended = { $name } is revoked.
retention-kept = Records are kept { $records }, original workbooks { $files }, points of the history { $history }, events that are not in the audit { $events }.
retention-points = The server removes older points when it next looks, within a day, or at its next start.
retention-removed = Removed: batches { $batches }, events { $events }, workbooks { $files }, and the audit up to entry { $seq }. An anchor in the audit records this.
retention-for-ever = for ever
retention-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
serve-listens = Setpoint listens on { $url }
serve-demo = The board: { $url }  (as another person: { $url }/?user=anna)  Ctrl+C ends the demo.
serve-example = wrote an example plant: { $file }
serve-demo-past = Making a past of { $span }. The board opens when it is ready.
serve-demo-host = the demo has no sign-in, so it listens only on { $hosts }, not on “{ $host }”; use setpoint serve if others should reach it
serve-one-protocol = give one of --opcua, --sparkplug and --modbus, or --mixed for all three
serve-past = --history takes a time from 1h to 400d, such as 7d, but got “{ $text }”
serve-standby-database = a standby shares a database with the server for which it waits; give --database postgresql://…
serve-nats-database = the servers of a plant share a database; give --database postgresql://… with --nats
serve-cluster-name = --cluster takes at most 40 letters, digits, - and _, but got { $name }
serve-oidc = sign-in through a provider needs --oidc-issuer, --oidc-client-id, --public-url, and the client's secret in SETPOINT_OIDC_CLIENT_SECRET; give all four
backup-guarded = the data directory { $folder }
backup-stop-first = stop it, then restore
