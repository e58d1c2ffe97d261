"""The plant as engineers describe it: lines, machines, and the fields that every machine has.

`model` has the description, `change` compares two of them, `toml` reads it from the plant file and explains every
mistake, `demo` makes the plant of the demo, `exchange` has what passes between Setpoint and machines, `intake` removes
unusable values from reports, and `people` says who may see and change what.
"""

from setpoint.core.plant.change import PlantChange, plant_change
from setpoint.core.plant.demo import demo_plant
from setpoint.core.plant.exchange import Answer, Report, Write, WriteAnswer
from setpoint.core.plant.history import FieldHistory
from setpoint.core.plant.intake import joined, usable_answers, usable_reports, usable_text, usable_words
from setpoint.core.plant.kpis import line_kpis
from setpoint.core.plant.model import (
    STANDARD_FIELDS,
    Alarm,
    Field,
    FieldType,
    Kpi,
    Line,
    Machine,
    Of,
    Plant,
    Priority,
    SourceConfig,
)
from setpoint.core.plant.people import WHOLE_PLANT, Person, Role
from setpoint.core.plant.same import is_same
from setpoint.core.plant.toml import parse_plant

__all__ = [
    "STANDARD_FIELDS",
    "WHOLE_PLANT",
    "Alarm",
    "Answer",
    "Field",
    "FieldHistory",
    "FieldType",
    "Kpi",
    "Line",
    "Machine",
    "Of",
    "Person",
    "Plant",
    "PlantChange",
    "Priority",
    "Report",
    "Role",
    "SourceConfig",
    "Write",
    "WriteAnswer",
    "demo_plant",
    "is_same",
    "joined",
    "line_kpis",
    "parse_plant",
    "plant_change",
    "usable_answers",
    "usable_reports",
    "usable_text",
    "usable_words",
]
