"""Where a table can be restored to a moment, it can be for the last 35 days.

Point-in-time recovery can be told to forget sooner, and a mistake is rarely found the day it is made: what a
faulty release wrote in the first week of a month has to be undone in the last. Everything else that relies on
recovery counts on the full period.

Leave `PointInTimeRecoverySpecification.RecoveryPeriodInDays` out, or set it to 35.

Source: the deployment architecture, `backup_retention_period` of "DynamoDB_Backups".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

PERIOD = 35
"""Days; also what DynamoDB takes where a table does not say."""

AT = "PointInTimeRecoverySpecification"


@policy(severity="high", resources=["AWS::DynamoDB::Table"], controls=["soc2:A1.2", "gdpr:art-32"])
def check(table: Resource) -> Iterator[Violation]:
    """The period is the full one."""
    if not table.flag(f"{AT}.PointInTimeRecoveryEnabled"):
        return
    given = table.number(f"{AT}.RecoveryPeriodInDays")
    if given is not None and given != PERIOD:
        yield table.violation(
            f"The table can be restored for {given} days, not {PERIOD}.",
            at=f"{AT}.RecoveryPeriodInDays",
            fix=f"Set it to {PERIOD}.",
        )
