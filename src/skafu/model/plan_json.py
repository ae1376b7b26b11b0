"""Plans as JSON and back: what the log of a run keeps of them. The members are those of the values, in their order."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from skafu.model.change import Action, Change, Plan, PropertyChange, Replacement
from skafu.model.finding_json import stack_id
from skafu.model.place import Location


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Everything a plan states."""
    return {
        **_members(plan),
        "stack": str(plan.stack),
        "changes": [change_to_json(change) for change in plan.changes],
        "others": list(plan.others),
        "waiting": [str(stack) for stack in plan.waiting],
    }


def plan_from_json(value: dict[str, Any]) -> Plan:
    """The plan that was written; what is none raises whatever comes of it."""
    return Plan(
        **{
            **value,
            "stack": stack_id(value["stack"]),
            "changes": tuple(change_from_json(change) for change in value["changes"]),
            "others": tuple(value["others"]),
            "waiting": tuple(stack_id(stack) for stack in value["waiting"]),
        }
    )


def change_to_json(change: Change) -> dict[str, Any]:
    """Everything that is known of one resource's change."""
    return {
        **_members(change),
        "action": change.action.value,
        "location": _members(change.location),
        "replacement": change.replacement.value,
        "details": [_detail(detail) for detail in change.details],
    }


def change_from_json(value: dict[str, Any]) -> Change:
    """The change that was written; what is none raises whatever comes of it."""
    return Change(
        **{
            **value,
            "action": Action(value["action"]),
            "location": Location(**value["location"]),
            "replacement": Replacement(value["replacement"]),
            "details": tuple(
                PropertyChange(
                    **{
                        **detail,
                        "replacement": Replacement(detail["replacement"]),
                        "location": Location(**detail["location"]) if detail["location"] else None,
                    }
                )
                for detail in value["details"]
            ),
        }
    )


def _detail(detail: PropertyChange) -> dict[str, Any]:
    location = _members(detail.location) if detail.location else None
    return {**_members(detail), "replacement": detail.replacement.value, "location": location}


def _members(one: Plan | Change | PropertyChange | Location) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}
