"""Carries messages between the servers of one plant. Messages may be lost, late, duplicated or out of order.

base     what every bus does
memory   within one process, for tests
nats     over NATS core
"""
