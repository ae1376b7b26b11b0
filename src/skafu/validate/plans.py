"""The team's own policies as a judge of plans. They run in a child process; see `policies_child`."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from skafu.adapters.statement import Rulings, rulings
from skafu.model.change import Plan
from skafu.model.estate import Seat, Stack
from skafu.model.finding import Errored, Finding, NotEvaluated, Outcome, Ran
from skafu.validate.asking import Policies, answers, failures
from skafu.validate.merge import merged
from skafu.validate.pages import PLANS, PolicyPage
from skafu.validate.plan_wire import encode_plan
from skafu.validate.stated import about_plan, unanswered_in_plan


class PlanJudge(Protocol):
    """Looks at one plan at a time; several threads may ask it."""

    def judge(self, stack: Stack, plan: Plan) -> Outcome:
        """What there is to say about the plan for this stack. An error is an outcome, and never a pass."""

    def close(self) -> None:
        """End its process; harmless when there is none."""


def open_plan_policies(seat: Seat, root: Path) -> PlanJudge:
    """The policies about plans of the repository at `root`. Their process starts with the first plan.

    Their findings have fingerprints, and the tool and severities of the other policies': the gate decides about
    them as about any.

    Args:
        seat: that of the policies; its severities, its time limit and what it mutes hold for a plan too.
        root: the repository.

    Raises:
        InputError: the seat names a severity that does not exist.
    """
    return _PlanPolicies(seat, rulings(seat), root)


class _PlanPolicies:
    def __init__(self, seat: Seat, said: Rulings, root: Path) -> None:
        self._seat = seat
        self._said = said
        self._policies = Policies(root)

    def judge(self, stack: Stack, plan: Plan) -> Outcome:
        with self._policies.turn:
            pages, problem = self._policies.pages()
            if problem:
                return Errored(problem)
            wanted = [page for page in pages if page.about == PLANS and page.id not in self._said.muted]
            try:
                return self._judged(stack, plan, wanted)
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                return Errored(f"Policies cannot read the plan for {stack.id}: {error}")

    def close(self) -> None:
        self._policies.worker.close()

    def _judged(self, stack: Stack, plan: Plan, pages: list[PolicyPage]) -> Outcome:
        message = {"do": "plan", "plan": encode_plan(stack, plan)}
        findings: list[Finding] = []
        unanswered: list[NotEvaluated] = []
        reasons: list[str] = []
        for page, answer in answers(self._policies.worker, message, pages, self._seat.time_limit):
            reasons += failures(page, answer, "the plan")
            if not isinstance(answer, str):
                findings += [about_plan(page, one, stack, plan, self._said) for one in answer["violations"]]
                unanswered += [unanswered_in_plan(page, one, stack, plan) for one in answer["unanswered"]]
        if reasons:
            reason = f"Policies could not judge the plan for {stack.id}: {'; '.join(reasons)}"
            return Errored(reason, merged(findings))
        return Ran(merged(findings), tuple(dict.fromkeys(unanswered)))
