"""Accounts, sessions, tokens and invites that outlive a restart.

`AccountStore` (in `setpoint.core.accounts`) is what both keep: `memory` for tests and short lives, `sql` for the
database that the batches are in. One suite holds both: ``tests/contract/test_accounts.py``.
"""

from setpoint.persistence.accounts.memory import MemoryAccounts
from setpoint.persistence.accounts.sql import SqlAccounts

__all__ = ["MemoryAccounts", "SqlAccounts"]
