kiosk-no-lines = Dieses Werk hat keine Linien.
kiosk-page = { $page } von { $pages }
kiosk-lines = { $at } von { $count } Linien
