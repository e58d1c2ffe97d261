lines-title = Lines
lines-plant = Plant
lines-line = Line
lines-critical = critical
lines-doubtful = not live
lines-pending = pending
line-none = No line { $line } here
line-range = Lines are { $first } to { $last }.
line-only = The only line is { $line }.
line-back = Back to the plant
line-show = Show
line-filter-all = All
line-filter-attention = Needs attention
line-filter-not-running = Not running
line-filter-pending = Pending
line-filter-stale = Stale
line-tiles = Size of the tiles
line-tiles-dense = dense
line-tiles-normal = normal
line-tiles-large = large
line-template = Template
line-no-match = No machine matches.
line-show-all = Show all { $count }
tile-change = Change
tile-open = Open { $machine }
tile-since = Since { $time }
tile-voided = { $count ->
    [one] { $count } target voided by the stop
   *[other] { $count } targets voided by the stop
}
tile-last-known = { $doubt }: last known
tile-confirmed = confirmed
tile-pending = pending
lines-trends = Trends
lines-trends-loading = Loading the trends
lines-trends-of = Trends of line { $line }
