# Die Kommandozeile: was die Befehle ausgeben, die einen Server starten oder an seinen Daten und Maschinen arbeiten.
check-plant = { $name }, { $lines ->
    [one] { $lines } Linie
   *[other] { $lines } Linien
}, { $machines ->
    [one] { $machines } Maschine
   *[other] { $machines } Maschinen
}, Sollwerte für { $fields }.
check-plant-read-only = { $name }, { $lines ->
    [one] { $lines } Linie
   *[other] { $lines } Linien
}, { $machines ->
    [one] { $machines } Maschine
   *[other] { $machines } Maschinen
}, kein Feld lässt sich vorgeben.
check-wrong-nodes = { $count } von { $total } Knoten sind nicht, wie sie sein sollen.
check-not-tried = { $count ->
    [one] { $count } Quelle ließ sich nicht prüfen.
   *[other] { $count } Quellen ließen sich nicht prüfen.
}
check-no-mistakes = Keine Fehler.
check-mistakes = { $file }: { $count } Fehler
check-no-probe = nicht geprüft: Quellen der Art „{ $kind }“ lassen sich nicht prüfen
check-failed = beim Prüfen gescheitert: { $why }
check-writable = beschreibbar
check-read-only = nur lesbar
backup-made = { $file }: { $bytes } Bytes{ $head }. Kopieren Sie sie auf einen anderen Rechner. Die Historie, secrets.toml, notify.toml und die Zertifikate und Schlüssel, die die Werksdatei nennt, sind nicht darin.
backup-no-plant = Auch eine Werksdatei ist nicht darin: { $file } gibt es nicht. Liegt Ihre anderswo, nennen Sie sie mit --plant.
backup-no-such-plant = es gibt keine Werksdatei { $file }; prüfen Sie --plant
backup-up-to = , bis Eintrag { $seq } des Protokolls
backup-start = Starten Sie den Server; er bringt die Tabellen auf den neuesten Stand. Dann: setpoint audit verify
user-nobody = noch niemand
user-unknown = es gibt kein Konto „{ $name }“; es gibt: { $names }
user-bad-name = „{ $name }“ kann kein Name sein: Ein Name hat 1 bis 64 kleine Buchstaben, Ziffern und . _ - @, und beginnt und endet mit einem Buchstaben oder einer Ziffer
user-taken = es gibt schon ein Konto „{ $name }“, oder eines für diese Person; siehe: setpoint user list
user-is = { $name } ist { $rights }.
user-was = { $name } war { $before } und ist jetzt { $after }.
user-link = Geben Sie diesen Link weiter; er gilt einmal, bis { $until }:
user-none = Noch niemand. setpoint serve gibt einen Link für den ersten Administrator aus.
user-limits = { $name } darf { $at_once } Sollwerte auf einmal geben, { $an_hour } weitere je Stunde, und { $files } Arbeitsmappen mit zusammen { $megabytes } MB speichern.
user-disabled = { $name } ist gesperrt.
user-enabled = { $name } ist freigegeben.
user-state-disabled = gesperrt
user-state-openid = OpenID
user-state-password = Passwort
user-state-no-password = noch kein Passwort
user-role-on = { $role } für { $line }
user-no-rights = ohne Rechte
token-no-rights = { $name } hat keines dieser Rechte; { $name } ist { $rights }
token-taken = { $name } hat schon ein Token „{ $token }“; widerrufen Sie es, oder nehmen Sie einen anderen Namen
token-is = { $name } ist { $rights } bis { $until }.
token-once = Das wird nur einmal gezeigt:
token-nothing = Keine Tokens.
token-lasts = bis { $until }, zuletzt gesehen { $seen }
token-unknown = es gibt kein Token „{ $id }“, oder es gilt nicht mehr; siehe: setpoint token list
token-ended = { $name } ist widerrufen.
retention-kept = Aufzeichnungen bleiben { $records }, hochgeladene Arbeitsmappen { $files }, Punkte der Historie { $history }, Ereignisse außerhalb des Protokolls { $events }.
retention-points = Ältere Punkte entfernt der Server binnen eines Tages, oder bei seinem nächsten Start.
retention-removed = Entfernt: Aufträge { $batches }, Ereignisse { $events }, Arbeitsmappen { $files }, und das Protokoll bis Eintrag { $seq }. Ein Anker im Protokoll hält das fest.
retention-for-ever = für immer
retention-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
serve-listens = Setpoint hört auf { $url }
serve-demo = Der Leitstand: { $url }  (als andere Person: { $url }/?user=anna)  Strg+C beendet die Demo.
serve-example = ein Beispielwerk geschrieben: { $file }
serve-demo-past = Eine Vergangenheit von { $span } entsteht. Der Leitstand öffnet sich, wenn sie fertig ist.
serve-demo-host = die Demo hat keine Anmeldung, also hört sie nur auf { $hosts }, nicht auf „{ $host }“; nehmen Sie setpoint serve, wenn andere sie erreichen sollen
serve-one-protocol = geben Sie eines von --opcua, --sparkplug und --modbus an, oder --mixed für alle drei
serve-past = --history nimmt eine Zeit von 1h bis 400d, etwa 7d, nicht „{ $text }“
serve-standby-database = eine Reserve teilt sich die Datenbank mit dem Server, auf den sie wartet; geben Sie --database postgresql://… an
serve-nats-database = die Server eines Werks teilen sich eine Datenbank; geben Sie mit --nats auch --database postgresql://… an
serve-cluster-name = --cluster nimmt höchstens 40 Buchstaben, Ziffern, - und _; angegeben war { $name }
serve-oidc = die Anmeldung über einen Anbieter braucht --oidc-issuer, --oidc-client-id, --public-url und in SETPOINT_OIDC_CLIENT_SECRET das Geheimnis; geben Sie alle vier an
backup-guarded = das Datenverzeichnis { $folder }
backup-stop-first = halten Sie ihn an, und spielen Sie dann zurück
