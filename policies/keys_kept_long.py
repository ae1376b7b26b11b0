"""Keys are renewed every year and leave slowly.

A deleted key takes all data under it along, and the waiting time is the only way back: it is the longest there
is. Rotation bounds how much lies under one generation of a key; AWS keeps the old generations for old data.
(That rotation is on at all is Checkov's CKV_AWS_7.)

Leave `PendingWindowInDays` out or set it to 30; leave `RotationPeriodInDays` out or set it to 365 or less.

Source: AWS KMS Developer Guide, "Delete an AWS KMS key" and "Rotate AWS KMS keys".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

LONGEST_WAIT = 30
"""Days; the longest that KMS takes, and what it does unasked."""

LONGEST_GENERATION = 365
"""Days; what KMS does unasked."""


@policy(
    severity="medium",
    resources=["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
    controls=["cis:3.6", "soc2:A1.2", "gdpr:art-32"],
)
def check(key: Resource) -> Iterator[Violation | Unknown]:
    """Neither the wait is shorter nor a generation longer."""
    given = key.get("PendingWindowInDays", LONGEST_WAIT)
    if isinstance(given, Unknown):
        yield given
    elif (wait := key.number("PendingWindowInDays")) is not None and wait < LONGEST_WAIT:
        yield key.violation(
            f"A deleted key can be brought back for {wait} days only, not for {LONGEST_WAIT}.",
            at="PendingWindowInDays",
            fix=f"Set PendingWindowInDays to {LONGEST_WAIT}.",
        )
    period = key.number("RotationPeriodInDays")
    if period is not None and period > LONGEST_GENERATION:
        yield key.violation(
            f"The key is renewed every {period} days, later than after {LONGEST_GENERATION}.",
            at="RotationPeriodInDays",
            fix=f"Set RotationPeriodInDays to {LONGEST_GENERATION} or less.",
        )
