"""The rooms joined: the one place that knows all of them, and plays their effects.

runtime   the life of a value and the life of a command cross here
journal   what is stored before it is acted upon (CMD-1)
serving   one process: assembled, listening, stopped gracefully
"""
