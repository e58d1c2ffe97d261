"""People, and what each may see and change.

Rights are granted for the whole plant or for lines; the grant for a line adds to that for the plant. A person who may
not see a line cannot find out that it exists: its topics, machines and batches are unknown to them, not forbidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

WHOLE_PLANT = "*"
"""In place of a line's id: every line, whatever lines there are."""


class Role(IntEnum):
    """The rights of a person; each role includes the ones before it."""

    VIEWER = 1
    OPERATOR = 2
    ENGINEER = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        """``operator``: the role on the wire and on screen."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Person:
    """``grants`` maps a line's id, or ``"*"`` for the whole plant, to a role.

    ``via`` names the session or token with which they signed in, so that their sockets can be ended with it. It is not
    a secret, and it is empty if there is none (the demo).
    """

    name: str
    grants: Mapping[str, Role]
    via: str = ""

    @property
    def role(self) -> Role:
        """The highest role that the person has anywhere."""
        return max(self.grants.values(), default=Role.VIEWER)

    def role_on(self, line: str) -> Role | None:
        """The role for a line; None if the person may not see it."""
        found = [self.grants[key] for key in (line, WHOLE_PLANT) if key in self.grants]
        return max(found, default=None)

    def may_see(self, line: str) -> bool:
        """Whether the line's machines exist for the person."""
        return self.role_on(line) is not None

    def may_change(self, line: str) -> bool:
        """Whether the person may give targets to the line's machines: from operator on."""
        return (self.role_on(line) or Role.VIEWER) >= Role.OPERATOR

    @property
    def sees_whole_plant(self) -> bool:
        """Whether a role is granted for the whole plant."""
        return WHOLE_PLANT in self.grants
