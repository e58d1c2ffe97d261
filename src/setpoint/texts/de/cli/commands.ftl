# Die Hilfe zu jedem Befehl. `command-all` ist die von `setpoint` selbst.
command-all = Eine Live-Datenschicht und ein Leitstand für Fabriken.
command-demo = Ein simuliertes Werk und den Leitstand starten, ohne Anmeldung, nur auf diesem Rechner.
command-serve = Ihr Werk betreiben, mit Anmeldung.
command-upload =
    Zeigen, was eine Arbeitsmappe mit Sollwerten ändern würde, sie senden und jede Zeile bis zu ihrem Ergebnis verfolgen.

    Endet mit 0, wenn alles übernommen wurde, mit 1, wenn Zeilen scheiterten oder abgelehnt wurden, mit 2, wenn die Datei keine Arbeitsmappe mit Sollwerten ist, mit 3 ohne Verbindung.
command-undo = Die Werte vor einem Auftrag wiederherstellen, außer bei Feldern, die seither andere geändert haben.
command-retry = Die Sollwerte eines Auftrags noch einmal senden, die nicht wirksam wurden.
command-watch =
    Ein Thema live zeigen: Istwerte und Sollwerte jeder Maschine, und welche veraltet, in Arbeit oder kritisch sind.

    Mit --json: ein Objekt je Zeile, zuerst für jede Maschine, dann für jede, die sich ändert.
command-shifts = Den Bericht einer Schicht zeigen, sonst der neuesten: OEE mit Gründen, Verluste, Stillstände, Änderungen, Notizen.
command-template = Eine Arbeitsmappe mit jetzigen Sollwerten, Bereichen und Auswahl schreiben; tragen Sie Sollwerte ein und laden Sie sie hoch.
command-check =
    Eine Werksdatei prüfen: Linien, Maschinen, Felder, Quellen. Endet mit 2, wenn sie nicht brauchbar ist.

    Mit --connect wird auch jeder Knoten jeder Quelle gelesen und in einer Zeile gezeigt: Typ, Wert, Qualität, beschreibbar oder nicht. Geschrieben wird nichts. Endet mit 1, wenn ein Knoten nicht so ist, wie die Werksdatei sagt, oder sich nicht prüfen lässt.
command-conform =
    /live und /api/batches eines Servers an den Regeln von conformance/SPEC.md prüfen.

    Sendet Aufträge mit Werten, die schon eingestellt sind, also bewegt sich nichts. Endet mit 1, wenn eine Regel nicht eingehalten wird.
command-events = Zeigen, was geschah, das Neueste zuerst: Stopps, Kontakt, Alarme, Sollwerte, Änderungen.
command-alarms = Die Alarme zeigen, die nicht normal sind, nach Priorität, und wie viele es gab.
command-backup = Eine Sicherung schreiben, während der Server läuft: die Datenbank, und daneben die Werksdatei.
command-restore = Eine Sicherung zurückspielen. Halten Sie zuerst den Server an. Eine vorhandene Datenbank wird beiseitegelegt.
command-retention = Zeigen oder festlegen, wie lange Aufzeichnungen bleiben. Ältere werden sofort entfernt, danach täglich vom Server.
command-opcua = Maschinen über OPC UA anbinden.
command-opcua-certificate = Zertifikat und Schlüssel von Setpoint anlegen. Jeder Server, mit dem sich Setpoint verbindet, muss setpoint.der vertrauen.
command-opcua-trust = Das Zertifikat eines Servers holen, es zum Vergleich mit dem Bildschirm des Servers zeigen, und es speichern.
command-opcua-browse =
    Einen Server durchsuchen und für die Maschinen, die er zu haben scheint, eine Werksdatei vorschlagen.

    Endet mit 1, wenn nichts erkannt wurde; nehmen Sie dann --pick.
command-audit = Zeigen, wer was wann und warum geändert hat; prüfen, ob das Protokoll vollständig ist.
command-audit-verify =
    Jeden Eintrag finden, der geändert, entfernt, eingefügt oder verschoben wurde. Endet mit 1, wenn etwas abweicht.

    Der Befehl prüft die Hash-Kette des Protokolls und vergleicht die Tabellen, die Menschen sehen (Aufträge, Ergebnisse, Ereignisse, Konten, Arbeitsmappen), mit dem Protokoll.
command-plant = Das Werk eines laufenden Servers, und die Werksdatei.
command-plant-reload =
    Den Server seine Werksdatei neu lesen lassen. Für Administratoren des ganzen Werks.

    Verbindungen bleiben, ebenso Maschinen, die bleiben, mit allem, was unterwegs ist. Eine unbrauchbare Datei ändert nichts.
command-plant-schema = Das JSON-Schema der Werksdatei ausgeben, für Editoren. Eine Werksdatei nennt es in ihrer ersten Zeile: #:schema ./plant.schema.json
command-user = Konten: hinzufügen, zeigen, Rechte geben, sperren, freigeben, verlinken.
command-user-add = Ein Konto hinzufügen und den Link ausgeben, mit dem sein Inhaber ein Passwort wählt.
command-user-list = Die Konten mit ihren Rechten zeigen.
command-user-grant = Die Rechte eines Kontos ersetzen. Seine offenen Seiten enden binnen fünf Sekunden.
command-user-disable = Ein Konto sperren. Seine Seiten und Programme enden binnen fünf Sekunden; sein Verlauf bleibt.
command-user-enable = Ein gesperrtes Konto wieder freigeben.
command-user-link = Einen neuen Link ausgeben, mit dem der Inhaber eines Kontos ein Passwort wählt. Wird er benutzt, enden dessen Sitzungen.
command-user-limits = Die Grenzen eines Kontos zeigen, und ändern, was Sie angeben. Eine Änderung wirkt binnen Sekunden.
command-token = Tokens von Programmen: anlegen, zeigen, widerrufen.
command-token-create = Ein Token für ein Programm anlegen, im Namen eines Kontos, und es ausgeben. Es wird nie wieder gezeigt.
command-token-list = Die Tokens zeigen, die niemand widerrufen hat. Ihr Text ist nirgends gespeichert.
command-token-revoke = Ein Token widerrufen. Seine offenen Verbindungen enden binnen fünf Sekunden.
command-deliveries = Nachrichten an andere Systeme und an Menschen zeigen, das Neueste zuerst. Für Administratoren des ganzen Werks.
command-mcp = Einem Assistenten das Werk zeigen (MCP): Er liest, und er schlägt Sollwerte vor, die ein Mensch bestätigt.
