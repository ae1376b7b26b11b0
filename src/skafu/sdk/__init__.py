"""What the author of a policy or a validator imports.

A policy is one file in `policies/`: its docstring is the published page, its name (with dashes) the id.

    from skafu.sdk import Resource, Violation, policy

    @policy(severity="high", resources=["AWS::DynamoDB::Table"], controls=["soc2:A1.2"])
    def check(table: Resource) -> Iterator[Violation]:
        if not table.flag("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"):
            yield table.violation("The table cannot be restored.", at="PointInTimeRecoverySpecification")

A policy about plans is asked about each change that a deployment would make.

    @plan_policy(severity="high", resources=["AWS::DynamoDB::Table"])
    def check(change: Change) -> Iterator[Violation]:
        if change.loses:
            yield change.violation("The table would be lost.")

A validator is one file in `validators/`, for what only shows across stacks: its function takes the `Estate`.

    @validator(severity="high")
    def check(estate: Estate) -> Iterator[Violation]:
        for stack in estate.stacks:
            if not stack.tier:
                yield stack.violation("It has no tier.", at="tier")

`skafu.sdk.statements` reads policy documents, `skafu.sdk.widening` compares them, `skafu.sdk.rest_api` reads the
definitions of APIs.
"""

from __future__ import annotations

from skafu.model.change import Action, Replacement
from skafu.sdk.change import Change, Plan, PropertyChange
from skafu.sdk.declare import plan_policy, policy, stack_policy, validator
from skafu.sdk.estate import Estate
from skafu.sdk.reading import as_flag, as_list, as_number
from skafu.sdk.subjects import Account, Environment, Need, Resource, Stack, Violation
from skafu.sdk.unknown import Unknown

__all__ = [
    "Account",
    "Action",
    "Change",
    "Environment",
    "Estate",
    "Need",
    "Plan",
    "PropertyChange",
    "Replacement",
    "Resource",
    "Stack",
    "Unknown",
    "Violation",
    "as_flag",
    "as_list",
    "as_number",
    "plan_policy",
    "policy",
    "stack_policy",
    "validator",
]
