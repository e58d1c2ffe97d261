"""Notifications to other systems and to people: which events they get, what a message says, when it is tried again.

A *channel* is a webhook, an e-mail or a chat. `setpoint.notify` sends what is decided here.
"""

from setpoint.core.notify.attempts import DELAYS_S, LONGEST_WAIT_S, MAX_RETRY_AFTER_S, next_attempt
from setpoint.core.notify.delivery import Delivered, Outgoing, Tried
from setpoint.core.notify.subscription import DEFAULT_KINDS, Subscription, message_of, type_of

__all__ = [
    "DEFAULT_KINDS",
    "DELAYS_S",
    "LONGEST_WAIT_S",
    "MAX_RETRY_AFTER_S",
    "Delivered",
    "Outgoing",
    "Subscription",
    "Tried",
    "message_of",
    "next_attempt",
    "type_of",
]
