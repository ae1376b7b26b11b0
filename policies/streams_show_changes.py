"""Streams of tables carry both what an item was and what it became.

Alerts are computed from the difference. A stream of keys, or of new images alone, shows that something was
written, not what changed; the view cannot be altered later without a new stream, whose readers begin again.

Set `StreamSpecification.StreamViewType` to `NEW_AND_OLD_IMAGES`.

Source: the deployment architecture, `MetricsTable` of "SAM Template Configuration".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

VIEW = "NEW_AND_OLD_IMAGES"


@policy(
    severity="medium",
    resources=["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"],
    controls=["soc2:PI1.3"],
)
def check(table: Resource) -> Iterator[Violation]:
    """Where there is a stream, it shows both images."""
    if not table.has("StreamSpecification"):
        return
    given = table.get("StreamSpecification.StreamViewType")
    if given != VIEW:
        yield table.violation(
            f"The stream shows {given or 'nothing'}, not {VIEW}.",
            at="StreamSpecification.StreamViewType",
            fix=f"Set it to {VIEW}.",
        )
