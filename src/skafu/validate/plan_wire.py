"""A plan on its way to the child that runs the team's code: the stack as it will stand, and the changes beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from skafu.model.change import KNOWN_AFTER_APPLY, Action, Change, Plan, Replacement
from skafu.model.change import PropertyChange as PlannedPropertyChange
from skafu.model.estate import Stack
from skafu.model.place import Path
from skafu.sdk import change as sdk
from skafu.sdk.case_values import kind_of
from skafu.sdk.subjects import Resource
from skafu.sdk.subjects import Stack as SeenStack
from skafu.sdk.unknown import Unknown
from skafu.validate.policy_wire import decode, encode

KINDS = ("create", "update", "import", "none")
"""What a plan may be."""

NOT_TOLD = "the plan does not say how it stands"


def encode_plan(stack: Stack, plan: Plan) -> dict[str, Any]:
    """The plan as JSON.

    Raises:
        ValueError: it is no plan for this stack, or one that nobody can judge; the message says why.
    """
    reason = _unreadable(stack, plan)
    if reason:
        raise ValueError(reason)
    return {
        "stack": encode(stack),
        "kind": plan.kind,
        "changes": [_encoded(change) for change in sorted(plan.changes, key=_order)],
    }


def decode_plan(message: dict[str, Any]) -> tuple[sdk.Change, ...]:
    """The changes as policies see them. Changes `message`, as `decode` does."""
    stack = decode(message["stack"])
    actions = {one["logical_id"]: Action(one["action"]) for one in message["changes"]}
    standing = {one["physical_id"]: one["logical_id"] for one in message["changes"] if one["physical_id"]}
    plan = sdk.Plan(message["kind"], stack, actions, standing)
    return tuple(_decoded(one, plan) for one in message["changes"])


def _unreadable(stack: Stack, plan: Plan) -> str:
    if (plan.stack, plan.digest) != (stack.id, stack.digest):
        return f"it is a plan for {plan.stack} with the digest {plan.digest or '(none)'}"
    if plan.kind not in KINDS:
        return f"{plan.kind!r} is no kind of a plan"
    if plan.kind == "none" and plan.changes:
        return f"it has {len(plan.changes)} changes and says that nothing would change"
    for change in plan.changes:
        if not change.logical_id or not change.type:
            return f"it changes {change.logical_id or 'a resource without a name'}, and does not say its type"
    twice = [key for key, count in Counter(map(_order, plan.changes)).items() if count > 1]
    return f"it changes {twice[0][0]} more than once" if twice else ""


def _order(change: Change) -> tuple[str, bool]:
    """A resource that gives its name to one of another type is removed first."""
    return change.logical_id, change.action is not Action.REMOVE


def _encoded(change: Change) -> dict[str, Any]:
    return {
        "logical_id": change.logical_id,
        "type": change.type,
        "action": change.action.value,
        "replacement": change.replacement.value,
        "physical_id": change.physical_id,
        "kept": change.kept,
        "before": change.before,
        "after": change.after,
        "details": [_detail(one) for one in change.details],
    }


def _detail(one: PlannedPropertyChange) -> dict[str, Any]:
    return {
        "path": one.path,
        "before": one.before,
        "after": one.after,
        "replacement": one.replacement.value,
        "cause": one.cause,
    }


def _decoded(told: Mapping[str, Any], plan: sdk.Plan) -> sdk.Change:
    action = Action(told["action"])
    return sdk.Change(
        logical_id=told["logical_id"],
        type=told["type"],
        action=action,
        plan=plan,
        replacement=Replacement(told["replacement"]),
        physical_id=told["physical_id"],
        details=tuple(_decoded_detail(one, told["logical_id"]) for one in told["details"]),
        kept=told["kept"],
        before=None if action is Action.ADD else _resource(told, "before", plan.stack),
        after=None if action is Action.REMOVE else _resource(told, "after", plan.stack),
    )


def _decoded_detail(told: Mapping[str, Any], logical_id: str) -> sdk.PropertyChange:
    path = ("Resources", logical_id, told["path"])
    return sdk.PropertyChange(
        told["path"],
        _late(_parsed(told["before"]), path, {}),
        _late(_parsed(told["after"]), path, {}),
        Replacement(told["replacement"]),
        told["cause"],
    )


def _parsed(text: str | None) -> Any:
    """A value that is given as JSON; CloudFormation gives plain text as it is."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _resource(told: Mapping[str, Any], side: str, stack: SeenStack) -> Resource:
    path: Path = ("Resources", told["logical_id"])
    body = told[side]
    if body is None:
        return Resource(told["logical_id"], told["type"], stack, _unknown(path, NOT_TOLD))
    types = {one.logical_id: one.type for one in stack.resources()}
    type_ = body.get("Type")
    return Resource(
        told["logical_id"], type_ if isinstance(type_, str) else told["type"], stack, _late(body, path, types)
    )


def _late(value: Any, path: Path, types: Mapping[str, str]) -> Any:
    """The value, with an `Unknown` wherever only deployment tells."""
    if isinstance(value, str):
        return _unknown(path, "only deployment will tell", value) if KNOWN_AFTER_APPLY in value else value
    if isinstance(value, list):
        return [_late(item, (*path, index), types) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    key = next(iter(value), "")
    if len(value) == 1 and (key.startswith("Fn::") or (key == "Ref" and isinstance(value[key], str))):
        return _unknown(path, "only deployment will tell", value, kind_of(value, types))
    return {name: _late(item, (*path, name), types) for name, item in value.items()}


def _unknown(path: Path, reason: str, expression: Any = None, kind: str = "") -> Any:
    return Unknown(reason, path=path, expression=expression, kind=kind)
