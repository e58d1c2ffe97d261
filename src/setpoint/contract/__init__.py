"""The contract of SPEC.md as types: what passes between server and clients, described once.

    values   values of fields, quality, critical statuses
    topics   names of topics, machines and entities
    live     the frames of ``/live``, up and down, and their codec

Everything else imports from here; nothing here imports from the core.
"""
