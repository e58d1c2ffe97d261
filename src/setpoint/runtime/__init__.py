"""The rooms joined: the one place that knows all of them, and plays their effects.

runtime   the life of a value and the life of a command cross here
player    plays the engine's effects: storage, sources, sockets, timers
serving   one process: assembled, listening, stopped gracefully
"""
