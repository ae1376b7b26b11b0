"""Events -> what a run did beyond judging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from skafu.model.deployment import DeployedStack, Deployment, LockEvent, NotDeclared
from skafu.model.estate import StackId
from skafu.model.finding_json import stack_id
from skafu.record.stack_steps import STEPS


def deployment_of(events: Iterable[dict[str, Any]]) -> Deployment | None:
    """What a run did beyond judging, as far as its record goes; None where it only judged.

    Events that this version does not know are passed over.

    Raises:
        KeyError, TypeError, ValueError: an event lacks what its kind carries.
    """
    whole = list(events)
    begun = [event for event in whole if event["event"] == "deploy-started"]
    if not begun:
        return None
    first = begun[0]
    started = next((event for event in whole if event["event"] == "run-started"), {})
    end = _end(whole)
    needs = {
        stack_id(stack): tuple(sorted(stack_id(one) for one in needed))
        for stack, needed in first.get("needs", {}).items()
    }
    return Deployment(
        run=started.get("run", ""),
        command=first["command"],
        line=started.get("command", ""),
        options=first.get("options", {}),
        endpoint=first["endpoint"],
        who=first["who"],
        started=first["at"],
        ended=end.get("at", ""),
        result=end.get("result", ""),
        needs=needs,
        stacks=_stacks(whole, needs),
        resumed=tuple(
            (event["at"], event.get("who", "")) for event in whole if event["event"] == "deploy-resumed"
        ),
        locks=tuple(_lock(event) for event in whole if event["event"] in _LOCKS),
        not_declared=tuple(
            NotDeclared(event["name"], event["id"], event["status"])
            for event in whole
            if event["event"] == "not-declared"
        ),
        counts=end.get("counts", {}),
    )


def _end(events: list[dict[str, Any]]) -> Mapping[str, Any]:
    """The event that finished it, unless it was resumed after that."""
    end: Mapping[str, Any] = {}
    for event in events:
        if event["event"] == "deploy-finished":
            end = event
        elif event["event"] == "deploy-resumed":
            end = {}
    return end


_LOCKS = {"lock-taken": "taken", "lock-lost": "lost", "lock-released": "released"}


def _lock(event: Mapping[str, Any]) -> LockEvent:
    note = event.get("from", "") or event.get("reason", "")
    where = (event["account"], event["region"], event["environment"])
    return LockEvent(_LOCKS[event["event"]], event["at"], *where, note)


def _stacks(
    events: list[dict[str, Any]], needs: Mapping[StackId, tuple[StackId, ...]]
) -> tuple[DeployedStack, ...]:
    """The stacks that were asked for, or that anything happened to."""
    found = {id_: DeployedStack(id_) for id_ in needs}
    accounts: dict[StackId, str] = {}
    decided: dict[StackId, tuple[str, str]] = {}
    for event in events:
        kind = event["event"]
        if kind == "stack-resolved":
            accounts[stack_id(event["stack"])] = event["account"]
        elif kind == "stack-decided":
            decided[stack_id(event["stack"])] = (event["digest"], event["gate"])
        elif kind in STEPS:
            id_ = stack_id(event["stack"])
            found[id_] = STEPS[kind](found.get(id_, DeployedStack(id_)), event)
    for id_, stack in found.items():
        digest, gate = decided.get(id_, ("", ""))
        found[id_] = replace(stack, account=accounts.get(id_, ""), digest=digest, gate=gate)
    return tuple(found[id_] for id_ in sorted(found))
