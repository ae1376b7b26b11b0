"""What is critical stands on nothing weaker, and can be brought back within its targets.

A tier promises a time to recover (RTO) and how much may be lost (RPO): critical 1 hour and 15 minutes, important 4
hours and 1 hour, normal 24 hours and 24 hours. The promise of a stack is at most that of the weakest stack it needs.
And a quarter of an hour can only be kept by continuous backups: point-in-time recovery for tables, versions for
buckets; an hour as well. What deletes itself with its stack cannot be brought back at all.

Raise the tier of what is needed, or lower that of what needs it. Switch on point-in-time recovery, versioning and
`DeletionPolicy: Retain`, unless the environment's configuration does without recovery.

Source: "Recovery Procedures" of the deployment architecture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from skafu.sdk import Estate, Resource, Stack, Unknown, Violation, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

TIERS = {"critical": (60, 15), "important": (240, 60), "normal": (1440, 1440)}
"""Minutes until it runs again, and minutes of data that may be lost."""

CONTINUOUS = 60
"""Minutes of loss that only a continuous backup can keep below: the plan's own backups are weekly."""

TABLE = "AWS::DynamoDB::Table"

PROOF = {
    TABLE: "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
    "AWS::S3::Bucket": "VersioningConfiguration.Status",
}
"""What makes each type a continuous backup of itself."""


@validator(severity="high", controls=["soc2:A1.2", "gdpr:art-32"])
def check(estate: Estate) -> Iterator[Violation | Unknown]:
    """Compare both ends of every need, then look at what holds data."""
    tiers = {stack.id: stack.tier for stack in estate.stacks}
    for stack in estate.stacks:
        if stack.tier not in TIERS:
            yield stack.violation(
                f"{stack.id} has no tier, so nobody knows how fast it must be back.", at="tier"
            )
            continue
        for target in sorted({need.target for need in stack.needs}):
            weaker = tiers.get(target, "")
            if weaker in TIERS and TIERS[weaker] > TIERS[stack.tier]:
                yield stack.violation(
                    f"{stack.name} ({stack.tier}: back in {_hours(stack.tier)}) needs "
                    f"{target.rpartition('/')[2]} ({weaker}: back in {_hours(weaker)}).",
                    at="tier",
                )
        yield from _data(stack)


def _data(stack: Stack) -> Iterator[Violation | Unknown]:
    if stack.environment.get("dynamodb.point_in_time_recovery") is False or TIERS[stack.tier][1] > CONTINUOUS:
        return
    for resource in stack.resources(*PROOF):
        if resource.type == TABLE and stack.environment.get("dynamodb.point_in_time_recovery"):
            yield from _kept(resource)  # the policy `tables-recoverable` compares it with the setting
            continue
        proof = resource.get(PROOF[resource.type])
        if isinstance(proof, Unknown):
            yield proof
        elif proof not in (True, "true", "Enabled"):
            yield resource.violation(
                f"{resource.logical_id} loses more than the {TIERS[stack.tier][1]} minutes that "
                f"{stack.tier} allows.",
                at=PROOF[resource.type].partition(".")[0],
            )
        yield from _kept(resource)


def _kept(resource: Resource) -> Iterator[Violation | Unknown]:
    policy = resource.attribute("DeletionPolicy")
    if isinstance(policy, Unknown):
        yield policy
    elif policy not in ("Retain", "RetainExceptOnCreate", "Snapshot"):
        yield resource.violation(
            f"{resource.logical_id} is deleted with its stack, and with it all that could be restored.",
            attribute="DeletionPolicy",
        )


def _hours(tier: str) -> str:
    hours = TIERS[tier][0] // 60
    return f"{hours} hour" if hours == 1 else f"{hours} hours"
