"""Archive tiers of Intelligent-Tiering are set up only where objects get into it.

`IntelligentTieringConfigurations` say after how many days without a reader an object sinks into the archive
tiers. They concern objects of the class `INTELLIGENT_TIERING` alone: without a transition to it the
configuration is there, looks right, and saves nothing.

Add a transition to `INTELLIGENT_TIERING`, and give `ARCHIVE_ACCESS` 90 days or more, `DEEP_ARCHIVE_ACCESS`
180 or more.

Source: the deployment architecture, "Use Intelligent Tiering"; Amazon S3 User Guide, "Managing S3
Intelligent-Tiering".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, as_list, policy

AT = "IntelligentTieringConfigurations"
RULES = "LifecycleConfiguration.Rules"

LEAST = {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}
"""Days without a reader, as S3 demands."""


@policy(severity="low", resources=["AWS::S3::Bucket"])
def check(bucket: Resource) -> Iterator[Violation]:
    """Objects get there, and each tier has days that S3 takes."""
    configurations = range(len(as_list(bucket.get(AT))))
    active = [index for index in configurations if bucket.get(f"{AT}[{index}].Status") == "Enabled"]
    if active and not _is_reached(bucket):
        yield bucket.violation(
            "No object ever gets into INTELLIGENT_TIERING.",
            at=f"{AT}[{active[0]}]",
            fix="Add a lifecycle transition to INTELLIGENT_TIERING with TransitionInDays 0.",
        )
    for index in active:
        tiers = f"{AT}[{index}].Tierings"
        for number in range(len(as_list(bucket.get(tiers)))):
            tier = bucket.get(f"{tiers}[{number}].AccessTier", "")
            days = bucket.number(f"{tiers}[{number}].Days")
            if days is None or days < LEAST.get(tier, 0):
                yield bucket.violation(
                    f"{tier} begins after {days or 'no'} days; S3 takes {LEAST.get(tier, 0)} or more.",
                    at=f"{tiers}[{number}].Days",
                    fix=f"Set it to {LEAST.get(tier, 0)}.",
                )


def _is_reached(bucket: Resource) -> bool:
    for rule in range(len(as_list(bucket.get(RULES)))):
        moves = f"{RULES}[{rule}].Transitions"
        if bucket.get(f"{RULES}[{rule}].Status") == "Enabled" and any(
            bucket.get(f"{moves}[{index}].StorageClass") == "INTELLIGENT_TIERING"
            for index in range(len(as_list(bucket.get(moves))))
        ):
            return True
    return False
