"""From whatever state a stack is met in to one that allows a change set, or to the reason why none is allowed."""

from __future__ import annotations

from skafu.deploy.means import Went
from skafu.deploy.states import Stuck, state
from skafu.deploy.step import Step, StopError
from skafu.model.cloud import Standing
from skafu.model.plan_json import plan_to_json
from skafu.model.verdict import Blocked

EMPTIED = "ROLLBACK_COMPLETE"
"""Of a stack in this state nothing stands but what its deletion policies keep."""


def ready(step: Step, standing: Standing | None) -> tuple[str, Standing | None]:
    """The kind of change set to make and what stands, once the stack is in a state that allows one.

    Raises:
        StopError: it is stuck, and cannot or may not be recovered.
    """
    standing = settled(step, standing)
    found = state(standing.status if standing else "")
    if isinstance(found, Stuck):
        _recover(step, found, standing)
        standing = settled(step, step.cloud.describe(step.stack.stack_name))
        found = state(standing.status if standing else "")
    if isinstance(found, Stuck):
        raise _stuck(step, found, standing.status if standing else "")
    return "IMPORT" if step.means.imports else found.kind, standing


def settled(step: Step, standing: Standing | None) -> Standing | None:
    """The stack at rest: what somebody else has begun with it comes to its end first."""
    if standing is None or not standing.busy:
        return standing
    step.tell("stack-waiting", reason=f"CloudFormation is at work on it already: {standing.status}")
    return step.cloud.settle(step.stack.stack_name, "", lambda _: None)


def _stuck(step: Step, found: Stuck, status: str) -> StopError:
    return step.failed(f"{status}: {found.why}", status, found.hint)


def _recover(step: Step, found: Stuck, standing: Standing | None) -> None:
    status = standing.status if standing else ""
    if standing is None or not step.means.recover or not found.action:
        raise _stuck(step, found, status)
    step.sealed()
    if found.action == "delete" and status != EMPTIED:
        _judge_removal(step, standing)
    # By its ARN, because the name of a stack means nothing any more once that is gone.
    name, token, role = standing.id, step.token(f"recover {status}"), step.means.role(step.stack)
    step.tell("recovery-requested", action=found.action, status=status, token=token)
    match found.action:
        case "delete":
            step.cloud.delete(name, token, role)
        case "rollback":
            step.cloud.rollback(name, token, role)
        case _:
            step.cloud.continue_rollback(name, token, role)
    ended = step.cloud.settle(name, token, step.resource)
    step.tell("stack-recovered", action=found.action, status=ended.status if ended else "")


def _judge_removal(step: Step, standing: Standing) -> None:
    """Ask the gate whether what is left of the stack may be deleted."""
    plan = step.means.removal(step.stack, step.cloud, standing)
    step.tell("planned", plan=plan_to_json(plan))
    if isinstance(step.means.judge(step.stack, plan), Blocked):
        raise StopError(Went.BLOCKED)
