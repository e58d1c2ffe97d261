# Die Kommandozeile: was nicht geht, und was dann zu tun ist.
cli-no-server = Es gibt keine Verbindung: { $why }
cli-sign-in = Ein Befehl meldet sich mit einem Token an: --token TEXT, oder SETPOINT_TOKEN in der Umgebung.
    Auf dem Server legt setpoint token create KONTO NAME --role operator eines an.
cli-file-exists = { $file } gibt es schon; nennen Sie einen anderen Namen, oder --force, um sie zu überschreiben
cli-file-not-written = { $file } kann nicht geschrieben werden ({ $why }); nennen Sie einen anderen Ort
cli-file-not-read = { $file } kann nicht gelesen werden ({ $why }); prüfen Sie Namen und Rechte
cli-result-not-written = { $file } kann nicht geschrieben werden ({ $why }); nennen Sie mit --result eine andere Datei
cli-template-written = { $file } geschrieben; tragen Sie Sollwerte ein, dann: setpoint upload { $file }
cli-no-header = Die Zeilen haben keine Kopfzeile, also muss jemand ansehen, wie sie gelesen wurden: Starten Sie den Befehl ohne --yes, oder schreiben Sie die Namen der Spalten darüber
cli-nothing-to-undo = Im Auftrag { $batch } gibt es nichts zurückzunehmen
cli-nothing-to-retry = Im Auftrag { $batch } gibt es nichts noch einmal zu versuchen
edit-no-row = Keine Zeile von { $which } würde gesendet; nennen Sie die Nummer einer Zeile, oder eine Maschine
edit-no-conflict = Keine Zeile von { $which } ist im Konflikt; nennen Sie die Nummer einer Zeile, oder eine Maschine
edit-not-read = { $text } ist nicht lesbar; schreiben Sie: m:402 targetSpeed=150, oder 5 m:402 mode=RUN
edit-no-error = Zeile { $row } hat keinen Fehler; nennen Sie nur die Maschine, um ihren Sollwert zu ändern
edit-elsewhere = { $machine } steht schon in Zeile { $row }; ändern Sie es dort
edit-no-machine = { $machine } ist keine Maschine dieses Werks; schreiben Sie Maschinen wie m:402
edit-no-field = { $field } ist kein Feld, das sich vorgeben lässt; die Felder sind { $fields }
