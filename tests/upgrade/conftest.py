"""Gives tests that need PostgreSQL a server."""

from tests.contract.conftest import postgres_url

__all__ = ["postgres_url"]
