"""Gives the fields and parameters of a generated document their meanings, where their types have none."""

from __future__ import annotations

from typing import Any

from setpoint.contract.meanings import meaning, meaning_of_parameter


def describe_schemas(schemas: dict[str, Any]) -> None:
    """By the name of a type, without its module and the types that it is made of."""
    for kind, schema in schemas.items():
        for name, field in schema.get("properties", {}).items():
            if isinstance(field, dict) and not field.get("description"):
                _describe(field, meaning(short_name(kind), name))


def describe_parameters(paths: dict[str, Any]) -> None:
    for path, operations in paths.items():
        for operation in operations.values():
            for each in operation.get("parameters", ()):
                if not each.get("description"):
                    _describe(each, meaning_of_parameter(path, each["name"]))


def short_name(kind: str) -> str:
    """``BatchSummary`` of ``setpoint.contract.http.batches.BatchSummary``, ``Event`` of ``….Event_``."""
    return kind.rpartition(".")[2].strip("_")


def _describe(part: dict[str, Any], words: str) -> None:
    if words:
        part["description"] = words
