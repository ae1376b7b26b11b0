"""The way of one stack out: look, ask CloudFormation to delete it, wait, tell why not."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skafu.deploy.causes import root_cause
from skafu.model.cloud import Cloud, CloudError, ResourceEvent, Standing
from skafu.model.estate import Stack, StackId
from skafu.model.event import Event, Tell

PROTECTED = "termination protection is on"
UNPROTECT = "Declare `termination_protection: false`, deploy that, then destroy it."


@dataclass(frozen=True, slots=True)
class Removing:
    """All that is needed beside the stack.

    Attributes:
        run: id of the run; part of every token.
        cloud: the CloudFormation of a stack's account and region.
        role: ARN of the role that CloudFormation uses for the resources of a stack; empty for the caller's rights.
        kept: what the deletion policies of a stack keep, as it was listed before.
        tell: records an event and shows it.
    """

    run: str
    cloud: Callable[[Stack], Cloud]
    role: Callable[[Stack], str]
    kept: Mapping[StackId, Sequence[str]]
    tell: Tell


def on_ground(
    needs: Mapping[StackId, Collection[StackId]], ground: Collection[StackId]
) -> dict[StackId, list[StackId]]:
    """The needs, and those that nobody writes: for the stacks of an environment's ground.

    CloudFormation deletes a stack in the name of the role that it was last given, so the stack that makes that role
    goes after all that were deployed by it. What the ground itself needs does not wait for it.

    Args:
        needs: stack -> what it needs.
        ground: the stacks that only an administrator deploys.
    """
    under: set[StackId] = set(ground)
    pending = list(ground)
    while pending:
        reached = set(needs.get(pending.pop(), ())) - under
        under |= reached
        pending += reached
    return {
        id_: sorted(
            {*needed, *(one for one in ground if one.environment == id_.environment and id_ not in under)}
        )
        for id_, needed in sorted(needs.items())
    }


def reversed_needs(needs: Mapping[StackId, Collection[StackId]]) -> dict[StackId, list[StackId]]:
    """Stack -> the stacks that need it, and so are deleted before it."""
    found: dict[StackId, list[StackId]] = {id_: [] for id_ in sorted(needs)}
    for id_, needed in sorted(needs.items()):
        for one in needed:
            if one in found:
                found[one].append(id_)
    return found


def destroy_stack(stack: Stack, removing: Removing) -> bool:
    """Delete one stack; whether it is gone. One that does not stand is.

    Raises:
        SkafuError: it cannot be recorded; then nothing further is done.
    """
    try:
        return _destroyed(stack, removing, time.monotonic())
    except CloudError as error:
        values = {"reason": error.message, "status": "", "hint": error.hint}
        removing.tell(Event("stack-failed", stack.id, values))
        return False


def _destroyed(stack: Stack, removing: Removing, begun: float) -> bool:
    def tell(kind: str, /, **values: Any) -> None:
        removing.tell(Event(kind, stack.id, values))

    def resource(event: ResourceEvent) -> None:
        told = {"logical_id": event.logical_id, "type": event.type, "status": event.status}
        tell("resource", time=event.time, reason=event.reason, **told, **{"in": event.stack})

    cloud = removing.cloud(stack)
    standing = cloud.describe(stack.stack_name)
    tell("stack-started", status=standing.status if standing else "")
    if standing is not None and standing.busy:
        tell("stack-waiting", reason=f"CloudFormation is at work on it already: {standing.status}")
        ended = cloud.settle(standing.id, "", lambda _: None)
        if _gone(ended):
            return _done(stack, removing, standing, begun)
        standing = ended
    if standing is None:
        tell("stack-done", result="absent", status="", seconds=0.0)
        return True
    if standing.termination_protection:
        raise CloudError(PROTECTED, hint=UNPROTECT)
    token = _token(stack, removing.run, standing)
    tell("execution-requested", id="", token=token)
    cloud.delete(standing.id, token, removing.role(stack))
    ended = cloud.settle(standing.id, token, resource)
    if ended is None or _gone(ended):
        return _done(stack, removing, standing, begun)
    cause = root_cause(cloud.events(standing.id, token))
    reason = cause or ended.reason or f"it ended as {ended.status}"
    hint = "Mend the cause, then destroy it again; what is gone already stays gone."
    tell("stack-failed", reason=reason, status=ended.status, hint=hint)
    return False


def _gone(found: Standing | None) -> bool:
    return found is None or found.status == "DELETE_COMPLETE"


def _done(stack: Stack, removing: Removing, was: Standing, begun: float) -> bool:
    values = {
        "result": "deleted",
        "status": "DELETE_COMPLETE",
        "stack_id": was.id,
        "seconds": round(time.monotonic() - begun, 3),
        "kept": list(removing.kept.get(stack.id, ())),
    }
    removing.tell(Event("stack-done", stack.id, values))
    return True


def _token(stack: Stack, run: str, standing: Standing) -> str:
    """A deletion that failed is asked for anew under another token: its status is part of it."""
    told = f"destroy {stack.id} {standing.id} {standing.status}"
    return f"skafu-{run}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
