alerts-title = What needs attention
alerts-list = List
alerts-more-unseen = { " " }more; open the list
alerts-list-unseen = { " " }of what needs attention
alerts-drop-workbook = Drop workbook
alerts-line = (line { $line })
alerts-conflicts = { $count ->
    [one] { $count } conflict
   *[other] { $count } conflicts
}
alerts-pending = { $count } pending
alerts-not-live = { $count ->
    [one] { $count } machine not live
   *[other] { $count } machines not live
}
alerts-not-running = { $count } not running
alerts-not-known-yet = Not known yet.
alerts-not-known = What needs attention now is not known.
alerts-not-known-short = not live
alerts-nothing = Nothing needs attention.
alerts-alarms = { $count ->
    [one] { $count } alarm not acknowledged
   *[other] { $count } alarms not acknowledged
}
alerts-in-need = { $count ->
    [one] { $count } machine in need of attention
   *[other] { $count } machines in need of attention
}
alerts-and-more = { $count ->
    [one] and { $count } machine more
   *[other] and { $count } machines more
}
alerts-line-not-running = Line { $line }: { $count } not running
alerts-last-known = last known
alerts-since = since { $time }
alerts-last-contact = last contact { $time }
title-critical = { $count } critical
title-not-live = not live
title-batches = Batches
title-batch = Batch
title-upload = Upload
title-account = Account
title-people = People
title-limits = Limits
title-security = Security log
title-deliveries = Deliveries
title-plant-file = Plant file
title-sign-in = Sign in
title-held = Waiting for a second person
