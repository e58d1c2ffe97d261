"""A gateway's copy of the hub's feeds, without I/O. It decides nothing about the plant; it repeats the owner's frames.

state        what is known of one feed: a snapshot, and the deltas merged into it
feed         the order of the deltas, gaps, and whether the head is proven
feeds        all of them, and who may see which
mirror       the interface: sessions on one side, the messages of the bus on the other
owner_time   the plant server's clocks
"""

from setpoint.core.hub.mirror.mirror import Mirror

__all__ = ["Mirror"]
