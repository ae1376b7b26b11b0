"""Tables can be restored to any moment of the last 35 days wherever their environment asks for it.

A mistaken write or a faulty release is undone by restoring the table to the minute before it. That needs
point-in-time recovery to have been on at the time. `dynamodb.point_in_time_recovery` of the environment says
where it is on, and it is the only place that says so: a template that decides for itself either leaves data
without a way back or pays for one that nobody asked for.

Take the value from the environment, through a parameter, instead of writing it into the template.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

AT = "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"


@policy(
    severity="high",
    resources=["AWS::DynamoDB::Table"],
    controls=["soc2:A1.2", "gdpr:art-32"],
)
def check(table: Resource) -> Iterator[Violation]:
    """The switch is as the environment says."""
    wanted = table.environment.get("dynamodb.point_in_time_recovery")
    if wanted is None:
        return
    if table.flag(AT) != wanted:
        yield table.violation(
            f"Point-in-time recovery is {_state(on=not wanted)}; its environment wants it {_state(on=wanted)}.",
            at=AT,
            fix=f"Set {AT} to {str(wanted).lower()}, from dynamodb.point_in_time_recovery.",
        )


def _state(*, on: bool) -> str:
    return "on" if on else "off"
