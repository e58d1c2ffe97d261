"""The outermost layer: what is refused before anything looks at it.

proxies    whom to believe about where a request came from
hosts      which names this server answers to, and which origins are its own
gate       the ASGI layer: host, cross-site writes, body size and pace, security headers
listener   the HTTP protocol below ASGI: slow and silent senders, connections an address, size of a head
edge       all of it, from its settings
"""
