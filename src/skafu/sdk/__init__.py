"""What the author of a policy imports.

A policy is one file in `policies/`: its docstring is the published page, its name (with dashes) the id.

    from skafu.sdk import Resource, Violation, policy

    @policy(severity="high", resources=["AWS::DynamoDB::Table"], controls=["soc2:A1.2"])
    def check(table: Resource) -> Iterator[Violation]:
        if not table.flag("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"):
            yield table.violation("The table cannot be restored.", at="PointInTimeRecoverySpecification")
"""

from __future__ import annotations

from skafu.sdk.declare import policy, stack_policy
from skafu.sdk.reading import as_flag, as_list, as_number
from skafu.sdk.subjects import Account, Environment, Resource, Stack, Violation
from skafu.sdk.unknown import Unknown

__all__ = [
    "Account",
    "Environment",
    "Resource",
    "Stack",
    "Unknown",
    "Violation",
    "as_flag",
    "as_list",
    "as_number",
    "policy",
    "stack_policy",
]
