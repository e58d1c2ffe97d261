"""The core decides and has no I/O: events and ``now_ms`` in, state and effects out."""
