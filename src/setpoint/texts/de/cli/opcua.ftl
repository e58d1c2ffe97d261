# Die Kommandozeile: setpoint opcua.
opcua-made = { $certificate } und { $key } geschrieben, gültig bis { $until }
opcua-fingerprint = Fingerabdruck { $fingerprint }
opcua-in-plant-file = in der Werksdatei: { $lines }
opcua-offers = der Server bietet { $offers }
opcua-no-certificate = { $endpoint } hat kein Zertifikat; schalten Sie am Server eine Sicherheitsrichtlinie ein
opcua-valid = { $subject }, gültig bis { $until }
opcua-same = Zeigt der Bildschirm des Servers dasselbe Zertifikat?
opcua-trusted = { $file } geschrieben; in der Werksdatei: server_certificate = "{ $file }"
opcua-file-exists = { $file } gibt es schon; nennen Sie einen anderen Namen
opcua-proposed = { $file } geschrieben; prüfen Sie jede Zeile, dann: setpoint check --connect { $file }
opcua-login = Benutzer und Passwort kommen in die Datei der Geheimnisse (--secrets FILE): username und password unter [opcua]
opcua-nothing = Nichts wurde als Maschine erkannt. Was nun zu tun ist:
    { "  " }- die Knoten selbst wählen: derselbe Befehl noch einmal, mit --pick
    { "  " }- mit einer Anmeldung mehr vom Server sehen: --user NAME (manche Server zeigen ohne Anmeldung nichts)
    { "  " }- docs/howto/connect-opcua.md lesen, „If browse recognises nothing“
opcua-no-variable = der Server zeigt keine Variable, die Setpoint brauchen kann; melden Sie sich mit --user NAME an
opcua-which = Welche Knoten gehören zu einer Maschine? (etwa 3-7, 12)
opcua-take-others = { $count ->
    [one] Eine weitere hat dieselben Variablen ({ $names }). Auch diese nehmen?
   *[other] { $count } weitere haben dieselben Variablen ({ $names }). Auch diese nehmen?
}
opcua-no-protocol = { $text } ist kein Endpunkt; schreiben Sie ihn mit seinem Protokoll: { $meant }
opcua-no-endpoint = { $text } ist kein Endpunkt; geben Sie einen an wie opc.tcp://192.168.7.20:4840, ohne Name und Passwort
opcua-password = Passwort von { $name }
opcua-no-source = { $file } hat keine Quelle mit dem Endpunkt { $endpoint }; prüfen Sie beide
opcua-no-library = OPC UA braucht eine Bibliothek, die nicht installiert ist: pip install "setpoint[opcua]"
