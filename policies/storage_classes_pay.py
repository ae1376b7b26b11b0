"""An object stays in a storage class at least as long as it is charged for there.

The cheap classes of S3 have a least time that is paid whether the object is there or not: 30 days for
`STANDARD_IA` and `ONEZONE_IA`, 90 for `GLACIER_IR` and `GLACIER`, 180 for `DEEP_ARCHIVE`. A lifecycle rule
that moves or deletes sooner pays twice for the same bytes, month after month, and looks like thrift.

Put the ages of a rule's transitions, and its expiration, that far apart, or leave the transition out.

Source: Amazon S3 User Guide, "Understanding and managing Amazon S3 storage classes"; the deployment
architecture, "Storage_Optimization".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from skafu.sdk import Resource, Violation, as_list, policy

LEAST = {"STANDARD_IA": 30, "ONEZONE_IA": 30, "GLACIER_IR": 90, "GLACIER": 90, "DEEP_ARCHIVE": 180}
"""Days that are charged for at least."""

RULES = "LifecycleConfiguration.Rules"


@policy(severity="low", resources=["AWS::S3::Bucket"])
def check(bucket: Resource) -> Iterator[Violation]:
    """Compare each step of each rule with the one before it."""
    for index in range(len(as_list(bucket.get(RULES)))):
        if bucket.get(f"{RULES}[{index}].Status") == "Enabled":
            yield from _rule(bucket, f"{RULES}[{index}]")


def _rule(bucket: Resource, rule: str) -> Iterator[Violation]:
    steps: list[tuple[float, str, str]] = []
    for index in range(len(as_list(bucket.get(f"{rule}.Transitions")))):
        move = f"{rule}.Transitions[{index}]"
        days = bucket.number(f"{move}.TransitionInDays")
        if days is not None:
            steps.append((days, bucket.get(f"{move}.StorageClass", ""), f"{move}.TransitionInDays"))
    end = bucket.number(f"{rule}.ExpirationInDays")
    if end is not None:
        steps.append((end, "", f"{rule}.ExpirationInDays"))
    steps.sort()
    for (begin, storage, _), (leave, _, at) in pairwise(steps):
        least = LEAST.get(storage, 0)
        if leave - begin < least:
            yield bucket.violation(
                f"Objects leave {storage} after {leave - begin} days; {least} are charged for.",
                at=at,
                fix=f"Raise it to {begin + least} or more, or remove the transition to {storage}.",
            )
