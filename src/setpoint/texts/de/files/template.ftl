# Die Vorlage, die Menschen ausfüllen.
template-targets = Sollwerte
template-title = Sollwerte für { $plant }
template-change = 1. Ändern Sie auf dem Blatt { $sheet } die Sollwerte, die Sie ändern wollen.
template-leave = 2. Lassen Sie die anderen Zeilen stehen, oder löschen Sie sie: Was nicht geändert ist, bleibt, wie es ist.
template-drop = 3. Speichern Sie, und ziehen Sie die Datei auf die Seite von Setpoint, oder starten Sie: setpoint upload DATEI
template-look = 4. Sehen Sie sich die Vorschau an, und senden Sie dann. Jede Zeile wird bis zu ihrem Ergebnis verfolgt.
template-column = Spalte
template-takes = nimmt
template-machine = eine Maschine wie m:402, jede einmal
template-columns = Die Reihenfolge der Spalten ist gleich, und andere Spalten stören nicht. Eine Formel zählt mit ihrem Wert.
template-conflicts = Was andere geändert haben, seit diese Datei entstand, erscheint als Konflikt und wird nicht überschrieben.
