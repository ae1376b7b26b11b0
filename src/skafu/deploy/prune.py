"""The way out of a stack that nothing declares any more. Every step is told before the next."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from skafu.deploy.causes import root_cause
from skafu.model.change import Plan
from skafu.model.cloud import Cloud, CloudError, ResourceEvent, Standing
from skafu.model.estate import Stack, StackId
from skafu.model.event import Event, Tell
from skafu.model.plan_json import plan_to_json
from skafu.model.verdict import Approved, Blocked

AGAIN = "Mend the cause, then deploy with --prune again; what is gone already stays gone."
PROTECTED = "termination protection is on"
UNPROTECT = "Switch it off in CloudFormation, or declare the stack again."


@dataclass(frozen=True, slots=True)
class Pruning:
    """All that is needed beside the stack.

    Attributes:
        run: id of the run; part of every token.
        plan: what deleting a stack would do.
        judge: the gate over a plan.
        refused: why the stack may not be deleted at this moment, whatever was approved; empty if it may.
        tell: records an event and shows it.
    """

    run: str
    plan: Callable[[Stack, Cloud, Standing], Plan]
    judge: Callable[[Stack, Plan], Approved | Blocked]
    refused: Callable[[Stack, Approved], str]
    tell: Tell


def prune_stack(
    stack: Stack, cloud: Cloud, standing: Standing, role: str, turn: int, pruning: Pruning
) -> None:
    """Delete one stack if the gate approves of that; how it ended is told.

    Args:
        stack: what stands for it: nothing declares it.
        cloud: CloudFormation where it stands.
        standing: as it was described last.
        role: ARN of the role that CloudFormation uses for the resources; empty for the caller's rights.
        turn: how often all stacks were gone through before; part of the token.
        pruning: everything else.

    Raises:
        SkafuError: it cannot be recorded; then nothing further is done.
    """
    pruning.tell(Event("stack-started", stack.id, {"status": standing.status}))
    try:
        _prune(stack, cloud, standing, role, turn, pruning)
    except CloudError as error:
        failed(stack, error.message, pruning.tell, hint=error.hint)


def failed(stack: Stack, reason: str, tell: Tell, *, status: str = "", hint: str = "") -> None:
    """Tell why a stack is not deleted."""
    tell(Event("stack-failed", stack.id, {"reason": reason, "status": status, "hint": hint}))


def _prune(stack: Stack, cloud: Cloud, standing: Standing, role: str, turn: int, pruning: Pruning) -> None:
    begun = time.monotonic()

    def resource(event: ResourceEvent) -> None:
        told = {"logical_id": event.logical_id, "type": event.type, "status": event.status}
        more = {"time": event.time, "reason": event.reason, "in": event.stack}
        pruning.tell(Event("resource", stack.id, {**told, **more}))

    now: Standing | None = standing
    if standing.busy:
        reason = f"CloudFormation is at work on it already: {standing.status}"
        pruning.tell(Event("stack-waiting", stack.id, {"reason": reason}))
        now = cloud.settle(standing.id, "", lambda _: None)
    if now is None or now.status == "DELETE_COMPLETE":
        done(stack.id, standing.id, pruning.tell, time.monotonic() - begun)
        return
    if now.termination_protection:
        raise CloudError(PROTECTED, hint=UNPROTECT)
    plan = pruning.plan(stack, cloud, now)
    pruning.tell(Event("planned", stack.id, {"plan": plan_to_json(plan)}))
    approved = pruning.judge(stack, plan)
    if isinstance(approved, Blocked):
        return
    refused = pruning.refused(stack, approved)
    if refused:
        raise CloudError(refused, hint="Nothing was asked of CloudFormation.")
    token = _token(stack, now, turn, pruning.run)
    values: dict[str, Any] = {"name": now.name, "id": now.id, "token": token}
    pruning.tell(Event("prune-requested", stack.id, values))
    cloud.delete(now.id, token, role)
    ended = cloud.settle(now.id, token, resource)
    if ended is None or ended.status == "DELETE_COMPLETE":
        done(stack.id, now.id, pruning.tell, time.monotonic() - begun)
        return
    reason = root_cause(cloud.events(now.id, token)) or ended.reason or f"it ended as {ended.status}"
    failed(stack, reason, pruning.tell, status=ended.status, hint=AGAIN)


def done(id_: StackId, arn: str, tell: Tell, seconds: float) -> None:
    """Tell that a stack is gone."""
    values = {"result": "pruned", "status": "DELETE_COMPLETE", "stack_id": arn}
    tell(Event("stack-done", id_, {**values, "seconds": round(seconds, 3)}))


def _token(stack: Stack, standing: Standing, turn: int, run: str) -> str:
    """A deletion that failed is asked for anew under another token: its status is part of it."""
    told = f"prune {stack.id} {standing.id} {standing.status}"
    return f"skafu-{run}-{hashlib.sha256(told.encode()).hexdigest()[:16]}-{turn}"
