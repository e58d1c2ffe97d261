events-any = alles
events-group-stops = Stopps
events-group-alarms = Alarme
events-group-contact = Verbindung
events-group-targets = Sollwerte
events-group-plant = Werk und Anmeldungen
events-since-here = seit meinem letzten Besuch
events-seen-before = Ab hier kennen Sie alles.
events-line = Linie
events-details = Einzelheiten
events-acknowledged = Quittiert von
events-acknowledge = Quittieren
events-note = Notiz
events-cancel = Abbrechen
events-export = Als { $format } speichern
events-none = Kein Ereignis passt dazu.
events-more = Mehr als { $count } zeigen
events-all = Alle Ereignisse
events-what-happened = Was geschehen ist
ribbon-of = Zustände von { $machine }
ribbon-how = Zeigen Sie auf ein Band, oder gehen Sie mit den Pfeiltasten darüber. Hoch und rot: Stopp oder Störung; niedrig: läuft nicht; leer: nichts bekannt.
events-kind-asserted = Stopp ausgelöst
events-kind-cleared = Stopp aufgehoben
events-kind-device_change = an der Maschine geändert
events-kind-late_landing = verspätet übernommen
events-kind-stop_between = nach einem Stopp übernommen
events-kind-offline = nicht erreichbar
events-kind-online = wieder da
events-kind-asked = Sollwert gegeben
events-kind-applied = übernommen
events-kind-unknown = Ausgang unbekannt
events-kind-conflict = Konflikt
events-kind-not_applied = nicht übernommen
events-kind-plant_change = Werk geändert
events-kind-sign_in = angemeldet
events-alarm-raised = Alarm ausgelöst
events-alarm-cleared = Alarm vorbei
events-alarm-acknowledged = Alarm quittiert
events-alarm-shelved = Alarm zurückgestellt
events-alarm-unshelved = Alarm nicht mehr zurückgestellt
events-alarm-suppressed = Alarm unterdrückt
events-alarm-unsuppressed = Alarm nicht mehr unterdrückt
events-alarm-taken_out = Alarm außer Betrieb
events-alarm-put_back = Alarm wieder in Betrieb
alarms-not-defined = In der Werksdatei stehen keine Alarme.
alarms-none = Kein Alarm.
alarms-raised = { $count ->
    [one] { $count } Alarm in den letzten 10 Minuten.
   *[other] { $count } Alarme in den letzten 10 Minuten.
}
alarms-flood = Das ist eine Flut.
alarms-standing = { $count ->
    [one] { $count } steht seit über einem Tag an.
   *[other] { $count } stehen seit über einem Tag an.
}
alarms-worst = Am häufigsten in den letzten 24 Stunden
alarms-times = { $count ->
    [one] einmal
   *[other] { $count }-mal
}
alarms-chatters = flattert
alarms-priority = Priorität
alarms-priority-critical = kritisch
alarms-priority-high = hoch
alarms-priority-medium = mittel
alarms-priority-low = niedrig
alarms-alarm = Alarm
alarms-state = Zustand
alarms-state-normal = normal
alarms-state-unacknowledged = nicht quittiert
alarms-state-acknowledged = quittiert
alarms-state-returned = vorbei, nicht quittiert
alarms-state-shelved = zurückgestellt
alarms-state-suppressed = unterdrückt
alarms-state-out_of_service = außer Betrieb
alarms-since = Seit
alarms-until = bis { $time }
alarms-what-to-do = Was zu tun ist
alarms-acts = Aktionen
alarms-not-known = Wert nicht bekannt
alarms-act-acknowledge = Quittieren
alarms-act-shelve = Zurückstellen
alarms-act-unshelve = Nicht mehr zurückstellen
alarms-act-take-out = Außer Betrieb nehmen
alarms-act-put-back = Wieder in Betrieb nehmen
alarms-acknowledge-about = Damit sagen Sie, dass Sie ihn gesehen haben. Der Alarm geht, wenn seine Ursache weg ist.
alarms-choose = Auswählen
alarms-choose-all = { $count ->
    [0] Keiner unquittiert
    [one] Der eine unquittierte
   *[other] Alle { $count } unquittierten
}
alarms-acknowledge-chosen = { $count ->
    [0] Ausgewählte Alarme quittieren
    [one] { $count } Alarm quittieren
   *[other] { $count } Alarme quittieren
}
alarms-and-more = { $count ->
    [one] und { $count } weiterer Alarm
   *[other] und { $count } weitere Alarme
}
alarms-how-long = Wie lange
alarms-minutes = { $count } min
