"""Services act for our own accounts only.

A service principal is the same for every customer of AWS: a queue that lets in `sns.amazonaws.com` lets in the
topics of everybody, and a role that trusts `codebuild.amazonaws.com` can be used by the project of a stranger
who knows its name. This is the confused deputy. A condition says for whom the service may act.

Add `Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}}`, or `aws:SourceArn`, or
`aws:SourceOrgID` where the whole organization is meant. CloudWatch Logs says its log group as
`kms:EncryptionContext:aws:logs:arn`.

Policies of resources are held to it for every service, roles for those services that tell roles whom they act
for.

Source: IAM User Guide, "The confused deputy problem", and the page of that name in each service's guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Violation, as_list, policy
from skafu.sdk.statements import narrowed, statements

DOCUMENTS = {
    "AWS::Backup::BackupVault": "AccessPolicy",
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::KMS::ReplicaKey": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
}

TELLING = frozenset(
    f"{service}.amazonaws.com"
    for service in (
        *("codebuild", "codedeploy", "config", "ecs-tasks", "events", "firehose", "logs"),
        *("pipes", "scheduler", "states", "vpc-flow-logs"),
    )
)
"""Services whose guides document aws:SourceAccount and aws:SourceArn in the trust policies of roles."""

TESTS = frozenset(
    f"{each}{test}"
    for each in ("", "ForAnyValue:")
    for test in ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
)
KEYS = frozenset(
    {
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "kms:calleraccount",
        "kms:encryptioncontext:*",
    }
)


@policy(severity="high", resources=list(DOCUMENTS), controls=["soc2:CC6.1", "soc2:CC6.6"])
def check(resource: Resource) -> Iterator[Violation]:
    """Every statement that lets in a service says for whom."""
    for at, statement in statements(resource, DOCUMENTS[resource.type]):
        if statement.get("Effect") != "Allow":
            continue
        services = [
            service
            for service in _services(statement)
            if resource.type != "AWS::IAM::Role" or service in TELLING
        ]
        if services and not narrowed(statement, KEYS, TESTS):
            yield resource.violation(
                f"{' and '.join(services)} may act for anybody: no condition says whose resource it acts for.",
                at=(*at, "Condition"),
                fix="Add the condition StringEquals, aws:SourceAccount: !Ref AWS::AccountId, or aws:SourceArn.",
            )


def _services(statement: dict[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    return as_list(principal.get("Service")) if isinstance(principal, dict) else []
