"""Findings, and rules that nobody could answer, as JSON and back: what the log of a run and the cache keep of them.

The members are those of `Finding` and `NotEvaluated`, in their order.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from skafu.model.estate import StackId
from skafu.model.finding import Finding, NotEvaluated, Severity
from skafu.model.place import Location

FINDING = tuple(field.name for field in fields(Finding))
NOT_EVALUATED = tuple(field.name for field in fields(NotEvaluated))

_SEVERITIES = {severity.value: severity for severity in Severity}


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """Everything a finding states."""
    return {
        **{name: getattr(finding, name) for name in FINDING},
        "severity": finding.severity.value,
        "location": _location(finding.location),
        "stacks": [str(stack) for stack in finding.stacks],
        "controls": list(finding.controls),
    }


def finding_from_json(value: dict[str, Any]) -> Finding:
    """The finding that was written; what is no finding raises whatever comes of it."""
    return Finding(
        **{
            **value,
            "severity": _SEVERITIES[value["severity"]],
            "location": Location(**value["location"]),
            "stacks": tuple(stack_id(stack) for stack in value["stacks"]),
            "controls": tuple(value["controls"]),
        }
    )


def not_evaluated_to_json(one: NotEvaluated) -> dict[str, Any]:
    """Everything that is known of an unanswered rule."""
    return {
        **{name: getattr(one, name) for name in NOT_EVALUATED},
        "stack": str(one.stack),
        "location": _location(one.location),
    }


def not_evaluated_from_json(value: dict[str, Any]) -> NotEvaluated:
    """The unanswered rule that was written; what is none raises whatever comes of it."""
    return NotEvaluated(
        **{**value, "stack": stack_id(value["stack"]), "location": Location(**value["location"])}
    )


def stack_id(text: str) -> StackId:
    """`environment/region/name` as an id."""
    environment, region, name = text.split("/", 2)
    return StackId(environment, region, name)


def _location(location: Location) -> dict[str, Any]:
    return {"file": location.file, "line": location.line, "column": location.column}
