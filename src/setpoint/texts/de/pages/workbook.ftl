# Weshalb eine Zeile einer Arbeitsmappe abgelehnt wird, oder was zu ihr zu sagen ist (XL-9), nach dem Code.
issue-boolean = { $value ->
    [TRUE] { $column }: erwartet wird { $wants }; hier steht WAHR.
   *[FALSE] { $column }: erwartet wird { $wants }; hier steht FALSCH.
}
issue-error_value = { $column }: erwartet wird { $wants }; hier steht der Fehler { $error }.
issue-no_cached_value = { $column }: Die Formel wurde ohne ihren Wert gespeichert. Öffnen Sie die Arbeitsmappe in einem Tabellenprogramm, und speichern Sie sie neu.
issue-date = { $column }: erwartet wird { $wants }; hier steht ein Datum oder eine Uhrzeit.
issue-other_digits = { $shows ->
    [nothing] { $column }: erwartet wird { $wants }; hier steht { $value }, und das Zahlenformat blendet den Inhalt aus. Geben Sie der Zelle das Format Standard.
    [other] { $column }: erwartet wird { $wants }; hier steht { $value }, und das Zahlenformat zeigt etwas anderes. Geben Sie der Zelle das Format Standard.
   *[text] { $column }: erwartet wird { $wants }; hier steht { $value }, und das Zahlenformat zeigt „{ $seen }“. Geben Sie der Zelle das Format Standard.
}
issue-covered = { $column }: erwartet wird { $wants }; der Wert steht unter einer verbundenen Zelle, wo ihn niemand sieht. Heben Sie den Zellverbund auf.
issue-hidden_zero = { $column }: erwartet wird { $wants }; hier steht eine 0, und das Blatt blendet Nullen aus. Blenden Sie die Nullen ein, oder leeren Sie die Zelle.
issue-merged = { $column } ist mit der Zelle in Zeile { $row } verbunden; ob deren Wert auch für diese Zeile gilt, ist nicht zu erkennen. Heben Sie den Zellverbund auf, und füllen Sie jede Zelle aus.
issue-more_fields = Die Zeile hat { $count } Felder, die Kopfzeile { $most }. Vielleicht wurde eine Zahl am Dezimalkomma zerteilt: Setzen Sie sie in Anführungszeichen, oder trennen Sie die Spalten mit Semikolons.
issue-struck = { $column }: erwartet wird { $wants }; „{ $text }“ ist ganz oder zum Teil durchgestrichen. Schreiben Sie nur, was gilt, und leeren Sie den Rest.
issue-conditional_format = { $column }: erwartet wird { $wants }; eine bedingte Formatierung kann „{ $text }“ hier durchstreichen oder etwas anderes zeigen. Entfernen Sie ihre Regel aus der Zelle.
issue-other_table = In Zeile { $row } beginnt eine andere Tabelle; ihre Spalten sind nicht die der ersten, darum wird ab dort nichts gelesen. Legen Sie für sie ein eigenes Blatt an.
issue-unknown_letters = { $column }: erwartet wird { $wants }; hier steht „{ $text }“ in einer unbekannten Zeichencodierung. Wählen Sie die Zeichencodierung, oder speichern Sie die Datei als CSV UTF-8.
issue-unseen_letters = { $column }: erwartet wird { $wants }; „{ $text }“ enthält unsichtbare Zeichen oder solche, die die Schreibrichtung umkehren. Tippen Sie den Text neu ein.
issue-only_id = Für { $machines } ist nichts vorgegeben. Füllen Sie { $columns } aus.
issue-required = { $column } ist leer.
issue-no_id = { $column } ist leer.
issue-ambiguous_id = „{ $text }“ kann { $one } heißen, oder { $other }. Schreiben Sie m: und den Namen der Maschine, die gemeint ist.
issue-bad_id = { $column }: erwartet wird eine Maschine wie m:402; { $value } ist keine.
issue-unknown_machine = { $machine } ist keine Maschine dieses Werks.
issue-doubled_machine = { $count ->
    [one] { $machine } steht auch in Zeile { $rows }. Lassen Sie eine davon stehen.
   *[other] { $machine } steht auch in den Zeilen { $rows }. Lassen Sie eine davon stehen.
}
issue-cast = { $as ->
    [number] Der Text „{ $text }“ wurde als die Zahl { $number } gelesen.
    [text] Die Zahl { $number } wurde als Text gelesen.
    [shown] Die Zahl { $number }, angezeigt als { $digits }, wurde als Text gelesen.
   *[option] „{ $text }“ wurde als { $option } gelesen.
}
issue-id_read_as = { $as ->
    [shown] Die Zahl { $from }, angezeigt als { $digits }, wurde als { $machines } gelesen.
   *[written] { $from } wurde als { $machines } gelesen.
}
issue-hidden_sheet = Das Blatt „{ $sheet }“ ist ausgeblendet; es wurde trotzdem gelesen.
issue-other_sheets = { $count ->
    [one] Ein Blatt wurde nicht gelesen: { $sheets }.
   *[other] Blätter, die nicht gelesen wurden: { $sheets }.
}
issue-code_page = { $page ->
    [unknown] Die Zeichencodierung der Datei ist nicht bekannt. Texte wurden nur gelesen, wo alle möglichen Codierungen übereinstimmen. Stimmt das nicht, wählen Sie die Zeichencodierung.
   *[other] Die Datei wurde als { $page } gelesen, der einzigen Zeichencodierung, in der sie Spalten oder Auswahlwerte dieser Anlage nennt. Stimmt das nicht, wählen Sie die Zeichencodierung.
}
issue-no_header = Es gibt keine Kopfzeile. Die Spalten wurden nach ihrem Inhalt gelesen: { $columns }.
issue-other_unit = Die Kopfzeile „{ $header }“ wurde als „{ $column }“ gelesen, das keine Einheit hat.
issue-converted_unit = Die Kopfzeile „{ $header }“ ist in { $from }: Ihre Zahlen wurden mit { $factor } multipliziert, damit sie in { $unit } sind.
issue-hidden_column = Spalte { $letters } ({ $column }) ist ausgeblendet; sie wurde mitgelesen.
issue-ignored_columns = Spalten, die hier unbekannt sind, wurden ausgelassen: { $columns }.
issue-nameless_columns = Diese Spalten haben im Kopf keinen Namen und wurden ausgelassen: { $columns }.
issue-many_columns = Nur die ersten { $most } Spalten wurden gelesen.
issue-blank_rows = { $count ->
    [one] { $count } leere Zeile wurde übersprungen.
   *[other] { $count } leere Zeilen wurden übersprungen.
}
issue-header_again = { $count ->
    [one] { $count } Zeile ist noch einmal die Kopfzeile und wurde übersprungen.
   *[other] { $count } Zeilen sind noch einmal die Kopfzeile und wurden übersprungen.
}
issue-total_rows = { $count ->
    [one] { $count } Zeile hat Summen einer Tabelle und wurde übersprungen.
   *[other] { $count } Zeilen haben Summen einer Tabelle und wurden übersprungen.
}
issue-hidden_rows = { $count ->
    [one] { $count } ausgeblendete Zeile wurde mitgelesen.
   *[other] { $count } ausgeblendete Zeilen wurden mitgelesen.
}
issue-more_errors = Es gibt mehr als { $most } Fehler; nur die ersten { $most } sind aufgeführt.
issue-no_rows = In den Zeilen unter der Kopfzeile steht nichts.
wants-takes = { $column }: erwartet wird { $wants }.
