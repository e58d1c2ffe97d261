# The command line: setpoint opcua.
opcua-made = wrote { $certificate } and { $key }, valid until { $until }
opcua-fingerprint = fingerprint { $fingerprint }
opcua-in-plant-file = in the plant file: { $lines }
opcua-offers = the server offers { $offers }
opcua-no-certificate = { $endpoint } has no certificate; enable a security policy on the server
opcua-valid = { $subject }, valid until { $until }
opcua-same = Does the server's own screen show the same certificate?
opcua-trusted = wrote { $file }; in the plant file: server_certificate = "{ $file }"
opcua-file-exists = { $file } exists already; give another name
opcua-proposed = wrote { $file }; check every line, then: setpoint check --connect { $file }
opcua-login = put the user name and the password into the secrets file (--secrets FILE): username and password under [opcua]
opcua-nothing = Nothing was recognised as a machine. What to do next:
    { "  " }- pick the nodes yourself: the same command again, with --pick
    { "  " }- see more of the server with a login: --user NAME (some servers show anonymous users nothing)
    { "  " }- read docs/howto/connect-opcua.md, "If browse recognises nothing"
opcua-no-variable = the server shows no variable that Setpoint can use; try to sign in with --user NAME
opcua-which = Which nodes belong to one machine? (such as 3-7, 12)
opcua-take-others = { $count ->
    [one] One more has the same variables ({ $names }). Take it too?
   *[other] { $count } more have the same variables ({ $names }). Take them too?
}
opcua-no-protocol = { $text } is not an endpoint; write it with its protocol: { $meant }
opcua-no-endpoint = { $text } is not an endpoint; give one such as opc.tcp://192.168.7.20:4840, without user or password
opcua-password = Password of { $name }
opcua-no-source = { $file } has no source with the endpoint { $endpoint }; check both
opcua-no-library = OPC UA needs a library that is not installed: pip install "setpoint[opcua]"
