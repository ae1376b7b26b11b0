"""Buckets of backups move objects to cheaper storage at the agreed ages, and end them after seven years.

A backup is read in its first weeks or not at all. After 30 days it goes to `STANDARD_IA`, after 90 to
`GLACIER`, after 365 to `DEEP_ARCHIVE`, and after 2557 days (seven years) it is deleted: sooner breaks the
promise to auditors, later the one to the people whose data is in it.

Write the three transitions and `ExpirationInDays` into an enabled lifecycle rule without a filter. A bucket
that receives copies needs no transition to `STANDARD_IA`: they arrive in that class.

Source: the deployment architecture, "S3_Backups".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

BACKUPS = "backups"
"""A bucket with this word in its name holds backups; so does one that is replicated."""

AGES = {"STANDARD_IA": 30, "GLACIER": 90, "DEEP_ARCHIVE": 365}
"""Days after which an object moves to the class."""

EXPIRATION = 2557
"""Days: seven years."""

RULES = "LifecycleConfiguration.Rules"


@policy(severity="medium", resources=["AWS::S3::Bucket"], controls=["soc2:A1.2", "soc2:C1.2", "gdpr:art-5"])
def check(bucket: Resource) -> Iterator[Violation | Unknown]:
    """Ages and end are those of the architecture."""
    name = bucket.get("BucketName", "")
    source = bucket.has("ReplicationConfiguration")
    if isinstance(name, Unknown):
        yield name
        return
    if BACKUPS not in name and not source:
        return
    rules = [
        index
        for index in range(len(as_list(bucket.get(RULES))))
        if bucket.get(f"{RULES}[{index}].Status") == "Enabled" and not _is_partial(bucket, index)
    ]
    for storage, days in AGES.items():
        if source or storage != "STANDARD_IA":
            yield from _transition(bucket, rules, storage, days)
    ends = [f"{RULES}[{index}].ExpirationInDays" for index in rules]
    at = next((one for one in ends if bucket.has(one)), ends[0] if ends else "LifecycleConfiguration")
    kept = bucket.number(at) if ends else None
    if kept != EXPIRATION:
        yield bucket.violation(
            f"Backups are kept {'for ever' if kept is None else f'{kept} days'}, not {EXPIRATION} days.",
            at=at,
            fix=f"Set ExpirationInDays to {EXPIRATION}.",
        )


def _transition(bucket: Resource, rules: list[int], storage: str, days: int) -> Iterator[Violation]:
    fix = f"Add a transition to {storage} with TransitionInDays {days}."
    for rule in rules:
        moves = f"{RULES}[{rule}].Transitions"
        for index in range(len(as_list(bucket.get(moves)))):
            if bucket.get(f"{moves}[{index}].StorageClass") != storage:
                continue
            at = f"{moves}[{index}].TransitionInDays"
            given = bucket.number(at)
            if given != days:
                yield bucket.violation(
                    f"Backups move to {storage} after {given} days, not {days}.", at=at, fix=fix
                )
            return
    at = f"{RULES}[{rules[0]}].Transitions" if rules else "LifecycleConfiguration"
    yield bucket.violation(f"Backups never move to {storage}.", at=at, fix=fix)


def _is_partial(bucket: Resource, index: int) -> bool:
    return any(bucket.get(f"{RULES}[{index}].{name}") for name in ("Prefix", "TagFilters"))
