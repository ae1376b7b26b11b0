"""Change sets as plans, and the gate over plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from skafu.cli.estate import Rules
from skafu.gate import Case, decide
from skafu.model.change import Change, Plan, Replacement
from skafu.model.cloud import ChangeSet, Cloud, CloudError, Standing, Submission
from skafu.model.errors import SkafuError
from skafu.model.estate import Stack
from skafu.model.event import Event, Tell
from skafu.model.finding import Errored, Outcome, Ran
from skafu.model.finding_json import finding_to_json, not_evaluated_to_json
from skafu.model.nesting import STACK
from skafu.model.verdict import Approved, Blocked, Verdict
from skafu.plan import Schemas, changes, narrowed, others, predict, settings_changes
from skafu.validate import with_controls
from skafu.validate.plans import PlanJudge

PLANS = "policies"
"""Who judges plans: the seat of the policies."""


def emulated_plan_of(stack: Stack, cloud: Cloud, asked: Submission, made: ChangeSet, template: Any) -> Plan:
    """What executing a change set of the embedded endpoint would do: see `skafu.plan.narrowed`.

    Raises:
        CloudError: see `plan_of`.
    """
    plan = plan_of(stack, cloud, asked, made, template)
    if not any(one.replacement is Replacement.MAYBE for one in plan.changes):
        return plan
    try:
        predicted = predict(stack, cloud.template(asked.name), template, Schemas(stack.id.region))
    except SkafuError as error:
        raise CloudError(str(error)) from None
    return replace(plan, changes=narrowed(plan.changes, predicted))


def plan_of(stack: Stack, cloud: Cloud, asked: Submission, made: ChangeSet, template: Any) -> Plan:
    """What executing a change set would do.

    Raises:
        CloudError: it says something that skafu does not understand; then nobody can approve it.
    """
    standing = None if made.creates else cloud.describe(asked.name)
    fresh = standing is None or standing.status == "REVIEW_IN_PROGRESS"
    before = None if fresh else cloud.template(asked.name)
    try:
        found = changes(stack, made.changes, before, template)
    except SkafuError as error:
        raise CloudError(str(error)) from None
    if not fresh and standing is not None:
        policy = cloud.policy(asked.name) if stack.definition.stack_policy else ""
        found = (*found, *settings_changes(stack, standing, policy))
    empty = made.empty and not found
    kind = "none" if empty else "import" if asked.imports else "create" if fresh else "update"
    beside = () if fresh else others(before, template, standing, asked)
    return Plan(stack.id, stack.digest, kind, found, beside, change_set=made.id)


def _removal_alone(stack: Stack, cloud: Cloud, standing: Standing) -> Plan:
    """What deleting a stack would remove, without what is nested in it.

    Raises:
        CloudError: nobody can tell.
    """
    try:
        held = cloud.template(standing.id)
        found = predict(stack, held, {"Resources": {}}, Schemas(stack.id.region))
    except SkafuError as error:
        raise CloudError(str(error)) from None
    return Plan(stack.id, stack.digest, "update", found)


def removal(stack: Stack, cloud: Cloud, standing: Standing) -> Plan:
    """What deleting a stack would remove, in the stacks nested in it too.

    Raises:
        CloudError: nobody can tell.
    """
    plan = _removal_alone(stack, cloud, standing)
    if not plan.changes and cloud.resources(standing.id):
        raise CloudError("its template says nothing of what stands in it")
    return replace(plan, changes=(*plan.changes, *_inside(stack, cloud, standing, plan)))


def _inside(stack: Stack, cloud: Cloud, standing: Standing, plan: Plan) -> Iterator[Change]:
    going = {one.logical_id for one in plan.changes if one.type == STACK and not one.kept}
    for name, type_, physical_id in cloud.resources(standing.id) if going else ():
        if type_ != STACK or name not in going:
            continue
        inner = cloud.describe(physical_id)
        if inner is not None:
            for change in removal(stack, cloud, inner).changes:
                yield replace(change, logical_id=f"{name}.{change.logical_id}")


@dataclass(frozen=True, slots=True)
class PlanGate:
    """The gate, asked about one plan at a time.

    Attributes:
        judge: the policies about plans.
        rules: thresholds, waivers and controls.
        today: the day the waivers are held against.
        judges: what an approval is bound to beside the stack.
        tell: records what was decided.
    """

    judge: PlanJudge
    rules: Rules
    today: date
    judges: Callable[[], dict[str, str]]
    tell: Tell

    def __call__(self, stack: Stack, plan: Plan) -> Approved | Blocked:
        """`Approved` if this plan may be carried out, and every reason why not else."""
        outcome = self.judge.judge(stack, plan)
        verdict = self.decide(stack, outcome)
        answer = verdict.stacks[0]
        values = {
            "gate": "approved" if isinstance(answer, Approved) else "blocked",
            "reasons": list(answer.reasons) if isinstance(answer, Blocked) else [],
            "errored": outcome.reason if isinstance(outcome, Errored) else "",
            "findings": [
                {
                    "finding": finding_to_json(one.finding),
                    "decision": one.decision.value,
                    "waiver": one.waiver,
                }
                for one in verdict.decided
            ],
            "not_evaluated": [not_evaluated_to_json(one) for one in verdict.not_evaluated],
        }
        self.tell(Event("plan-decided", stack.id, values))
        return answer

    def decide(self, stack: Stack, outcome: Outcome) -> Verdict:
        """What the gate makes of what the policies say of a plan."""
        found = outcome.findings if isinstance(outcome, Ran | Errored) else ()
        return decide(
            Case(
                stacks={stack.id: stack},
                validators=(PLANS,),
                outcomes={PLANS: {stack.id: outcome}},
                findings=with_controls(tuple(found), self.rules.supported),
                thresholds=self.rules.thresholds,
                waivers=self.rules.waivers,
                today=self.today,
                judges=self.judges(),
            )
        )
