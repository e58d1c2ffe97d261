kiosk-no-lines = This plant has no lines.
kiosk-page = { $page } of { $pages }
kiosk-lines = { $at } of { $count } lines
