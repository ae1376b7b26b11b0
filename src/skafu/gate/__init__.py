"""Outcomes, waivers and thresholds -> `Approved` or `Blocked`. Pure: the day is passed in.

The only module that makes `Approved`. It starts from "blocked" and looks for reasons to approve: a
validator that said nothing about a stack blocks it as much as one that failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from skafu.gate.waiver_review import SOON, about_time, about_use
from skafu.gate.waivers import Register
from skafu.model.estate import StackId
from skafu.model.finding import Errored, Finding, NotApplicable, NotEvaluated, Outcome, Ran
from skafu.model.subject import Subject
from skafu.model.verdict import (
    Approved,
    Blocked,
    Decided,
    Decision,
    Review,
    StackVerdict,
    Thresholds,
    Verdict,
    Waiver,
)

__all__ = ["SOON", "Case", "decide", "review"]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the gate looks at.

    Attributes:
        stacks: every stack that should have been judged.
        validators: the names of the validators that are seated.
        outcomes: validator -> stack -> what it said.
        findings: all findings, those of one place merged; a finding without stacks is about the estate.
        thresholds: from which severity on a finding blocks.
        waivers: the registered exceptions.
        today: the day the waivers are held against.
        plan_rules: the rules that only plans can break: nobody finds them among stacks, and yet their waivers are used.
        judges: what an approval is bound to beside the stack, name -> SHA-256: `policies`, `validators`, `waivers`.
    """

    stacks: Mapping[StackId, Subject]
    validators: tuple[str, ...]
    outcomes: Mapping[str, Mapping[StackId, Outcome]]
    findings: tuple[Finding, ...]
    thresholds: Thresholds
    waivers: tuple[Waiver, ...]
    today: date
    judges: Mapping[str, str] = field(default_factory=dict)
    plan_rules: frozenset[str] = frozenset()


def decide(case: Case) -> Verdict:
    """Judge the judgements."""
    register = Register(case.waivers, case.today)
    decided = tuple(
        one
        for one in (_decided(finding, case, register) for finding in case.findings)
        # An inline skip that is registered is in order: what it would silence is decided beside it.
        if not (one.finding.skips and one.decision is Decision.WAIVED)
    )
    about = _by_stack(case, decided)
    verdicts = tuple(
        _verdict(stack, case, about[id_], register) for id_, stack in sorted(case.stacks.items())
    )
    return Verdict(
        verdicts, decided, _not_evaluated(case), tuple(_reasons(case, verdicts, decided, register))
    )


def review(case: Case) -> Review:
    """What is not right about the waivers. The case must be the whole estate; the gate does not look at this.

    Which waivers are unused or wide is told only where everything was judged: what nobody could look at may need
    them.
    """
    register = Register(case.waivers, case.today)
    told = [*about_time(case.waivers, case.today)]
    complete = _all_judged(case)
    if complete:
        told += about_use(register, case.findings, case.stacks, case.plan_rules)
    return Review(complete, tuple(sorted(told, key=lambda one: (one.location, one.waiver, one.kind))))


def _all_judged(case: Case) -> bool:
    if any(finding.bad_input for finding in case.findings):
        return False
    said = [case.outcomes.get(name, {}).get(id_) for name in case.validators for id_ in case.stacks]
    answered = bool(said) and all(isinstance(outcome, Ran | NotApplicable) for outcome in said)
    return answered and not any(stack.obstacle for stack in case.stacks.values())


def _decided(finding: Finding, case: Case, register: Register) -> Decided:
    """The worst decision over the stacks of a finding."""
    worst = Decided(finding, Decision.WAIVED)
    if not finding.stacks:
        strictest = {case.thresholds.default, *(case.thresholds.of(id_.environment) for id_ in case.stacks)}
        blocking = finding.bad_input or any(finding.severity.at_least(one) for one in strictest)
        return Decided(finding, Decision.BLOCKING if blocking else Decision.ADVISORY)
    for stack in finding.stacks:
        decision, waiver = _for_stack(finding, stack, case.thresholds, register)
        if decision is Decision.BLOCKING:
            return Decided(finding, decision)
        if decision is Decision.ADVISORY:
            worst = Decided(finding, decision)
        elif worst.decision is Decision.WAIVED and not worst.waiver:
            worst = Decided(finding, decision, waiver)
    return worst


def _for_stack(
    finding: Finding, stack: StackId, thresholds: Thresholds, register: Register
) -> tuple[Decision, str]:
    if finding.bad_input:
        return Decision.BLOCKING, ""
    waiver = register.covering(finding, stack)
    if waiver is not None:
        return Decision.WAIVED, waiver.id
    blocking = finding.severity.at_least(thresholds.of(stack.environment))
    return (Decision.BLOCKING if blocking else Decision.ADVISORY), ""


def _by_stack(case: Case, decided: Iterable[Decided]) -> dict[StackId, list[Decided]]:
    """The findings about each stack, in their order; one without stacks is about all of them."""
    about: dict[StackId, list[Decided]] = {id_: [] for id_ in case.stacks}
    for one in decided:
        for id_ in one.finding.stacks or about:
            if id_ in about:
                about[id_].append(one)
    return about


def _verdict(stack: Subject, case: Case, decided: Iterable[Decided], register: Register) -> StackVerdict:
    reasons = [f"cannot be judged: {stack.obstacle}"] if stack.obstacle else []
    for validator in case.validators:
        outcome = case.outcomes.get(validator, {}).get(stack.id)
        if outcome is None:
            reasons.append(f"{validator} gave no outcome")
        elif isinstance(outcome, Errored):
            reasons.append(f"{validator} could not judge it: {outcome.reason}")
    if not case.validators:
        reasons.append("no validator is seated")
    elif not reasons and all(
        isinstance(case.outcomes[validator][stack.id], NotApplicable) for validator in case.validators
    ):
        reasons.append("no validator has anything to say about it")
    blocking = [one.finding for one in decided if _blocks(one, stack.id, case.thresholds, register)]
    reasons += [f"{finding.rule} at {finding.location}" for finding in blocking]
    if reasons:
        return Blocked(stack.id, stack.digest, tuple(reasons))
    return Approved(stack.id, stack.digest, stack.parts, case.judges)


def _blocks(decided: Decided, stack: StackId, thresholds: Thresholds, register: Register) -> bool:
    """Whether a finding keeps this stack from going on.

    A finding without stacks is about all of them: a seat that cannot be read would have judged each.
    """
    finding = decided.finding
    if not finding.stacks:
        measures = (thresholds.default, thresholds.of(stack.environment))
        return finding.bad_input or any(finding.severity.at_least(one) for one in measures)
    return _for_stack(finding, stack, thresholds, register)[0] is Decision.BLOCKING


def _reasons(
    case: Case, verdicts: tuple[StackVerdict, ...], decided: tuple[Decided, ...], register: Register
) -> list[str]:
    """Why the run as a whole is blocked, most general first."""
    reasons: list[str] = []
    if not case.stacks:
        reasons.append("no stack could be judged")
    if not case.validators:
        reasons.append("no validator is seated; put one file for each into validators/")
    blocking = [one for one in decided if one.decision is Decision.BLOCKING]
    if blocking:
        reasons.append(f"{len(blocking)} {'finding blocks' if len(blocking) == 1 else 'findings block'}")
    for validator in case.validators:
        outcomes = case.outcomes.get(validator, {})
        failed = {one.reason for one in outcomes.values() if isinstance(one, Errored)}
        reasons += [f"{validator} could not do its work: {reason}" for reason in sorted(failed)]
        silent = [id_ for id_ in sorted(case.stacks) if id_ not in outcomes]
        if silent:
            reasons.append(f"{validator} gave no outcome for {', '.join(map(str, silent))}")
    reasons += [
        f"{stack.id} cannot be judged: {stack.obstacle}"
        for _, stack in sorted(case.stacks.items())
        if stack.obstacle
    ]
    reasons += register.expired_reasons(one.finding for one in blocking)
    blocked = [verdict for verdict in verdicts if isinstance(verdict, Blocked)]
    if blocked and not reasons:
        reasons.append(f"{len(blocked)} of {len(verdicts)} stacks are blocked")
    return reasons


def _not_evaluated(case: Case) -> tuple[NotEvaluated, ...]:
    found = {
        one
        for outcomes in case.outcomes.values()
        for outcome in outcomes.values()
        if isinstance(outcome, Ran)
        for one in outcome.not_evaluated
    }
    return tuple(
        sorted(found, key=lambda one: (one.location, one.rule, one.stack, one.logical_id, one.reason))
    )
