"""A PostgreSQL server of its own for each file whose tests ask for one."""

from tests.contract.postgres import own_cluster

__all__ = ["own_cluster"]
