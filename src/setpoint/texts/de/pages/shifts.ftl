shifts-title = Schichten
shifts-of = Schicht { $name }, { $date }
shifts-one = Schicht
shifts-none = In der letzten Woche wurde keine Schicht gearbeitet.
shifts-not-defined = Die Werksdatei beschreibt keine Schichten; siehe „shifts“ in der Referenz der Werksdatei.
shifts-reason-removed = { $reason } (nicht mehr in der Werksdatei)
shifts-why-cycle-missing = { $more ->
        [0] die ideale Taktzeit von { $machines } ist nicht bekannt
       *[other] die ideale Taktzeit von { $machines } und { $more } weiteren ist nicht bekannt
    }
shifts-why-total-missing = { $more ->
        [0] die Teilezahl von { $machines } ist nicht bekannt
       *[other] die Teilezahl von { $machines } und { $more } weiteren ist nicht bekannt
    }
shifts-why-good-missing = { $more ->
        [0] die guten Teile von { $machines } sind nicht bekannt
       *[other] die guten Teile von { $machines } und { $more } weiteren sind nicht bekannt
    }
shifts-why-states-missing = über die Zustände der Maschinen ist nichts bekannt
shifts-why-not-planned = es war keine Belegung geplant
shifts-why-no-production = es gab keine Produktionszeit
shifts-why-no-parts = es wurden keine Teile hergestellt
shifts-reading = Wird geladen
shifts-export = Als xlsx speichern
shifts-print = Drucken
shifts-line = Linie
shifts-all = alle
shifts-span = { $since } bis { $until }
shifts-so-far = { $since } bis { $until }; bisher, bis { $now }
shifts-losses = Verluste
shifts-stops = Stillstände
shifts-machines = Linien und Maschinen
shifts-left-out = { $count ->
    [one] { $count } Maschine ist nicht gedruckt: Sie hatte keine Verluste oder kleinere als die oben. Die xlsx-Datei enthält alle Maschinen.
   *[other] { $count } Maschinen sind nicht gedruckt: Sie hatten keine Verluste oder kleinere als die oben. Die xlsx-Datei enthält alle Maschinen.
}
shifts-changes = Wer hat was geändert
shifts-notes = Notizen für die nächste Schicht
shifts-not-known = nicht bekannt
shifts-hours = { $hours } h { $minutes } min
shifts-minutes = { $minutes } min { $seconds } s
shifts-seconds = { $seconds } s
shifts-state-production = Produktion { $time }
shifts-state-setup = Rüsten { $time }
shifts-state-unplanned-down = Ungeplant gestanden { $time }
shifts-state-planned-down = Geplant gestanden { $time }
shifts-state-standby = Bereitschaft { $time }
shifts-state-unknown = Nicht bekannt { $time }
shifts-oee = OEE
shifts-availability = Verfügbarkeit
shifts-performance = Leistung
shifts-quality = Qualität
shifts-formula-oee = Verfügbarkeit × Leistung × Qualität
shifts-formula-availability = Produktionszeit / geplante Belegungszeit
shifts-formula-performance = ideale Taktzeit × alle Teile / Produktionszeit
shifts-formula-quality = gute Teile / alle Teile
shifts-inputs-availability = Produktion { $production } / geplante Belegung { $busy }
shifts-inputs-performance = Idealzeit { $ideal } (Teile: { $total }) / Produktion { $production }
shifts-inputs-quality = gute Teile { $good } / alle Teile { $total }
shifts-reason = Grund
shifts-lost = Verloren
shifts-share = Anteil am größten Verlust
shifts-uncategorised = Ohne Grund
shifts-micro-stops = Kurzstillstände
shifts-setup = Rüsten
shifts-and-more = { $named } und { $count } weitere
shifts-machine = Maschine
shifts-from = Von
shifts-until = Bis
shifts-still = dauert an
shifts-lasted = Dauer
shifts-said = Die Maschine meldete
shifts-by = Durch
shifts-by-machine = die Maschine
shifts-no-stops = Keine Maschine stand länger als ein Kurzstillstand.
shifts-all-stops = Alle { $count } Stillstände
shifts-cut = { $count } kürzere Stillstände sind nicht aufgeführt; die Verluste enthalten sie.
shifts-down = Gestanden
shifts-subject = Wovon
shifts-line-named = Linie { $line }
shifts-all-machines = Alle { $count } Maschinen
shifts-unmapped = Die Werksdatei gibt { $statuses } keine Bedeutung: Diese Zeit ist nicht bekannt.
shifts-was-down = { $machine } stand von { $since } bis { $until }, { $time }
shifts-cause = Die Maschine meldete: { $cause }
shifts-other = Sonstige
shifts-no-reasons = Die Werksdatei nennt keine Gründe.
shifts-part = Nur ein Teil, oder mit Notiz
shifts-from-minute = Ab Minute
shifts-to-minute = Bis Minute
shifts-note = Notiz
shifts-wrong-part = Geben Sie einen Teil des Stillstands an: von 0 bis { $most } Minuten.
shifts-take-back = Doch nicht bekannt
shifts-cancel = Abbrechen
shifts-no-alarms = Es gab keinen Alarm.
shifts-raised = Ausgelöst
shifts-acknowledged = Quittiert
shifts-last-at = Zuletzt
shifts-cut-alarms = Es gab mehr Alarme; nur die neuesten sind gezählt.
shifts-no-events = Keine Maschine wurde gestoppt oder war nicht erreichbar.
shifts-cut-events = Es gab mehr; nur das Neueste steht hier.
shifts-all-events = Alle Ereignisse dieser Schicht
shifts-no-changes = Niemand hat einen Sollwert geändert.
shifts-changed = : { $targets ->
        [one] { $targets } Sollwert
       *[other] { $targets } Sollwerte
    } in { $batches ->
        [one] { $batches } Auftrag
       *[other] { $batches } Aufträgen
    } ({ $outcomes }), zuletzt um { $at }
shifts-no-notes = Keine Notizen.
shifts-note-by = { $person }, Linie { $line }, { $at }
shifts-leave-note = Notiz hinterlassen
