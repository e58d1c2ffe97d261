alerts-title = Was Aufmerksamkeit braucht
alerts-list = Liste
alerts-more-unseen = { " " }weitere; Liste öffnen
alerts-list-unseen = { " " }dessen, was Aufmerksamkeit braucht
alerts-drop-workbook = Arbeitsmappe ablegen
alerts-line = (Linie { $line })
alerts-conflicts = { $count ->
    [one] { $count } Konflikt
   *[other] { $count } Konflikte
}
alerts-pending = { $count } offen
alerts-not-live = { $count ->
    [one] { $count } Maschine nicht live
   *[other] { $count } Maschinen nicht live
}
alerts-not-running = { $count } nicht in Betrieb
alerts-not-known-yet = Noch nicht bekannt.
alerts-not-known = Was gerade Aufmerksamkeit braucht, ist nicht bekannt.
alerts-not-known-short = nicht live
alerts-nothing = Nichts braucht Aufmerksamkeit.
alerts-alarms = { $count ->
    [one] { $count } Alarm nicht quittiert
   *[other] { $count } Alarme nicht quittiert
}
alerts-in-need = { $count ->
    [one] { $count } Maschine braucht Aufmerksamkeit
   *[other] { $count } Maschinen brauchen Aufmerksamkeit
}
alerts-and-more = { $count ->
    [one] und { $count } weitere Maschine
   *[other] und { $count } weitere Maschinen
}
alerts-line-not-running = Linie { $line }: { $count } nicht in Betrieb
alerts-last-known = zuletzt bekannt
alerts-since = seit { $time }
alerts-last-contact = letzter Kontakt { $time }
title-critical = { $count } kritisch
title-not-live = nicht live
title-batches = Aufträge
title-batch = Auftrag
title-upload = Hochladen
title-account = Konto
title-people = Personen
title-limits = Grenzen
title-security = Sicherheitsprotokoll
title-deliveries = Zustellungen
title-plant-file = Werksdatei
title-sign-in = Anmelden
title-held = Wartet auf eine zweite Person
