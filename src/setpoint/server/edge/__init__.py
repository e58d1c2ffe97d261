"""The outermost layer, which refuses bad requests before any other code sees them.

proxies    which proxies are trusted to say where a request came from
hosts      which host names this server answers to, and which origins are its own
gate       the ASGI layer: host, cross-site writes, size and speed of bodies, security headers
listener   the HTTP protocol below ASGI: slow and silent senders, connections by address, size of headers
edge       all of it, from its settings
"""
