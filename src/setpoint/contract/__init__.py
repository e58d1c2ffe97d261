"""The contract of SPEC.md as types: what passes between server and clients, described once.

    values   what a field holds, and the words that every part knows: quality, critical statuses
    topics   names of topics, machines and entities
    live     the frames of ``/live``, up and down, and their codec

Everything else imports from here; nothing here imports from the core.
"""
