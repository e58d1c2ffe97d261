events-any = anything
events-group-stops = stops
events-group-alarms = alarms
events-group-contact = contact
events-group-targets = targets
events-group-plant = plant and sign-ins
events-since-here = since I was last here
events-seen-before = You have seen what is below.
events-line = Line
events-details = Details
events-acknowledged = Acknowledged by
events-acknowledge = Acknowledge
events-note = Note
events-cancel = Cancel
events-export = Export { $format }
events-none = No event matches.
events-more = Show more than { $count }
events-all = All events
events-what-happened = What happened
ribbon-of = States of { $machine }
ribbon-how = Point at a ribbon, or move on it with the arrow keys. Tall and red: stopped or a fault; low: not running; empty: nothing known.
events-kind-asserted = stop raised
events-kind-cleared = stop cleared
events-kind-device_change = changed at the machine
events-kind-late_landing = applied late
events-kind-stop_between = applied after a stop
events-kind-offline = offline
events-kind-online = back
events-kind-asked = target asked
events-kind-applied = applied
events-kind-unknown = outcome unknown
events-kind-conflict = conflict
events-kind-not_applied = not applied
events-kind-plant_change = plant changed
events-kind-sign_in = signed in
events-alarm-raised = alarm raised
events-alarm-cleared = alarm cleared
events-alarm-acknowledged = alarm acknowledged
events-alarm-shelved = alarm shelved
events-alarm-unshelved = alarm no longer shelved
events-alarm-suppressed = alarm suppressed
events-alarm-unsuppressed = alarm no longer suppressed
events-alarm-taken_out = alarm out of service
events-alarm-put_back = alarm in service again
alarms-not-defined = The plant file defines no alarms.
alarms-none = No alarm.
alarms-raised = { $count ->
    [one] { $count } alarm was raised in the last 10 minutes.
   *[other] { $count } alarms were raised in the last 10 minutes.
}
alarms-flood = This is a flood.
alarms-standing = { $count ->
    [one] { $count } has been active for over a day.
   *[other] { $count } have been active for over a day.
}
alarms-worst = Raised most often in the last 24 hours
alarms-times = { $count ->
    [one] once
   *[other] { $count } times
}
alarms-chatters = chatters
alarms-priority = Priority
alarms-priority-critical = critical
alarms-priority-high = high
alarms-priority-medium = medium
alarms-priority-low = low
alarms-alarm = Alarm
alarms-state = State
alarms-state-normal = normal
alarms-state-unacknowledged = not acknowledged
alarms-state-acknowledged = acknowledged
alarms-state-returned = over, not acknowledged
alarms-state-shelved = shelved
alarms-state-suppressed = suppressed by design
alarms-state-out_of_service = out of service
alarms-since = Since
alarms-until = until { $time }
alarms-what-to-do = What to do
alarms-acts = Actions
alarms-not-known = value not known
alarms-act-acknowledge = Acknowledge
alarms-act-shelve = Shelve
alarms-act-unshelve = Unshelve
alarms-act-take-out = Take out of service
alarms-act-put-back = Put back in service
alarms-acknowledge-about = This says that you have seen it. The alarm goes when its cause is gone.
alarms-choose = Choose
alarms-choose-all = { $count ->
    [0] None to acknowledge
    [one] The one to acknowledge
   *[other] All { $count } to acknowledge
}
alarms-acknowledge-chosen = { $count ->
    [0] Acknowledge chosen alarms
    [one] Acknowledge { $count } alarm
   *[other] Acknowledge { $count } alarms
}
alarms-and-more = { $count ->
    [one] and { $count } more alarm
   *[other] and { $count } more alarms
}
alarms-how-long = For how long
alarms-minutes = { $count } min
