"""Gives each file whose tests need PostgreSQL a server of its own."""

from tests.contract.postgres import own_cluster

__all__ = ["own_cluster"]
