"""Limits: the token bucket, the quota, turns, and the limits of accounts."""

from setpoint.core.limits.accounts import (
    BATCH_COSTS,
    DEFAULT_LIMITS,
    EVERYBODY,
    FREE_BYTES,
    SIGN_INS,
    Allowance,
    PersonLimits,
    batch_cost,
)
from setpoint.core.limits.addresses import counted_as
from setpoint.core.limits.quota import Quota
from setpoint.core.limits.token_bucket import Rate, TokenBucket, TokenBuckets
from setpoint.core.limits.turns import Turns

__all__ = [
    "BATCH_COSTS",
    "DEFAULT_LIMITS",
    "EVERYBODY",
    "FREE_BYTES",
    "SIGN_INS",
    "Allowance",
    "PersonLimits",
    "Quota",
    "Rate",
    "TokenBucket",
    "TokenBuckets",
    "Turns",
    "batch_cost",
    "counted_as",
]
