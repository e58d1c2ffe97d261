shifts-title = Shifts
shifts-of = { $name } shift, { $date }
shifts-one = Shift
shifts-none = No shift was worked in the last week.
shifts-not-defined = The plant file describes no shifts; see “shifts” in the reference of the plant file.
shifts-reason-removed = { $reason } (removed from the plant file)
shifts-why-cycle-missing = { $more ->
        [0] the ideal cycle of { $machines } is not known
       *[other] the ideal cycle of { $machines } and { $more } more is not known
    }
shifts-why-total-missing = { $more ->
        [0] the parts of { $machines } are not known
       *[other] the parts of { $machines } and { $more } more are not known
    }
shifts-why-good-missing = { $more ->
        [0] the good parts of { $machines } are not known
       *[other] the good parts of { $machines } and { $more } more are not known
    }
shifts-why-states-missing = nothing is known of the machines’ states
shifts-why-not-planned = no time was planned busy
shifts-why-no-production = there was no production time
shifts-why-no-parts = no parts were made
shifts-reading = Loading
shifts-export = Export xlsx
shifts-print = Print
shifts-line = Line
shifts-all = all
shifts-span = { $since } until { $until }
shifts-so-far = { $since } until { $until }; so far, until { $now }
shifts-losses = Losses
shifts-stops = Stops
shifts-machines = Lines and machines
shifts-left-out = { $count ->
    [one] { $count } machine is not printed: it lost nothing, or less than those above. The xlsx file has every machine.
   *[other] { $count } machines are not printed: they lost nothing, or less than those above. The xlsx file has every machine.
}
shifts-changes = Who changed what
shifts-notes = Notes for the next shift
shifts-not-known = not known
shifts-hours = { $hours } h { $minutes } min
shifts-minutes = { $minutes } min { $seconds } s
shifts-seconds = { $seconds } s
shifts-state-production = Production { $time }
shifts-state-setup = Set-up { $time }
shifts-state-unplanned-down = Unplanned down { $time }
shifts-state-planned-down = Planned down { $time }
shifts-state-standby = Standby { $time }
shifts-state-unknown = Not known { $time }
shifts-oee = OEE
shifts-availability = Availability
shifts-performance = Performance
shifts-quality = Quality
shifts-formula-oee = availability × performance × quality
shifts-formula-availability = production time / planned busy time
shifts-formula-performance = ideal cycle × total parts / production time
shifts-formula-quality = good parts / total parts
shifts-inputs-availability = production { $production } / planned busy { $busy }
shifts-inputs-performance = ideal time { $ideal } (parts: { $total }) / production { $production }
shifts-inputs-quality = good parts { $good } / total parts { $total }
shifts-reason = Reason
shifts-lost = Lost
shifts-share = Share of the greatest loss
shifts-uncategorised = Uncategorised
shifts-micro-stops = Micro-stops
shifts-setup = Set-up
shifts-and-more = { $named } and { $count } more
shifts-machine = Machine
shifts-from = From
shifts-until = Until
shifts-still = still down
shifts-lasted = Lasted
shifts-said = The machine said
shifts-by = By
shifts-by-machine = the machine
shifts-no-stops = No machine was down longer than a micro-stop.
shifts-all-stops = All { $count } stops
shifts-cut = { $count } shorter stops are not listed; the losses include them.
shifts-down = Down
shifts-subject = Of
shifts-line-named = Line { $line }
shifts-all-machines = All { $count } machines
shifts-unmapped = The plant file gives no meaning to { $statuses }: this time is not known.
shifts-was-down = { $machine } was down { $since } to { $until }, { $time }
shifts-cause = The machine said: { $cause }
shifts-other = Other
shifts-no-reasons = The plant file names no reasons.
shifts-part = Only a part, or with a note
shifts-from-minute = From minute
shifts-to-minute = To minute
shifts-note = Note
shifts-wrong-part = Give a part of the stop: from 0 to { $most } minutes.
shifts-take-back = Not known after all
shifts-cancel = Cancel
shifts-no-alarms = No alarm was raised.
shifts-raised = Raised
shifts-acknowledged = Acknowledged
shifts-last-at = Last
shifts-cut-alarms = There were more alarms; only the newest are counted.
shifts-no-events = No machine was stopped or out of contact.
shifts-cut-events = There was more; only the newest is listed.
shifts-all-events = All events of this shift
shifts-no-changes = Nobody changed a set-point.
shifts-changed = : { $targets ->
        [one] { $targets } target
       *[other] { $targets } targets
    } in { $batches ->
        [one] { $batches } batch
       *[other] { $batches } batches
    } ({ $outcomes }), last at { $at }
shifts-no-notes = No notes.
shifts-note-by = { $person }, line { $line }, { $at }
shifts-leave-note = Leave the note
