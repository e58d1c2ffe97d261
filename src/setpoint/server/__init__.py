"""The network side of the server: one port, one process.

http      the routes under ``/api``, the board, health and metrics
live      ``/live``, the WebSocket
edge      checks before both: hosts, cross-site writes, slow and oversized senders, proxies
identity  sign-in, sessions, tokens, OpenID Connect
"""
