"""Tables let their items expire.

What is written and never removed grows until queries, backups and bills are about the past, and personal data
outlives its purpose. DynamoDB removes an item by itself, at no cost, once the time in one of its attributes
has passed; whether an item has that attribute stays the decision of who writes it.

Set `TimeToLiveSpecification` with `Enabled: true` and the attribute's name.

Source: the deployment architecture, `metrics_retention_days`; Amazon DynamoDB Developer Guide, "Using time to
live".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

AT = "TimeToLiveSpecification"


@policy(
    severity="low",
    resources=["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"],
    controls=["soc2:C1.2", "gdpr:art-5"],
)
def check(table: Resource) -> Iterator[Violation]:
    """Time to live is on, and has an attribute."""
    if not table.flag(f"{AT}.Enabled"):
        yield table.violation(
            "Items never expire.", at=f"{AT}.Enabled", fix=f"Set {AT} with Enabled: true and AttributeName."
        )
    elif not table.has(f"{AT}.AttributeName"):
        yield table.violation(
            "No attribute says when an item expires.", at=f"{AT}.AttributeName", fix="Name the attribute."
        )
