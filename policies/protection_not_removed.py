"""What protects data or keeps strangers out is not switched off by a change.

Each switch here was turned on by somebody who had a reason: it keeps a slip from deleting a table, lets yesterday's
state be restored, or keeps a bucket from the public. Templates and policies that say how it should be read the new
state alone; only a plan shows that it was on a minute ago. A value that only the update tells is not a pass.

Development may do without, and is only told.

Leave the switch on. To turn it off for good, register a waiver that names the resource and the ticket.

Source: AWS Well-Architected Framework, security pillar, "Protecting data at rest", and reliability pillar, "Back up
data".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skafu.sdk import Change, Resource, Unknown, Violation, plan_policy

ON: Mapping[str, Mapping[str, str]] = {
    "AWS::CloudFormation::Stack": {"EnableTerminationProtection": "true"},
    "AWS::CloudTrail::Trail": {
        "EnableLogFileValidation": "true",
        "IsLogging": "true",
        "IsMultiRegionTrail": "true",
    },
    "AWS::Cognito::UserPool": {"DeletionProtection": "ACTIVE"},
    "AWS::DynamoDB::Table": {
        "DeletionProtectionEnabled": "true",
        "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": "true",
        "SSESpecification.SSEEnabled": "true",
    },
    "AWS::EFS::FileSystem": {"BackupPolicy.Status": "ENABLED"},
    "AWS::ElastiCache::ReplicationGroup": {"TransitEncryptionEnabled": "true"},
    "AWS::GuardDuty::Detector": {"Enable": "true"},
    "AWS::KMS::Key": {"EnableKeyRotation": "true", "Enabled": "true"},
    "AWS::Kinesis::Stream": {"StreamEncryption.EncryptionType": "KMS"},
    "AWS::RDS::DBCluster": {"DeletionProtection": "true"},
    "AWS::RDS::DBInstance": {"DeletionProtection": "true"},
    "AWS::S3::Bucket": {
        "PublicAccessBlockConfiguration.BlockPublicAcls": "true",
        "PublicAccessBlockConfiguration.BlockPublicPolicy": "true",
        "PublicAccessBlockConfiguration.IgnorePublicAcls": "true",
        "PublicAccessBlockConfiguration.RestrictPublicBuckets": "true",
        "VersioningConfiguration.Status": "Enabled",
    },
}
"""Type -> switch -> the value that protects."""

ON_UNLESS_SAID = {("AWS::KMS::Key", "Enabled")}
"""Switches that protect where nothing is said."""


@plan_policy(severity="high", resources=list(ON), controls=["soc2:A1.2", "soc2:CC6.1", "gdpr:art-32"])
def check(change: Change) -> Iterator[Violation | Unknown]:
    """Every switch that was on is on."""
    before, after = change.before, change.after
    if before is None or after is None:
        return
    development = change.environment.get("stage", change.environment.name) == "development"
    for at, wanted in ON[change.type].items():
        was, becomes = _state(before, at), _state(after, at)
        on = wanted.lower()
        if isinstance(becomes, Unknown):
            if isinstance(was, Unknown) or was == on:
                yield becomes
        elif becomes != on and isinstance(was, Unknown):
            yield was
        elif becomes != on and was == on:
            yield change.violation(
                f"{at} was {wanted} and is switched off.",
                at=at,
                fix=f"Leave {at} at {wanted}.",
                severity="medium" if development else "high",
            )


def _state(resource: Resource, at: str) -> str | Unknown:
    """The value as text in lower case."""
    value = resource.get(at)
    if isinstance(value, Unknown):
        return value
    default = "true" if (resource.type, at) in ON_UNLESS_SAID else ""
    return str(default if value is None else value).lower()
