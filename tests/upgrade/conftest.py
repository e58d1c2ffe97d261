"""A PostgreSQL server where a test asks for one."""

from tests.contract.conftest import postgres_url

__all__ = ["postgres_url"]
