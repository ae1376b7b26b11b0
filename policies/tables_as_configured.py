"""Tables bill and stream as their environment says.

The billing mode decides whether a burst of requests is served or throttled, and what it costs. The stream is
what the alerts are computed from: without it they fall silent, and nothing else tells.

Take `dynamodb.billing_mode` and `dynamodb.stream_enabled` from the environment.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

DEFAULT_BILLING = "PROVISIONED"
"""What CloudFormation takes where a table does not say."""


@policy(severity="medium", resources=["AWS::DynamoDB::Table"], controls=["soc2:A1.1"])
def check(table: Resource) -> Iterator[Violation]:
    """Billing mode and stream are as the environment says."""
    billing = table.environment.get("dynamodb.billing_mode")
    if billing is not None and table.get("BillingMode", DEFAULT_BILLING) != billing:
        yield table.violation(
            f"The table is billed as {table.get('BillingMode', DEFAULT_BILLING)}, not as {billing}.",
            at="BillingMode",
            fix="Take BillingMode from dynamodb.billing_mode.",
        )
    streaming = table.environment.get("dynamodb.stream_enabled")
    if streaming is not None and table.has("StreamSpecification") != streaming:
        yield table.violation(
            f"The table has {'no' if streaming else 'a'} stream; its environment wants it otherwise.",
            at="StreamSpecification",
            fix="Give the table a StreamSpecification." if streaming else "Remove its StreamSpecification.",
        )
