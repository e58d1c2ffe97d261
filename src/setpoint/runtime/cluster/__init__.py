"""Several servers of one plant: the plant server's side, and the gateways'.

calls    a gateway's calls to the plant server, as messages
relay    the plant server's side: sends frames, answers questions
link     the gateway's side: keeps its copy up to date
gateway  the services of a gateway's HTTP layer
serving  ``setpoint serve --role gateway``
"""
