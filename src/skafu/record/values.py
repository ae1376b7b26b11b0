"""Findings as JSON and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from skafu.model.estate import StackId
from skafu.model.finding import Finding, NotEvaluated, Severity
from skafu.model.place import Location


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """Everything a finding states."""
    return {
        **asdict(finding),
        "severity": finding.severity.value,
        "stacks": [str(stack) for stack in finding.stacks],
    }


def finding_from_json(value: dict[str, Any]) -> Finding:
    """The finding that was recorded."""
    return Finding(
        **{
            **value,
            "severity": Severity(value["severity"]),
            "location": Location(**value["location"]),
            "stacks": tuple(stack_id(stack) for stack in value["stacks"]),
            "controls": tuple(value["controls"]),
        }
    )


def not_evaluated_to_json(one: NotEvaluated) -> dict[str, Any]:
    """Everything that is known of an unanswered rule."""
    return {**asdict(one), "stack": str(one.stack)}


def not_evaluated_from_json(value: dict[str, Any]) -> NotEvaluated:
    """The unanswered rule that was recorded."""
    return NotEvaluated(
        **{**value, "stack": stack_id(value["stack"]), "location": Location(**value["location"])}
    )


def stack_id(text: str) -> StackId:
    """`environment/region/name` as an id."""
    environment, region, name = text.split("/", 2)
    return StackId(environment, region, name)
