"""Sends what happened to other systems and to people: webhooks, e-mail, chat.

settings    the file notify.toml: channels, which events they get, where they lead to, and their secrets
notifier    events → messages → attempts → results; one task for each channel
webhook     Standard Webhooks: a signed POST, to an address that may be reached (`addresses`)
email · chat  for people; they need the extras ``email`` and ``chat``
"""
