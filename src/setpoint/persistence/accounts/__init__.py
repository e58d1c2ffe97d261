"""Stores accounts, sessions, tokens and invites.

Both versions implement `AccountStore` (in `setpoint.core.accounts`): `memory` for tests, `sql` for the database of the
batches. One suite tests both: ``tests/contract/test_accounts.py``.
"""

from setpoint.persistence.accounts.memory import MemoryAccounts
from setpoint.persistence.accounts.sql import SqlAccounts

__all__ = ["MemoryAccounts", "SqlAccounts"]
