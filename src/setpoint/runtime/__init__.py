"""Puts the packages together and carries out the effects of the engine.

runtime   starts and stops the parts, and answers the HTTP layer
player    routes the engine's effects: to sockets, to storing and to writing (sources); sets its timer
serving   one process: put together, listening, stopped gracefully
"""
