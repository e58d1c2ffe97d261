# What the server, its sources and its storage say: mistakes in a plant file, settings, failures. The English stands
# in the code too (`setpoint.message.sentence`); a test holds the two together.
words-above-max = ist { $minimum }, über max, { $most }.
words-account = Konto { $name }
words-ack-frame-s-id-comes-before = das ack mit der id des Frames kommt vor dem Snapshot
words-again = ist noch einmal { $name }.
words-alarm-field = gehört zu einem Alarm eines Feldes.
words-allow-has-give-networks-such = { $where }.allow hat { $value }; geben Sie Netze an, etwa "10.20.0.0/16"
words-and-more = { $one } { $more }
words-another-client-id = wählen Sie in der Werksdatei eine andere client_id
words-another-id = Geben Sie der Maschine eine andere Id.
words-another-security = wählen Sie in der Werksdatei eine andere security
words-another-setpoint-server-has = ein anderer Setpoint-Server hat { $guarded }: { $who }; { $remedy }
words-answer-spec-md-section-has-was = eine Antwort nach Abschnitt 6 von SPEC.md wurde erwartet: { $why }
words-answer-within-s-was-expected-took = eine Antwort wurde innerhalb von 3 s erwartet, sie brauchte { $took } s
words-answered-items = { $endpoint } hat { $value } von { $value2 } Posten beantwortet: { $value3 }
words-answers-without-end-nothing-while-browsed = { $endpoint } antwortet beim Durchsuchen ohne Ende und mit nichts
words-application-problem-json-was-expected-came = application/problem+json wurde erwartet, { $value } kam
words-are-no-certificate-key-belong-together = { $certificate } und { $key } sind kein Zertifikat und Schlüssel, die zusammengehören ({ $why }); beide sind PEM-Dateien
words-at-most-channels-are-there = { $path }: höchstens { $most } Kanäle, hier sind es { $value }
words-audit-ends-at-but-noted-head = das Protokoll endet bei { $seq }, das notierte Ende ist aber { $seq2 }
words-audit-tells = ist { $rev }; das Protokoll sagt { $value }
words-backup-does-not-end-where-its = die Sicherung endet nicht dort, wo ihr Verzeichnis es sagt; sie ist beschädigt, nehmen Sie eine andere
words-backup-has-no-damaged-take-another = der Sicherung fehlt { $name }; sie ist beschädigt, nehmen Sie eine andere
words-batch = Auftrag { $batch }
words-batch-has-its-txid = der Auftrag hat seine txId
words-batch-item = Auftrag { $batch }, { $machine } { $field },
words-batch-stored-already-txid-used-once = der Auftrag { $txid } ist schon gespeichert; eine txId wird einmal verwendet
words-batch-waits = Auftrag { $batch }, der wartet,
words-belongs-another-user-who-can-change = { $path } gehört einem anderen Benutzer ({ $stuid }), der es jederzeit ändern kann; geben Sie es dem Benutzer des Servers: chown -R $USER { $directory }
words-bit-can-be-set-register-bits = Ein Bit kann in einem Register von 16 Bits gesetzt werden.
words-bit-not-in-type = Bit { $bit } gibt es im Typ des Knotens, { $kind }, nicht
words-breaks-off-while-browsed = { $endpoint } bricht beim Durchsuchen ab: { $value }
words-brings-plant-over-machines = bringt das Werk auf mehr als { $most } Maschinen.
words-by-audit = ist { $rights }; nach dem Protokoll ist es { $expected }
words-by-audit-not = ist { $value }; nach dem Protokoll nicht
words-by-by-audit-by = ist von { $value }; nach dem Protokoll ist es von { $by }
words-cannot = { $what } geht nicht: { $why }
words-cannot-be-reached = { $address } ist nicht erreichbar: { $value }
words-cannot-be-reached-closed-connection = { $endpoint } ist nicht erreichbar oder hat die Verbindung geschlossen: { $reason }
words-cannot-be-reached-closed-connection-2 = { $address } ist nicht erreichbar oder hat die Verbindung geschlossen: { $value }
words-cannot-be-reached-right-address-on = { $address } ist nicht erreichbar; stimmt die Adresse, und ist das Gerät an?
words-cannot-be-read-check-its-permissions = { $path } kann nicht gelesen werden ({ $why }); prüfen Sie die Rechte
words-cannot-be-used-docs-howto-notify = { $path } kann nicht verwendet werden: { $why }; docs/howto/notify.md zeigt jeden Schlüssel
words-cannot-be-written-give-another-folder = { $folder } kann nicht geschrieben werden ({ $why }); geben Sie einen anderen Ordner an
words-cannot-listen-on-stop-program-uses = auf { $host }:{ $port } kann nicht gelauscht werden ({ $why }); beenden Sie das Programm, das den Port belegt, oder geben Sie mit --port einen anderen an
words-cannot-lock-give-user-permission-write = { $path } kann nicht gesperrt werden ({ $why }); geben Sie diesem Benutzer dort Schreibrecht
words-certificate-cannot-be-read-have-server = das Zertifikat von { $endpoint } kann nicht gelesen werden ({ $why }); lassen Sie den Server ein neues machen
words-certificate-cannot-be-read-make-ours = das Zertifikat { $path } kann nicht gelesen werden ({ $why }); machen Sie unseres mit `setpoint opcua certificate`, holen Sie das eines Servers mit `setpoint opcua trust`
words-certificates-cannot-be-used-look-at = die Zertifikate für { $address } können nicht verwendet werden ({ $why }); sehen Sie nach { $files }: PEM-Dateien, der Schlüssel ohne Passwort
words-chain-ends-at-entry-rest-was = die Kette endet bei Eintrag { $seq }: Der Rest wurde entfernt
words-check-certificates = prüfen Sie ca, certificate und private_key in der Werksdatei
words-check-password = prüfen Sie Benutzernamen und Passwort in den Geheimnissen
words-check-sign-in = prüfen Sie Benutzernamen und Passwort in den Geheimnissen, und die Rechte des Benutzers auf dem Server
words-check-sign-in-broker = prüfen Sie Benutzernamen und Passwort in den Geheimnissen, und die Rechte des Benutzers auf dem Broker
words-closed-connection = { $address } hat die Verbindung geschlossen
words-connection-stays-open = die Verbindung bleibt offen
words-correct-password = berichtigen Sie Benutzer und Passwort in der Adresse der Datenbank
words-count-elements-from-index-index-index = Zählen Sie die Elemente ab 0: index = 3, index = [1, 2], oder index = "{ "{" }slot{ "}" }".
words-create-it = legen Sie es an, oder berichtigen Sie die Adresse der Datenbank
words-damaged-take-earlier-backup = { $name } ist beschädigt ({ $value }); nehmen Sie eine frühere Sicherung
words-data-directory-cannot-be-written-give = in das Datenverzeichnis { $directory } kann nicht geschrieben werden ({ $why }); geben Sie mit --data-dir ein anderes an, oder geben Sie diesem Benutzer dort Schreibrecht
words-data-directory-was-use-another-database = das Datenverzeichnis { $datadir } war mit einer anderen Datenbank in Gebrauch; geben Sie mit --database die richtige an, oder entfernen Sie { $inusefile }, wenn Sie diese verwenden wollen
words-database-damaged = die Datenbank ist beschädigt; stellen Sie eine Kopie wieder her
words-database-has-no-accounts-but-data = die Datenbank hat keine Konten, das Datenverzeichnis { $datadir } war aber in Gebrauch; stellen Sie die Datenbank wieder her (setpoint restore FILE), oder entfernen Sie { $inusefile }, um von vorn zu beginnen
words-database-has-not-answered-s-see = die Datenbank hat seit { $withins } s nicht geantwortet; sehen Sie nach, ob sie läuft und nichts sie aufhält
words-database-has-not-taken-record-new = die Datenbank hat den Eintrag des neuen Werks noch nicht angenommen; das Werk ändert sich, sobald sie es tut
words-database-url-cannot-be-used-give = die Adresse der Datenbank kann nicht verwendet werden; geben Sie sqlite:///PFAD oder postgresql://BENUTZER@HOST/NAME an
words-database-url-needs-install-postgresql-pip = die Adresse der Datenbank braucht { $name }; installieren Sie es, für PostgreSQL mit: pip install 'setpoint[postgres]'
words-database-was-made-by-newer-version = die Datenbank stammt von einer neueren Version von Setpoint ({ $how }); installieren Sie jene Version wieder (pip install 'setpoint>=VERSION'), oder gehen Sie auf eine Sicherung von davor zurück: setpoint restore FILE --replace
words-database-was-named-give-database-kind = { $file } ist von einer { $value }-Datenbank, genannt ist { $value2 }; geben Sie mit --database eine von jener Art an
words-database-went-back-from-lease-older = die Datenbank ist von Pacht { $token } auf { $token2 } zurückgegangen: Sie ist eine ältere Kopie, und was seither aufgezeichnet wurde, fehlt; dieser Server schreibt nichts hinein. Bringen Sie die neuere zurück, oder starten Sie diesen Server neu, um mit der älteren weiterzumachen
words-define-at-most = Legen Sie höchstens { $most } fest.
words-defines-alarms = legt { $value } Alarme fest.
words-deltas-came-position-another-epoch = Deltas kamen für eine Stelle einer anderen Epoche
words-demo-over-needs-library-not-installed = die Demo über { $protocol } braucht eine Bibliothek, die nicht installiert ist: pip install "setpoint[{ $value }]"
words-demo-over-sparkplug-b-needs-broker = die Demo über Sparkplug B braucht den Broker mosquitto, der nicht installiert ist; installieren Sie ihn, zum Beispiel mit: apt-get install mosquitto
words-describe-at-least-one-lines-id = Beschreiben Sie mindestens eine: [[lines]] mit id = "01" und machines = [401].
words-did-not-answer-time = { $endpoint } hat nicht rechtzeitig geantwortet
words-did-not-answer-within-s = { $endpoint } hat nicht innerhalb von { $withins } s geantwortet
words-disabled = gesperrt
words-does-not-answer-address-right-server = { $endpoint } antwortet nicht; stimmt die Adresse, und läuft der Server?
words-does-not-answer-right-address-broker = { $address } antwortet nicht; stimmt die Adresse{ $more }, und ist der Broker in Ordnung?
words-does-not-belong-plant-file = gehört nicht in eine Werksdatei.
words-does-not-follow-from-entry = er folgt nicht aus Eintrag { $seq }
words-does-not-have-bytes-was-kept = hat nicht die Bytes, mit denen es aufbewahrt wurde
words-does-not-let-user-subscribe-give = { $address } lässt diesen Benutzer { $value } nicht abonnieren; geben Sie ihm dort das Recht
words-does-not-offer-security-but = { $endpoint } bietet die Sicherheit { $known } nicht an, sondern { $value }
words-does-not-open = { $live } öffnet sich nicht: { $why }
words-does-not-speak-opc-ua-expected = { $endpoint } spricht OPC UA nicht wie erwartet: { $value }
words-does-not-trust-our-certificate-does = { $endpoint } vertraut unserem Zertifikat ({ $certificate }, { $fingerprint }) nicht, oder nimmt es nicht an: { $value }; verschieben Sie es auf dem Server von den abgewiesenen zu den vertrauten
words-enabled = frei
words-ended-subscription = { $endpoint } hat ein Abonnement beendet: { $value }
words-ends-at-address = endet bei Adresse { $value }.
words-ends-publishing = { $endpoint } beendet das Veröffentlichen: { $value }
words-entry-missing = Eintrag { $seq } fehlt
words-epoch-hello-was-expected-snapshot-came = im Snapshot wurde die Epoche von hello erwartet, { $epoch }; { $epoch2 } kam
words-error-carries-frame-s-id = der Fehler trägt die id des Frames
words-event = Ereignis { $number } ({ $kind } von { $machine })
words-everybody-on-machine-can-write-could = alle auf diesem Rechner können in { $path } schreiben und sich damit jedes Recht geben; nehmen Sie das Recht weg: chmod -R o-rwx { $directory }
words-exists-already-every-server-trusts-would = { $path } gibt es schon, und jeder Server, der ihm vertraut, müsste dem neuen vertrauen; geben Sie einen anderen Ordner an, oder verschieben Sie zuerst die alten Dateien
words-failed = { $program } ist gescheitert: { $value }
words-failed-2 = die Datenbank hat versagt ({ $doing }): { $cause }; { $remedy }
words-failed-check-free-space-permissions-there = Dateifehler ({ $doing }): { $why }; prüfen Sie dort den freien Platz und die Rechte
words-fields-share-column = und fields.{ $other } haben dieselbe Spalte { $header }.
words-files-change-too-often-be-read = die Dateien von { $path } ändern sich zu oft, um gelesen zu werden; fragen Sie noch einmal
words-frame-was-expected-connection-closed = ein Frame wurde erwartet, die Verbindung wurde geschlossen ({ $why })
words-frame-was-expected-within-s-none = ein Frame wurde innerhalb von { $withins } s erwartet, keiner kam
words-free-space = schaffen Sie Platz, wo das Datenverzeichnis liegt
words-gateway-needs-nats-nats-database-postgresql = ein Gateway braucht --nats nats://… und --database postgresql://…; geben Sie beides an
words-gave-two-subscriptions-number = { $endpoint } hat zwei Abonnements die Nummer { $id } gegeben
words-give-a-list = Geben Sie eine Liste an.
words-give-a-table = Geben Sie eine Tabelle an.
words-give-a-whole-number = Geben Sie eine ganze Zahl an.
words-give-above-below-both = Geben Sie above, below oder beides an.
words-give-address-server-such-opc-tcp = Geben Sie die Adresse des Servers an, etwa "opc.tcp://192.168.7.20:4840", ohne Benutzer und Passwort.
words-give-broker-s-address-such-broker = Geben Sie die Adresse des Brokers an, etwa broker = "mqtts://broker.plant.local:8883".
words-give-certificate-private-key-together = Geben Sie certificate und private_key zusammen an.
words-give-date-such = Geben Sie ein Datum an, etwa 2026-12-25.
words-give-each-alarm-its-own-name = Geben Sie jedem Alarm einen eigenen Namen.
words-give-each-line-id-its-own = Geben Sie jeder Linie eine eigene id.
words-give-each-shift-name-its-own = Geben Sie jeder Schicht einen eigenen Namen.
words-give-every-machine-has-id-line = Geben Sie es an: { "{" } id = { $value }, { $value2 } = … { "}" }. Jede Maschine hat id, line und name. Wenn die Klammern zum Text selbst gehören, verdoppeln Sie sie: { "{" }{ "{" }{ $value2 }{ "}" }{ "}" }.
words-give-every-machine-has-id-line-2 = Geben Sie es an: { "{" } id = { $value }, { $word } = … { "}" }. Jede Maschine hat id, line und name. Wenn die Klammern zum Knoten gehören, verdoppeln Sie sie: { "{" }{ "{" }{ $word }{ "}" }{ "}" }.
words-give-factor-above-makes-unit-units = Geben Sie den Faktor über 0 an, der daraus die Einheit macht: units = { "{" } "1/min" = 1, "Hz" = 60 { "}" }.
words-give-gateway-s-address-such-host = Geben Sie die Adresse des Gateways an, etwa host = "192.168.7.30".
words-give-how-far-reported-value-may = Geben Sie an, wie weit ein gemeldeter Wert vom Sollwert abweichen darf, ab 0, in der Einheit des Feldes.
words-give-its-unit-remove = Geben Sie dessen Einheit an, oder entfernen Sie es.
words-give-kind-source-such-kind-opcua = Geben Sie die Art der Quelle an, etwa kind = "opcua".
words-give-letters-digits-at-most-range = Geben Sie Buchstaben und Ziffern ("A7", "007", 401) an, höchstens 12, oder einen Bereich ("B1-B9").
words-give-letters-digits-such-name-overheated = Geben Sie Buchstaben, Ziffern und „-“ an, etwa name = "overheated".
words-give-node-id-quotes = Geben Sie eine Knoten-Id in Anführungszeichen an, oder { "{" } node = "…" { "}" }.
words-give-node-id-quotes-2 = Geben Sie eine Knoten-Id in Anführungszeichen an.
words-give-node-id-such-ns-s = Geben Sie eine Knoten-Id an, etwa "ns=2;s=Press{ "{" }id{ "}" }.Speed".
words-give-number = Geben Sie eine Zahl an.
words-give-number-field-s-unit = Geben Sie eine Zahl an, in der Einheit des Feldes.
words-give-number-from-on-field-s = Geben Sie eine Zahl ab 0 an, in der Einheit des Feldes.
words-give-number-text-range = Geben Sie eine Zahl (401), einen Text ("007") oder einen Bereich ("410-419") an.
words-give-one = Geben Sie eines davon an: { $known }.
words-give-one-install-package-provides = Geben Sie eines davon an: { $known }, oder installieren Sie das Paket, das sie mitbringt.
words-give-one-its-address = Geben Sie eines von { $known } mit seiner Adresse an: { $example }.
words-give-one-level-topic-without = Geben Sie eine Ebene des Themas an, ohne /, + und #.
words-give-one-none-only-if-nobody = Geben Sie eines davon an: { $known }; None nur, wenn sonst niemand im Netz ist.
words-give-one-topic-without = Geben Sie ein Thema an, ohne + und #.
words-give-seconds-one-part-takes-at = Geben Sie die Sekunden an, die ein Teil bestenfalls braucht, über 0.
words-give-short-text-quotes-such = Geben Sie einen kurzen Text in Anführungszeichen an, etwa "01".
words-give-source-one = Geben Sie source = an, mit einem davon: { $value }.
words-give-table-false = Geben Sie eine Tabelle an, { "{" } deviation = 0.5, every = "1 s", keep = "90 d" { "}" }, oder false.
words-give-text = Geben Sie einen Text an.
words-give-text-at-most-characters = Geben Sie einen Text von höchstens { $most } Zeichen an.
words-give-text-at-most-characters-2 = Geben Sie einen Text von höchstens 60 Zeichen an.
words-give-text-list-texts-fault = Geben Sie einen Text oder eine Liste von Texten an: { $key } = ["FAULT"].
words-give-text-quotes = Geben Sie einen Text in Anführungszeichen an.
words-give-time-at-most-hour-such = Geben Sie eine Zeit von höchstens einer Stunde an, etwa "2 min".
words-give-time-day-quotes-such = Geben Sie eine Uhrzeit in Anführungszeichen an, etwa "06:00".
words-give-time-from-such-s-min = Geben Sie eine Zeit von { $value } bis { $value2 } an, etwa "1 s", "5 min" oder "90 d".
words-give-time-up-h-such-s = Geben Sie eine Zeit bis 24 h an, etwa "5 s" oder "2 min".
words-give-true-false = Geben Sie true oder false an.
words-give-value-one-step-controller-such = Geben Sie den Wert eines Schritts der Steuerung an, etwa 0.1.
words-give-whole-number-at-least = Geben Sie eine ganze Zahl von mindestens { $lowest } an.
words-give-whole-number-from = Geben Sie eine ganze Zahl von { $lowest } bis { $highest } an.
words-give-whole-number-text-each-choice = Geben Sie für jede Auswahl eine ganze Zahl oder einen Text an.
words-given-beside-good = ist neben good angegeben.
words-given-field-nobody-can-set = ist für ein Feld angegeben, das niemand setzen kann.
words-given-field-without-unit = ist für ein Feld ohne Einheit angegeben.
words-given-which-only-same-value-same = ist für ein Feld der Art { $value } angegeben; dort ist nur derselbe Wert gleich.
words-gives-node = gibt { $here } den Knoten { $filled }.
words-grant-rights = geben Sie dem Benutzer der Datenbank die Rechte an ihren Tabellen
words-has = hat { $value }.
words-has-2 = hat { $name } = { $factor }.
words-has-3 = hat { $known }.
words-has-another-certificate-than-one-we = { $endpoint } hat ein anderes Zertifikat ({ $fingerprint }) als das, dem wir vertrauen ({ $fingerprint2 }); wenn der Server ersetzt wurde, vergleichen Sie es, und holen Sie es: setpoint opcua trust
words-has-been-silent-s = { $endpoint } schweigt seit { $longests } s
words-has-bit = hat das Bit { $number }.
words-has-changed-its-namespaces = { $endpoint } hat seine Namensräume geändert
words-has-field-without-limit = hat ein Feld ohne Grenze.
words-has-has = hat { $cause }, wie auch { $other }.
words-has-its-node-which-does-not = hat { "{" }{ $word }{ "}" } im Knoten; { $here } gibt das nicht an.
words-has-no-table = hat keine Tabelle.
words-has-no-value-now-cannot-be = { $machine } hat jetzt keinen Wert von { $name }, oder es kann nicht geschrieben werden
words-has-not-answered-s = { $address } hat seit { $dropafters } s nicht geantwortet
words-has-which-does-not-give = hat { "{" }{ $value }{ "}" }; { $machine } gibt das nicht an.
words-hello-was-expected-first-came = zuerst wurde hello erwartet, { $name } kam
words-historian-does-not-take-questions-now = die Historie nimmt gerade keine Fragen an; fragen Sie gleich noch einmal
words-historian-gave-another-answer-see-log = der Dienst der Historie hat etwas anderes geantwortet; sehen Sie im Protokoll nach
words-history-at-cannot-be-opened-see = die Historie unter { $where } lässt sich nicht öffnen; sehen Sie im Protokoll nach
words-history-gave-no-answer-within-s = die Historie hat nicht innerhalb von { $withins } s geantwortet; fragen Sie nach weniger, oder gleich noch einmal
words-holds-secrets-can-be-read-by = { $path } enthält Geheimnisse und kann von anderen gelesen werden; machen Sie die Datei privat: chmod 600 { $path }
words-if-word-is-array = Wenn das Wort eine Reihe ist: word = { "{" } node = "…", array = true { "}" }.
words-is = ist { $value }.
words-is-2 = ist 0.
words-kept-by-setpoint-itself = führt Setpoint selbst.
words-known-are = Bekannt sind { $known }.
words-language-give-one = { $where }.language ist { $language }; geben Sie eines davon an: { $known }
words-last = { $most } ist die letzte.
words-leave-one-reason = Lassen Sie es nur bei einem Grund.
words-leave-out = Lassen Sie { $known } weg.
words-leave-type-order-bit-length-out = Lassen Sie type, order, bit und length weg.
words-let-one-shift-end-before-next = Lassen Sie eine Schicht enden, bevor die nächste beginnt.
words-lines = { $one }{ "\u000A" }{ $more }
words-lines-are = Die Linien sind { $known }.
words-list-machines-plant-machines = Führen Sie Maschinen dieses Werks auf: machines = [401, "402"].
words-list-names-pattern = Führen Sie Namen des Musters auf: { $known }.
words-list-node-ids-from-outer-state = Führen Sie Knoten-Ids auf, vom äußeren Zustand zum inneren.
words-list-them-options-run-idle = Führen Sie sie auf: options = ["RUN", "IDLE"].
words-list-what-machines-say-texts-quotes = Führen Sie auf, was Maschinen melden, als Texte in Anführungszeichen.
words-listed-elsewhere = ist unter anderer Art, Maschine, Linie oder Zeit verzeichnet
words-lists-no-machine = führt keine Maschine auf.
words-locked-by-another = ein anderer Prozess hält die Datenbank gesperrt; beenden Sie ihn, oder warten Sie
words-machine-which-has-already = ist Maschine { $value }; { $taken } hat sie schon.
words-machines-another-line-came = Maschinen einer anderen Linie kamen: { $known }
words-machines-are-missing = es fehlen Maschinen: { $known }
words-makes-alarms-all-machines = macht zusammen { $watched } Alarme aller Maschinen.
words-makes-tree-too-deep-circle = macht den Baum zu tief, oder zu einem Kreis.
words-map-node-field-method = { $value }; ordnen Sie dem Feld den Knoten oder eine Methode zu
words-map-plant-s-fields-nodes-under = Ordnen Sie unter [{ $where }.fields] die Felder des Werks Knoten zu.
words-may-write-folder = geben Sie diesem Benutzer Schreibrecht auf die Datenbank und ihren Ordner
words-may-write-primary = geben Sie diesem Benutzer Schreibrecht auf die Datenbank, oder verbinden Sie sich mit dem primären Server
words-method-takes-arguments-one-takes-just = die Methode nimmt { $count } Argumente; gebraucht wird eine, die nur den Sollwert nimmt
words-missing = fehlt.
words-missing-2 = fehlt
words-missing-choice = fehlt für eine Auswahl.
words-missing-security = fehlt, und security ist { $policy }.
words-missing-there-are-bits = fehlt, und es gibt Bits.
words-mistake = { $where }: { $what } { $remedy }
words-mistake-line = Zeile { $line }, { $where }: { $what } { $remedy }
words-more-than-one-register = steht in mehr als einem Register.
words-mosquitto-does-not-start-run-by = mosquitto startet nicht; starten Sie es von Hand, um zu sehen, warum
words-name = Nennen Sie { $known }.
words-name-at-most = Nennen Sie höchstens { $most }.
words-name-authority = nennen Sie die Stelle, die das Zertifikat des Brokers ausgestellt hat: ca = "…"
words-name-counter-all-parts-machine-makes = Nennen Sie den Zähler aller Teile, die eine Maschine macht.
words-name-field-above = Nennen Sie ein Feld von oben.
words-name-field-numbers = Nennen Sie ein Feld mit Zahlen: { $known }.
words-name-holding-register-coil-leave-writable = Nennen Sie ein Halteregister oder eine Spule, oder lassen Sie writable in [fields.{ $name }] weg.
words-name-line-machine-line-m = Nennen Sie eine Linie oder eine Maschine: "line:01", "m:403".
words-name-lines-machines-so-at-most = Nennen Sie Linien oder Maschinen, damit es höchstens { $most } sind.
words-name-node-word-has-them = Nennen Sie den Knoten des Worts, das sie hat.
words-name-one = Nennen Sie eines davon: { $known }.
words-name-one-2 = Nennen Sie eine davon: { $known }.
words-name-one-them-other-follows-from = Nennen Sie eines davon: Das andere folgt aus total.
words-name-place-word-has-them = Nennen Sie den Ort des Worts, das sie hat.
words-name-reason-file = Nennen Sie einen Grund dieser Datei.
words-name-topic-which-target-published = Nennen Sie das Thema, auf dem ein Sollwert veröffentlicht wird.
words-names = nennt { $known }.
words-names-figures = nennt { $value } Kennzahlen.
words-names-no-field-source = nennt kein Feld dieser Quelle.
words-names-nothing-plant = nennt nichts aus diesem Werk.
words-names-which-no-field = nennt { $actual }; ein solches Feld gibt es nicht.
words-names-which-no-line = nennt { $value }; eine solche Linie gibt es nicht.
words-names-which-no-reason = nennt { $within }; einen solchen Grund gibt es nicht.
words-nats-needs-extra-nats-install-pip = NATS braucht das Extra nats; installieren Sie es mit pip install 'setpoint[nats]'
words-nats-takes-nats-host-tls-host = --nats nimmt nats://host:4222 oder tls://host:4222, mehrere durch Kommas getrennt
words-needs-extra-pip-install-setpoint-chat = { $where } braucht ein Extra: pip install 'setpoint[chat]'
words-needs-extra-pip-install-setpoint-email = { $where } braucht ein Extra: pip install 'setpoint[email]'
words-needs-status-field-not-both = braucht einen Status oder ein Feld, nicht beides.
words-no-backup-setpoint-backup-made-check = { $file } ist keine Sicherung von setpoint backup ({ $why }); prüfen Sie den Namen
words-no-birth-certificate = keine Geburtsurkunde (birth certificate) von { $what } kam innerhalb von { $withins } s
words-no-command-metric = die Geburtsurkunde (birth certificate) hat keine Metrik { $metric }
words-no-database-of-ours = die Datei ist keine unserer Datenbanken; verschieben Sie sie, oder geben Sie ein anderes Datenverzeichnis an
words-no-history-can-be-kept-at = unter { $where } kann keine Historie geführt werden: { $why }
words-no-name-name-two-channels-use = { $path }: { $value } ist kein Name, oder der Name zweier Kanäle; nehmen Sie Buchstaben, Ziffern und -
words-no-number = ist { $of }, und { $name } ist keine Zahl.
words-no-room-for-nodes = der Server hat für so viele Knoten keinen Platz: Ordnen Sie weniger zu, senken Sie machines_per_subscription, oder heben Sie seine Grenze an
words-no-session-left = der Server hat keine Sitzung mehr frei; schließen Sie andere Programme, oder heben Sie seine Grenze an
words-no-such-metric = die Geburtsurkunde (birth certificate) hat keine solche Metrik; sie hat { $known }
words-no-such-sign-in = der Server nimmt diese Art der Anmeldung nicht; prüfen Sie die Geheimnisse
words-no-such-source-installed = ist { $value }; eine solche Quelle ist nicht installiert.
words-no-table-reasons = ist keine Tabelle von Gründen.
words-nobody = niemandem
words-node-cannot-be-read-so-its = der Knoten kann nicht gelesen werden, also ist sein Typ nicht bekannt: { $value }
words-node-has-no-value-no-plain = der Knoten hat keinen Wert und keinen einfachen Typ
words-node-has-no-value-yet = der Knoten hat noch keinen Wert
words-node-holds-array-name-element-set = der Knoten enthält eine Reihe; nennen Sie das Element, das gesetzt wird: index = 0
words-none-of = { $value } ist keines von { $known }; geben Sie eine map an
words-not-audit = steht nicht im Protokoll
words-not-certificate-give-der-pem-file = { $path } ist kein Zertifikat; geben Sie eine DER- oder PEM-Datei an
words-not-critical-status = ist kein kritischer Status.
words-not-database-ours-move-away-give = { $path } ist keine unserer Datenbanken; verschieben Sie die Datei, oder geben Sie ein anderes Datenverzeichnis an
words-not-encrypted-so-everybody-on-network = { $address } ist nicht verschlüsselt, alle im Netz könnten also das Passwort lesen; nehmen Sie broker = "mqtts://…", oder schreiben Sie plain_password = true, wenn Sie das wollen
words-not-encrypted-there-are-certificates = ist nicht verschlüsselt, und es gibt Zertifikate.
words-not-entry-was-kept-elsewhere-chain = es ist nicht der Eintrag, der anderswo aufbewahrt wurde: Die Kette wurde neu geschrieben
words-not-field-plant = ist kein Feld des Werks.
words-not-field-s-name = ist kein Name eines Feldes.
words-not-figure-s-name = ist kein Name einer Kennzahl.
words-not-installed-install-postgresql-s-client = { $program } ist nicht installiert; installieren Sie die Programme von PostgreSQL in der Version des Servers
words-not-key-known-here = ist kein Schlüssel, der hier bekannt ist.
words-not-list-many-tables = ist keine Liste von so vielen Tabellen.
words-not-listed = ist nicht verzeichnet
words-not-one-node = der Server nimmt nicht einmal einen Knoten je Aufruf an; prüfen Sie seine Grenzen
words-not-one-numbers-type-them = { $part } ist keine der Nummern 1 bis { $count }; schreiben Sie sie als 3-7, 12
words-not-reason = ist kein Grund.
words-not-this-address = der Server kennt sich unter dieser Adresse nicht; prüfen Sie endpoint
words-not-under-above = ist { $low }, nicht unter above, { $high }.
words-not-valid-toml = ist kein gültiges TOML: { $why }.
words-not-what-audit-says = ist nicht, was das Protokoll sagt
words-nothing-came = innerhalb von { $withins } s kam nichts, und der Broker hat nichts aufbewahrt; ist es das richtige Thema?
words-nothing-moved-on-line-meanwhile = auf der Linie hat sich inzwischen nichts bewegt
words-number-bit-integer = Nennen Sie ein Bit einer ganzen Zahl.
words-number-bits-from = Nummerieren Sie die Bits von 0 bis { $most }.
words-number-bits-from-2 = Nummerieren Sie die Bits von 0 bis { $highest }.
words-number-expected = erwartet wurde eine Zahl; ordnen Sie einen anderen Knoten zu, oder geben Sie dem Feld type = "text"
words-objects-have-method-name-one-call = { $owners } Objekte haben diese Methode; nennen Sie das, auf dem sie gerufen wird: object = "…"
words-of-events = von den Ereignissen { $missing }
words-of-shift-entries = von den Einträgen der Schichten { $missing }
words-one-result-was-expected-came = ein Ergebnis für { $machine } { $name } wurde erwartet, { $items } kam
words-our-certificate-make-new-one-setpoint = unser Zertifikat { $certificate } { $problem }; machen Sie ein neues mit `setpoint opcua certificate`, und vertrauen Sie ihm auf dem Server
words-out-of-order = er steht nicht an seiner Stelle
words-outcomes-wait-be-stored-see-log = Ergebnisse warten darauf, gespeichert zu werden; sehen Sie im Protokoll und auf der Platte nach
words-overlaps-on = überschneidet sich mit { $name } am Tag { $value }.
words-password-would-go-over-channel-signed = das Passwort ginge über einen Kanal, der signiert, aber nicht verschlüsselt ist; wählen Sie mode = "SignAndEncrypt", oder schreiben Sie plain_password = true, wenn sonst niemand im Netz ist
words-password-would-go-over-unencrypted-channel = das Passwort ginge über einen unverschlüsselten Kanal (security = "None"); wählen Sie ein Verfahren, oder schreiben Sie plain_password = true, wenn sonst niemand im Netz ist
words-person-may-not-give-targets = diese Person darf keine Sollwerte geben ({ $statuscode })
words-pg-dump-left-out-audit-see = pg_dump hat das Protokoll der Änderungen ausgelassen; sehen Sie nach, ob der Benutzer der Datenbank jede Tabelle lesen darf
words-ping-has-heads-topics-seq = der Ping hat die neuesten Nummern der Themen (SEQ-3)
words-plant-has-no-machines = das Werk hat keine Maschinen
words-prefix-begins-slash-does-not-end = ein Präfix beginnt mit einem Schrägstrich und endet nicht mit einem, wie { $prefix }; hier steht { $prefix2 }
words-private-key-cannot-be-read-give = der private Schlüssel { $path } kann nicht gelesen werden ({ $why }); geben Sie den an, der mit { $certificate } gemacht wurde
words-private-key-cannot-be-used-its = der private Schlüssel { $path } kann nicht verwendet werden: { $why }; stimmt sein Passwort in den Geheimnissen?
words-private-key-does-not-belong-give = der private Schlüssel { $path } gehört nicht zu { $certificate }; geben Sie den an, der damit gemacht wurde
words-private-key-not-rsa-key-which = der private Schlüssel { $path } ist kein RSA-Schlüssel, den die Verfahren von OPC UA brauchen
words-progress-stays-s-batch-settles-within = 409 in-progress bleibt 12 s lang; ein Auftrag endet innerhalb von 5 s nach dem Senden
words-public-url-like-https-board-plant = eine öffentliche Adresse ist wie https://board.plant.example, hier steht { $url }; sie hat keinen Pfad
words-put-into-secrets-file-environment = Schreiben Sie es in die Datei der Geheimnisse oder in die Umgebung.
words-quote-texts-close-brackets-one-key = Texte in Anführungszeichen, Klammern geschlossen, ein Schlüssel je Zeile.
words-raise-per-subscription = heben Sie machines_per_subscription in der Werksdatei an
words-reading-failed-see-server-s-log = Lesen ist gescheitert: { $why }; sehen Sie im Protokoll des Servers nach
words-refuses-connection = { $address } weist die Verbindung ab: { $value }; { $remedy }
words-refuses-user-certificate-on-server-move = { $endpoint } weist das Benutzerzertifikat { $user } ({ $fingerprint }) ab: { $value }; verschieben Sie es auf dem Server von den abgewiesenen zu den vertrauten Benutzerzertifikaten, geben Sie diesem Benutzer die Rechte, und prüfen Sie, ob er überhaupt Zertifikate annimmt
words-remove = Entfernen Sie es.
words-remove-name-field = Entfernen Sie es, oder nennen Sie ein Feld.
words-remove-one-two = Entfernen Sie eines der beiden.
words-rename-one-them = Benennen Sie eines davon um.
words-role-one-came = eine Rolle ist eine von { $words }; hier steht { $word }
words-say-where-machines-are-topics = Sagen Sie, wo die Maschinen in den Themen stehen: { $key } = "…".
words-say-where-plant-s-fields-are = Sagen Sie unter [{ $where }.fields], wo die Felder des Werks sind.
words-says = { $endpoint } meldet: { $value }
words-says-remedy = { $endpoint } meldet: { $value }; { $remedy }
words-secret-cannot-be-used = { $where }.secret kann nicht verwendet werden: { $why }
words-secrets-file-can-be-read-by = die Datei der Geheimnisse { $path } kann von anderen gelesen werden; machen Sie sie privat: chmod 600 { $path }
words-secrets-file-cannot-be-read-check = die Datei der Geheimnisse { $path } kann nicht gelesen werden ({ $why }); prüfen Sie Namen und Rechte
words-secrets-file-has-which-not-table = die Datei der Geheimnisse { $path } hat { $name }; das ist keine Tabelle von Texten. Schreiben Sie [{ $name }] und darunter Zeilen wie password = "…"
words-secrets-file-not-valid-toml-quote = die Datei der Geheimnisse { $path } ist kein gültiges TOML: { $why }; setzen Sie jeden Text in Anführungszeichen
words-secrets-have-password-no-username-add = die Geheimnisse haben ein Passwort für { $address } und keinen Benutzernamen; ergänzen Sie ihn
words-secrets-have-user-certificate-no-user = die Geheimnisse haben ein user_certificate und keinen user_private_key; geben Sie auch die Datei des Schlüssels an
words-security-needs-certificate-private-key-server = security { $policy } braucht certificate, private_key und server_certificate in der Werksdatei
words-security-none-but-server-accepts-password = security ist "None", aber der Server nimmt ein Passwort an, das für sein Zertifikat verschlüsselt ist; holen und vergleichen Sie das Zertifikat (setpoint opcua trust), und geben Sie es als server_certificate an
words-see-data-directory = sehen Sie nach, ob es das Datenverzeichnis gibt und man darin schreiben kann
words-see-database-log = sehen Sie im Protokoll der Datenbank nach
words-sender-are-e-mail-addresses-one = { $where }: sender und to sind E-Mail-Adressen in einer Zeile
words-sent-answer-cannot-be-read = { $endpoint } hat eine Antwort gesendet, die nicht gelesen werden kann: { $value }
words-sent-message-was-missed = { $endpoint } hat die Nachricht { $number } gesendet, und sie ging verloren
words-server-does-not-know-method-s = der Server kennt den Namensraum der Methode nicht
words-server-does-not-know-node-s = der Server kennt den Namensraum des Knotens nicht
words-server-give-host-port-smtp-example = { $where }.server ist { $server }; geben Sie Host und Port an: "smtp.example:587"
words-server-has-lost-its-hold-on = dieser Server hält die Datenbank nicht mehr, vielleicht hält sie ein anderer; er schreibt wieder, wenn er sie wieder hält
words-server-s-certificate-have-server-make = das Zertifikat des Servers { $theirs } { $problem }; lassen Sie den Server ein neues machen, und holen Sie es mit `setpoint opcua trust`
words-server-shows-another-certificate-than-so = der Server zeigt ein anderes Zertifikat als { $servercertificate }, deshalb wurde das Passwort nicht gesendet; wenn der Server ersetzt wurde, vergleichen Sie sein neues Zertifikat, und holen Sie es: setpoint opcua trust
words-set-letters-in-ids = Für Ids mit Buchstaben schreiben Sie oben in die Datei letters_in_ids = true.
words-setpoint-database-timeout-give-seconds-from = SETPOINT_DATABASE_TIMEOUT ist { $value }; geben Sie Sekunden von 0.1 bis { $most } an
words-setpoint-port-give-port-from = SETPOINT_PORT ist { $value }; geben Sie einen Port von 0 bis 65535 an
words-sets-field-plant-does-not-let = setzt ein Feld, das in diesem Werk niemand setzen darf.
words-shift-entry = Eintrag { $number } einer Schicht, von { $person },
words-source-provided-by-which-cannot-be = die Quelle { $value } kommt von { $value2 }, das sich nicht laden lässt: { $why }. Installieren Sie das Paket neu, mit allem, was es braucht.
words-sources-kind-which-needs-library-not = sources.{ $name } ist von der Art "{ $value }", die eine Bibliothek braucht, die nicht installiert ist. Installieren Sie sie: pip install "setpoint[{ $extra }]"
words-sources-of-this-file = die [sources] dieser Datei
words-split-plant = Teilen Sie das Werk.
words-start-database = starten Sie den Datenbankserver, oder berichtigen Sie die Adresse der Datenbank
words-stop-or-another-database = beenden Sie ihn, oder geben Sie mit --database eine andere an
words-storing-failed-see-server-s-log = Speichern ist gescheitert: { $why }; sehen Sie im Protokoll des Servers nach
words-swap-them = Tauschen Sie die beiden.
words-table-database-empty-drop-server-starts = die Tabelle { $value } der Datenbank ist leer; löschen Sie sie, und ein Server, der startet, legt sie neu an
words-table-which-nobody-can-write = steht in der Tabelle { $value }, in die niemand schreiben kann.
words-the-database = die Datenbank { $url }
words-the-file = die Datei
words-the-rev = die rev von { $machine } { $field }
words-there-already-give-another-name-remove = { $file } gibt es schon; geben Sie einen anderen Namen an, oder entfernen Sie die Datei
words-there-are-tables-database-already-replace = in dieser Datenbank gibt es schon Tabellen; --replace ersetzt sie
words-there-database-already-replace-puts-aside = es gibt schon eine Datenbank { $to }; --replace legt sie beiseite und stellt darüber wieder her
words-there-index-but-node-does-not = es gibt einen Index, aber der Knoten enthält keine Reihe
words-there-is-none = es gibt keine
words-there-no-database-see-data-dir = es gibt keine Datenbank { $source }; siehe --data-dir und --database
words-there-no-field-person-may-change = es gibt kein Feld, das diese Person ändern darf
words-there-no-file-give-one-nats = die Datei { $file } gibt es nicht; geben Sie eine an, die NATS verwenden kann
words-there-no-file-tls-cert-tls = die Datei { $path } gibt es nicht; --tls-cert und --tls-key sind PEM-Dateien
words-there-no-folder-database-see-data = es gibt keinen Ordner { $parent } für die Datenbank; sehen Sie nach, ob es das Datenverzeichnis gibt und man darin schreiben kann
words-tls-takes-certificate-its-key-give = TLS braucht ein Zertifikat und seinen Schlüssel; geben Sie --tls-cert und --tls-key an
words-took-longer = es hat länger gedauert, als --database-timeout erlaubt
words-took-longer-runs = es hat länger gedauert, als --database-timeout erlaubt; prüfen Sie, ob die Datenbank läuft
words-trusted-proxy-address-network-like-came = ein vertrauter Proxy ist eine Adresse oder ein Netz wie 10.0.0.0/24, hier steht { $value }
words-ts-unix-time-seconds-id = ts ist Unix-Zeit in Sekunden (ID-3)
words-turned-into-number = ist { $value }, was Tabellenprogramme in eine Zahl verwandeln.
words-type = ist { $bit }, und der Typ ist { $type }.
words-type-method-s-argument-cannot-be = der Typ des Arguments der Methode kann von hier nicht gesetzt werden
words-unit-answers = Gerät { $unit } von { $address } antwortet mit { $what }
words-unit-has-not-answered-within-ms = Gerät { $unit } von { $address } hat nicht innerhalb von { $limit } ms geantwortet
words-unit-sent-bits = Gerät { $unit } von { $address } hat { $value } von { $count } Bits gesendet
words-unit-sent-registers = Gerät { $unit } von { $address } hat { $value } von { $count } Registern gesendet
words-unit-silent = Gerät { $unit } antwortet nicht
words-url-has-no-tls-give-https = { $where }.url hat kein TLS; geben Sie https an, oder erlauben Sie das private Netz, in das sie führt
words-url-no-address-apprise-knows = { $where }.url ist keine Adresse, die Apprise kennt
words-url-no-address-can-be-used = { $where }.url ist keine brauchbare Adresse; geben Sie https://host/pfad an, ohne Passwort
words-use = Nehmen Sie 0 bis { $most }.
words-use-2 = Nehmen Sie { $known }.
words-use-at-most-levels = Nehmen Sie höchstens { $most } Ebenen.
words-use-count = Nehmen Sie of = "count".
words-use-letters-digits-letter-first-at = Nehmen Sie Buchstaben und Ziffern, zuerst einen Buchstaben, höchstens 40.
words-use-letters-digits-none = Nehmen Sie Buchstaben und Ziffern, und keines von { $known }.
words-use-one = Nehmen Sie eines davon: { $known }.
words-user-certificate-make-new-one-trust = das Benutzerzertifikat { $certificate } { $problem }; machen Sie ein neues, und vertrauen Sie ihm auf dem Server
words-user-certificate-needs-secure-channel-security = ein Benutzerzertifikat braucht einen sicheren Kanal, und security ist "None"; wählen Sie ein Verfahren
words-user-password-belong-into-secrets = { $remedy } Benutzer und Passwort gehören in die Geheimnisse.
words-wants-certificate = , und will er ein Zertifikat von uns
words-was-edited = er wurde geändert
words-was-expected = { $what } wurde erwartet; { $why }
words-was-expected-after-came = { $value } wurde nach { $at } erwartet, { $seq } kam
words-was-expected-another-body-came = 422 wurde für einen anderen Inhalt erwartet, { $statuscode } kam
words-was-expected-batch-came = 200 wurde für einen Auftrag erwartet, { $statuscode } kam
words-was-expected-came = { $nopong } wurde erwartet, { $code } kam
words-was-expected-came-2 = { $protocolerror } wurde erwartet, { $code } kam
words-was-expected-came-3 = { $toobig } wurde erwartet, { $code } kam
words-was-expected-came-4 = 409 wurde erwartet, { $statuscode } kam
words-was-expected-came-5 = 422 wurde erwartet, { $statuscode } kam
words-was-expected-came-6 = 200 wurde erwartet, { $statuscode } kam: { $value }
words-was-expected-no-batch-came = 404 wurde für keinen Auftrag erwartet, { $statuscode } kam
words-was-expected-same-batch-came = 200 wurde für denselben Auftrag erwartet, { $statuscode } kam
words-was-expected-within-s = { $what } wurde innerhalb von { $withins } s erwartet
words-was-made-by-version-setpoint-which = { $file } stammt von Version { $value } von Setpoint, die neuer ist als diese; stellen Sie es mit jener Version wieder her
words-was-not-added-by-anybody-far = wurde von niemandem hinzugefügt, so weit das Protokoll reicht
words-was-offered-taken = { $subprotocol } wurde angeboten, { $subprotocol2 } genommen
words-what-count-looks-only-count = ist das, wonach eine Zählung sucht, und nur eine Zählung.
words-which-another-line-has = ist { $line }, wie bei einer anderen Linie.
words-which-no-field = ist { $value }; ein solches Feld gibt es nicht.
words-which-no-measured-number-recorded = ist { $name }; eine solche gemessene Zahl, die aufgezeichnet wird, gibt es nicht.
words-which-single-bit = ist { $value }, also ein einzelnes Bit.
words-workbook = Arbeitsmappe { $sha }
words-workbook-at-most-bytes-kept-has = aufbewahrt wird eine Arbeitsmappe bis { $most } Bytes, { $filename } hat { $value }
words-write = Schreiben Sie { $example }.
words-write-2 = Schreiben Sie { $value } = { $example }.
words-write-ack = Schreiben Sie ack = { "{" } topic = "…", path = "ok", id = "id" { "}" }.
words-write-alive-online = Schreiben Sie alive = { "{" } topic = "site/press{ "{" }id{ "}" }/online" { "}" }.
words-write-broker-mqtts = Schreiben Sie broker = "mqtts://…".
words-write-each-alarm-table-alarm = Schreiben Sie jeden Alarm als Tabelle, [[alarm]].
words-write-each-line-table-lines = Schreiben Sie jede Linie als Tabelle, [[lines]].
words-write-machines = Schreiben Sie machines = [401, 402].
words-write-map = Schreiben Sie map = { "{" } RUN = 1, IDLE = 2 { "}" }.
words-write-map-2 = Schreiben Sie map = { "{" } 3 = "RUNNING", 9 = "FAULT" { "}" }.
words-write-node-id-such-ns-s = Schreiben Sie eine Knoten-Id, etwa "ns=2;s=Press{ "{" }id{ "}" }.Speed".
words-write-nodes = Schreiben Sie nodes = { "{" } speed = "ns=2;i=4711" { "}" }.
words-write-path-such-drive-speed-values = Schreiben Sie einen Pfad, etwa drive.speed oder values[0].v.
words-write-places-fields = Schreiben Sie die Orte der Felder: { $example }.
words-write-shifts-at-most = Schreiben Sie [[shifts.{ $name }]], höchstens { $most }.
words-write-shifts-reasons-motor-at-most = Schreiben Sie [shifts.reasons.motor], höchstens { $most }.
words-write-status = Schreiben Sie [{ $where }.status].
words-write-status-fault-field-temp-above = Schreiben Sie status = "FAULT", oder field = "temp" mit above = 90.
words-write-table-fields = Schreiben Sie es als Tabelle, [fields.{ $name }].
words-write-table-kpis = Schreiben Sie es als Tabelle, [kpis.{ $name }].
words-write-table-running-production = Schreiben Sie es als Tabelle: RUNNING = "production".
words-write-table-shifts = Schreiben Sie es als Tabelle, [shifts].
words-write-table-shifts-2 = Schreiben Sie es als Tabelle, [[shifts.{ $name }]].
words-write-table-status = Schreiben Sie es als Tabelle, [{ $where }.status].
words-write-table-under-short-name-small = Schreiben Sie eine Tabelle unter einem kurzen Namen in Kleinbuchstaben: [shifts.reasons.motor].
words-write-text = Schreiben Sie einen Text.
words-write-value-run-count = Schreiben Sie value = "RUN" mit of = "count".
words-write-whole-number = Schreiben Sie eine ganze Zahl.
words-write-writable-true-under-fields-leave = Schreiben Sie writable = true unter [fields.{ $name }], oder lassen Sie die Methode weg.
words-write-writable-true-under-fields-leave-2 = Schreiben Sie writable = true unter [fields.{ $name }], oder lassen Sie den Befehl weg.
words-write-writable-true-under-fields-leave-3 = Schreiben Sie writable = true unter [fields.{ $name }], oder lassen Sie es weg.
