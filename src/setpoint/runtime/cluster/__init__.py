"""Several servers of one plant: the plant server's side, and the gateways'.

calls      what a gateway asks of the plant server, as messages
relay      the plant server's side: frames out, questions answered
link       the gateway's side: its copy kept up to date
gateway    what a gateway's HTTP layer asks
serving    ``setpoint serve --role gateway``
"""
