"""What each event about a stack adds to what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from skafu.model.cloud import ResourceEvent
from skafu.model.deployment import DONE, DeployedStack, Phase, ReadBack, StoodIn

Step: TypeAlias = Callable[[DeployedStack, Mapping[str, Any]], DeployedStack]
"""What is known of a stack, and one more event about it -> what is known then."""

_AGAIN = frozenset({"failed", "blocked", "skipped", "left"})
"""Results that a resumed run does not leave at that."""


def _started(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    # What had such a result is begun anew, and so is what was done and does not stand any more; what was in flight
    # is picked up, with its token.
    over = stack.result in _AGAIN or (stack.result in DONE and stack.read_back is not None)
    known = DeployedStack(stack.id) if over else stack
    phase = Phase.STARTED if known.phase is Phase.NOT_BEGUN else known.phase
    return replace(known, phase=phase, status=event.get("status", ""), started=stack.started or event["at"])


def _recovered(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    step = (event["action"], event["status"])
    return replace(stack, recovered=(*stack.recovered, step), status=event["status"])


def _stored(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    return replace(stack, artifacts=(*stack.artifacts, _values(event)))


def _stood_in(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    told = event["resources"]
    resources = tuple(StoodIn(one["logical_id"], one["type"], one["reason"]) for one in told)
    return replace(stack, stood_in=resources)


def _sealed(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    return replace(stack, sealed=event["digest"], parts=event["parts"], judges=event.get("judges"))


def _requested(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    return replace(
        stack,
        phase=Phase.CHANGE_SET_REQUESTED,
        kind=event["kind"],
        token=event["token"],
        submitted=event["submitted"],
        file=event["file"],
        change_set="",
        execution_token="",
    )


def _made(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    return replace(stack, phase=Phase.CHANGE_SET_MADE, change_set=event["id"])


def _planned(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    return replace(stack, plan=event["plan"])


def _decided(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    reasons = tuple(event["reasons"])
    known = replace(
        stack, plan_gate=event["gate"], plan_reasons=reasons, plan_findings=tuple(event["findings"])
    )
    if event["gate"] == "approved":
        return known
    return replace(known, phase=Phase.ENDED, result="blocked", reason="; ".join(reasons), ended=event["at"])


def _executing(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    change_set = event.get("id", "") or stack.change_set
    token = event["token"]
    return replace(stack, phase=Phase.EXECUTION_REQUESTED, change_set=change_set, execution_token=token)


def _pruning(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    asked = replace(stack, phase=Phase.EXECUTION_REQUESTED, stack_id=event["id"])
    return replace(asked, execution_token=event["token"])


def _resource(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    told = ResourceEvent(
        id=event.get("id", ""),
        time=event["time"],
        stack=event.get("in", ""),
        logical_id=event["logical_id"],
        type=event["type"],
        status=event["status"],
        reason=event.get("reason", ""),
    )
    # A run that picks a stack up is told again what CloudFormation had told the one before it.
    return stack if told in stack.resources else replace(stack, resources=(*stack.resources, told))


def _done(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    return replace(
        stack,
        phase=Phase.ENDED,
        result=event["result"],
        status=event["status"],
        stack_id=event.get("stack_id", ""),
        outputs=event.get("outputs", {}),
        seconds=float(event.get("seconds", 0)),
        ended=event["at"],
        reason="",
        hint="",
    )


def _read_back(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    differences = tuple(str(one) for one in event.get("differences", ()))
    seen = ReadBack(event["template"], event["parameters"], event["tags"], differences)
    return replace(stack, read_back=seen)


def _failed(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    return replace(
        stack,
        phase=Phase.ENDED,
        result="blocked" if stack.plan_gate == "blocked" else "failed",
        status=event.get("status", ""),
        reason=event["reason"],
        hint=event.get("hint", ""),
        ended=event["at"],
    )


def _skipped(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    because = str(event.get("because") or "")
    return replace(_over(stack, "skipped", event), because=because, reason=event.get("reason", ""))


def _left(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    return replace(_over(stack, "left", event), reason=event["reason"])


def _drift(stack: DeployedStack, event: Mapping[str, Any]) -> DeployedStack:
    return replace(stack, drift=_values(event))


def _over(stack: DeployedStack, result: str, event: Mapping[str, Any]) -> DeployedStack:
    return replace(stack, phase=Phase.ENDED, result=result, ended=event["at"])


def _values(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in {"event", "stack", "at"}}


STEPS: Mapping[str, Step] = {
    "stack-started": _started,
    "stack-recovered": _recovered,
    "artifact-stored": _stored,
    "stood-in": _stood_in,
    "sealed": _sealed,
    "change-set-requested": _requested,
    "change-set-made": _made,
    "planned": _planned,
    "plan-decided": _decided,
    "execution-requested": _executing,
    "prune-requested": _pruning,
    "resource": _resource,
    "stack-done": _done,
    "read-back": _read_back,
    "stack-failed": _failed,
    "stack-skipped": _skipped,
    "stack-left": _left,
    "drift": _drift,
}
"""Kind of event -> what it adds. A kind that is not here adds nothing to what is known of its stack."""
