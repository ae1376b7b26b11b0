"""A policy or validator together with the cases beside it, whatever it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from skafu.sdk.cases import Case, differences, lacking, read_cases
from skafu.sdk.comparing import Difference
from skafu.sdk.declare import PlanPolicy, Policy, Rule, StackPolicy, Validator
from skafu.sdk.estate_cases import EstateCase, estate_differences, estate_lacking, read_estate_cases
from skafu.sdk.estate_mutation import estate_bites
from skafu.sdk.mutation import Bites, bites
from skafu.sdk.plan_cases import PlanCase, plan_differences, plan_lacking, read_plan_cases
from skafu.sdk.plan_mutation import plan_bites


@dataclass(frozen=True, slots=True)
class TriedPolicy:
    """A policy about resources or stacks, and its cases."""

    policy: Policy | StackPolicy
    cases: Sequence[Case]

    def lacking(self) -> list[str]:
        """The answers that no case shows."""
        return lacking(self.policy, self.cases)

    def differences(self, number: int) -> list[Difference]:
        """What it says otherwise than the case of that number, from 0, expects."""
        return differences(self.policy, self.cases[number])

    def bites(self, number: int) -> Bites:
        """What it says about that case after it was broken."""
        return bites(self.policy, self.cases[number], self.cases)


@dataclass(frozen=True, slots=True)
class TriedPlanPolicy:
    """A policy about plans, and its cases. See `TriedPolicy`."""

    policy: PlanPolicy
    cases: Sequence[PlanCase]

    def lacking(self) -> list[str]:
        """The answers that no case shows."""
        return plan_lacking(self.policy, self.cases)

    def differences(self, number: int) -> list[Difference]:
        """What it says otherwise than the case of that number, from 0, expects."""
        return plan_differences(self.policy, self.cases[number])

    def bites(self, number: int) -> Bites:
        """What it says about that case after it was broken."""
        return plan_bites(self.policy, self.cases[number], self.cases)


@dataclass(frozen=True, slots=True)
class TriedValidator:
    """A validator and its cases. See `TriedPolicy`."""

    validator: Validator
    cases: Sequence[EstateCase]

    def lacking(self) -> list[str]:
        """The answers that no case shows."""
        return estate_lacking(self.cases)

    def differences(self, number: int) -> list[Difference]:
        """What it says otherwise than the case of that number, from 0, expects."""
        return estate_differences(self.validator, self.cases[number])

    def bites(self, number: int) -> Bites:
        """What it says about that case after it was broken."""
        return estate_bites(self.validator, self.cases[number], self.cases)


Tried: TypeAlias = TriedPolicy | TriedPlanPolicy | TriedValidator


def tried(rule: Rule, text: str | None) -> Tried:
    """The policy or validator with the cases in the text of its cases file; with none if there is no file.

    Raises:
        CasesError: it is not a list of cases; the message says which one is wrong, and how.
    """
    if isinstance(rule, Validator):
        return TriedValidator(rule, [] if text is None else read_estate_cases(text))
    if isinstance(rule, PlanPolicy):
        return TriedPlanPolicy(rule, [] if text is None else read_plan_cases(text))
    return TriedPolicy(rule, [] if text is None else read_cases(text))
