"""The plant as engineers describe it: lines, machines, and the fields that every machine has.

`model` holds the description, `toml` reads it from the file that people write and explains every mistake,
`demo` makes the plant that is shown to newcomers, and `exchange` is what passes between Setpoint and machines.
"""

from setpoint.core.plant.demo import demo_plant
from setpoint.core.plant.exchange import Answer, Report, Write, WriteAnswer
from setpoint.core.plant.model import (
    CRITICAL_STATUSES,
    STANDARD_FIELDS,
    SYSTEM_FIELDS,
    Field,
    FieldType,
    Line,
    Machine,
    Plant,
    Quality,
    SourceConfig,
    Value,
    is_critical,
)
from setpoint.core.plant.toml import parse_plant

__all__ = [
    "CRITICAL_STATUSES",
    "STANDARD_FIELDS",
    "SYSTEM_FIELDS",
    "Answer",
    "Field",
    "FieldType",
    "Line",
    "Machine",
    "Plant",
    "Quality",
    "Report",
    "SourceConfig",
    "Value",
    "Write",
    "WriteAnswer",
    "demo_plant",
    "is_critical",
    "parse_plant",
]
