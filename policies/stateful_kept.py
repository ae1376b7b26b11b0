"""What holds state survives its stack, everywhere but in development.

CloudFormation deletes what is removed from a template or replaced by an update, and with it the data. Tables,
buckets, user pools, backup vaults and keys (without which the data is noise) are to be kept instead, and a person
decides what becomes of them.

Set both `DeletionPolicy` and `UpdateReplacePolicy` to `Retain`. In development either may be absent.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

KEPT = {
    # RetainExceptOnCreate removes what a failed creation leaves behind, when it cannot hold anything yet.
    "DeletionPolicy": ("Retain", "RetainExceptOnCreate"),
    "UpdateReplacePolicy": ("Retain",),
}


@policy(
    severity="high",
    resources=[
        "AWS::DynamoDB::Table",
        "AWS::DynamoDB::GlobalTable",
        "AWS::S3::Bucket",
        "AWS::Cognito::UserPool",
        "AWS::KMS::Key",
        "AWS::Backup::BackupVault",
    ],
    controls=["soc2:A1.2", "gdpr:art-32"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """Neither the stack's end nor a replacement deletes it."""
    if resource.environment.get("stage", resource.environment.name) == "development":
        return
    for attribute, accepted in KEPT.items():
        given = resource.attribute(attribute)
        if isinstance(given, Unknown):
            yield given
        elif given not in accepted:
            yield resource.violation(
                f"{attribute} is {given or 'not given'}: the data would be deleted.",
                attribute=attribute,
                fix=f"Set {attribute} to Retain.",
            )
