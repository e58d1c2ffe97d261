"""What the server says and hears; one port, one process.

http      the routes under ``/api``, the board, health and figures
live      ``/live``, the WebSocket
edge      what stands before both: hosts, cross-site writes, slow and oversized senders, proxies
identity  who is asking: sign-in, sessions, tokens, OpenID Connect, and what ends them
"""
