"""Puts the packages together and carries out the effects of the engine.

runtime   starts and stops the parts, and answers the HTTP layer
player    carries out the engine's effects: storage, sources, sockets, timers
serving   one process: put together, listening, stopped gracefully
"""
