"""What an event must carry before a run goes on by it: a record that somebody has edited is refused, with its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from skafu.model.errors import InputError
from skafu.model.finding_json import stack_id
from skafu.model.place import Location
from skafu.record.log import FILE, read_run

Shape: TypeAlias = Mapping[str, type | tuple[type, ...]]

_LOCK: Shape = {"at": str, "account": str, "region": str, "environment": str}

CARRIED: Mapping[str, Shape] = {
    "run-started": {"run": str, "time": str, "command": str},
    "stack-resolved": {"stack": str, "account": str, "digest": str},
    "stack-decided": {"stack": str, "digest": str, "gate": str},
    "deploy-started": {
        "at": str,
        "command": str,
        "endpoint": str,
        "who": str,
        "options": dict,
        "needs": dict,
    },
    "deploy-resumed": {"at": str, "who": str},
    "lock-taken": _LOCK,
    "lock-lost": _LOCK,
    "lock-released": _LOCK,
    "stack-started": {"at": str, "stack": str, "status": str},
    "stack-recovered": {"at": str, "stack": str, "action": str, "status": str},
    "artifact-stored": {"at": str, "stack": str, "key": str, "sha256": str},
    "stood-in": {"at": str, "stack": str, "resources": list},
    "sealed": {"at": str, "stack": str, "digest": str, "parts": dict},
    "change-set-requested": {
        "at": str,
        "stack": str,
        "token": str,
        "kind": str,
        "submitted": str,
        "file": str,
    },
    "change-set-made": {"at": str, "stack": str, "id": str},
    "planned": {"at": str, "stack": str, "plan": dict},
    "plan-decided": {"at": str, "stack": str, "gate": str, "reasons": list, "findings": list},
    "execution-requested": {"at": str, "stack": str, "id": str, "token": str},
    "resource": {"at": str, "stack": str, "time": str, "logical_id": str, "type": str, "status": str},
    "stack-done": {"at": str, "stack": str, "result": str, "status": str},
    "read-back": {"at": str, "stack": str, "template": str, "parameters": str, "tags": str},
    "stack-failed": {"at": str, "stack": str, "reason": str},
    "stack-skipped": {"at": str, "stack": str},
    "stack-left": {"at": str, "stack": str, "reason": str},
    "prune-requested": {"at": str, "stack": str, "name": str, "id": str, "token": str},
    "not-declared": {"name": str, "id": str, "status": str},
    "deploy-finished": {"at": str, "result": str, "counts": dict},
}
"""Kind -> the values that every event of it has carried from the first version on."""

SOMETIMES: Shape = {"outputs": dict, "seconds": (int, float), "stack_id": str, "differences": list}
"""Values that not every event has."""


def read_checked(
    folder: Path, more: Mapping[str, Callable[[Mapping[str, Any]], object]]
) -> list[dict[str, Any]]:
    """The events of the run that is recorded in `folder`.

    Args:
        folder: of the run.
        more: kind -> what else is asked of its events; it raises `InputError`, without a place.

    Raises:
        InputError: there is no such record, or an event of it does not carry what its kind carries.
    """
    events = read_run(folder)
    for line, event in enumerate(events, start=1):
        try:
            _check(event)
            if event["event"] in more:
                more[event["event"]](event)
        except InputError as error:
            hint = "Somebody has edited the record. Start a new run: what stands already is left as it is."
            raise InputError(error.message, at=Location(str(folder / FILE), line), hint=hint) from None
    return events


def _check(event: Mapping[str, Any]) -> None:
    kind = event["event"]
    shape = CARRIED.get(kind, {})
    for name, wanted in [*shape.items(), *((one, SOMETIMES[one]) for one in SOMETIMES if one in event)]:
        if name not in event:
            raise InputError(f"this event {kind} has no {name}")
        if not isinstance(event[name], wanted):
            raise InputError(f"{name} of this event {kind} is not what it should be")
    if "stack" in shape:
        _stack(kind, event["stack"])
    if kind == "deploy-started":
        for id_, needed in event["needs"].items():
            _stacks(kind, [id_, *needed] if isinstance(needed, list) else [None])


def _stacks(kind: str, told: Sequence[Any]) -> None:
    for one in told:
        _stack(kind, one)


def _stack(kind: str, told: Any) -> None:
    try:
        stack_id(told)
    except (AttributeError, TypeError, ValueError):
        raise InputError(f"this event {kind} names {told!r}, which is no stack") from None
