"""Buckets of backups are copied to the environment's other region, encrypted and in the time of their tier.

A backup that lies beside what it is a backup of is lost with it. So a bucket of backups in the environment's
own region replicates everything to one of its `regions`, into `STANDARD_IA`, and takes what KMS encrypts
along: S3 leaves that out unless it is told which key to use over there. Without `ReplicationTime` S3 promises
no time at all, and the copy of a critical stack may be no older than 15 minutes.

Give the bucket a `ReplicationConfiguration` with an enabled rule for all objects.

Source: the deployment architecture, "S3_Backups" and "RTO_RPO_Targets".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

BACKUPS = "backups"
"""A bucket with this word in its name holds backups."""

RPO = {"critical": 15, "important": 60}
"""Minutes that a copy may be behind, by the tier of the stack."""

RULES = "ReplicationConfiguration.Rules"


@policy(severity="high", resources=["AWS::S3::Bucket"], controls=["soc2:A1.2", "soc2:CC7.5", "gdpr:art-32"])
def check(bucket: Resource) -> Iterator[Violation | Unknown]:
    """An enabled rule copies everything, as it should be copied."""
    name = bucket.get("BucketName", "")
    others = [one for one in as_list(bucket.environment.get("regions")) if one != bucket.region]
    if not others or bucket.region != bucket.environment.get("region"):
        return
    if isinstance(name, Unknown):
        yield name
        return
    if BACKUPS not in name:
        return
    rules = [
        f"{RULES}[{index}]"
        for index in range(len(as_list(bucket.get(RULES))))
        if bucket.get(f"{RULES}[{index}].Status") == "Enabled"
        and not any(
            bucket.get(f"{RULES}[{index}].{one}") for one in ("Prefix", "Filter.Prefix", "Filter.And")
        )
    ]
    if not rules:
        yield bucket.violation(
            f"The backups are not copied to {' or '.join(others)}.",
            at=RULES,
            fix="Add an enabled rule without a filter.",
        )
        return
    yield from _rule(bucket, rules[0], others)


def _rule(bucket: Resource, rule: str, others: list[str]) -> Iterator[Violation | Unknown]:
    where = bucket.get(f"{rule}.Destination.Bucket", "")
    if isinstance(where, Unknown):
        yield where
    elif not any(region in where for region in others):
        yield bucket.violation(
            f"The copies go to {where or 'no bucket'}, which names none of {', '.join(others)}.",
            at=f"{rule}.Destination.Bucket",
            fix="Name the bucket of the other region.",
        )
    wanted: dict[str, Any] = {"Destination.StorageClass": "STANDARD_IA"}
    if _by_kms(bucket):
        wanted["SourceSelectionCriteria.SseKmsEncryptedObjects.Status"] = "Enabled"
        key = f"{rule}.Destination.EncryptionConfiguration.ReplicaKmsKeyID"
        if not bucket.has(key):
            yield bucket.violation(
                "No key is named for the copies.", at=key, fix="Name the other region's key."
            )
    if bucket.stack.tier in RPO:
        wanted["Destination.ReplicationTime.Status"] = "Enabled"
        minutes = bucket.number(f"{rule}.Destination.ReplicationTime.Time.Minutes")
        if minutes is None or minutes > RPO[bucket.stack.tier]:
            yield bucket.violation(
                f"Copies may be {minutes or 'any number of'} minutes behind; {bucket.stack.tier} allows "
                f"{RPO[bucket.stack.tier]}.",
                at=f"{rule}.Destination.ReplicationTime.Time.Minutes",
                fix="Set it to 15, the only time that S3 offers.",
            )
    for name, value in wanted.items():
        given = bucket.get(f"{rule}.{name}")
        if isinstance(given, Unknown):
            yield given
        elif given != value:
            yield bucket.violation(
                f"{name} of the copies is {given or 'not given'}, not {value}.",
                at=f"{rule}.{name}",
                fix=f"Set it to {value}.",
            )


def _by_kms(bucket: Resource) -> bool:
    at = "BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.SSEAlgorithm"
    return bool(bucket.get(at, "AES256") != "AES256")
