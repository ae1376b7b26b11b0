"""No change deletes or replaces what holds data.

An edit of one property, a renamed logical id or a removed block can end a table: CloudFormation makes a new, empty
one and deletes the old. Where a deletion policy keeps the old one, nothing is lost, but those who read from it find
the new one empty until somebody moves the data. A replacement that only the update itself decides counts as one.

Development may lose its data, and is only told. Logs that are kept are complete wherever they stand.

Leave the property or the logical id as it is. To change it all the same, move the data first, and register a waiver
that names the resource and the ticket.

Source: AWS CloudFormation User Guide, "Update behaviors of stack resources".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Action, Change, Replacement, Violation, plan_policy

LOGS = "AWS::Logs::LogGroup"

DATA = [
    "AWS::Backup::BackupVault",
    "AWS::Backup::LogicallyAirGappedBackupVault",
    "AWS::Cassandra::Table",
    "AWS::CloudTrail::EventDataStore",
    "AWS::CodeCommit::Repository",
    "AWS::Cognito::IdentityPool",
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::KMS::Key",
    "AWS::KMS::ReplicaKey",
    "AWS::Kinesis::Stream",
    "AWS::MSK::Cluster",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchServerless::Collection",
    "AWS::OpenSearchService::Domain",
    "AWS::Organizations::Account",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::RedshiftServerless::Namespace",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::Timestream::Table",
]


@plan_policy(severity="critical", resources=[*DATA, LOGS], controls=["soc2:A1.2", "gdpr:art-32"])
def check(change: Change) -> Iterator[Violation]:
    """What stands goes on standing, under its name."""
    gone = change.action is Action.REMOVE
    if change.before is None or not (gone or change.replacement is not Replacement.NEVER):
        return
    surely = gone or change.replacement is Replacement.ALWAYS
    becomes = "removed" if gone else "replaced by a new, empty one"
    because = sorted({one.path for one in change.details if one.replacement is not Replacement.NEVER})
    why = f" because {', '.join(because)} changes" if because else ""
    yield change.violation(
        f"It {'is' if surely else 'may be'} {becomes}{why}; "
        f"what it holds {'is' if surely else 'would be'} {'kept' if change.kept else 'lost'}.",
        severity=_severity(change),
    )


def _severity(change: Change) -> str:
    if change.kept and change.before is not None and change.before.type == LOGS:
        return "low"
    if change.environment.get("stage", change.environment.name) == "development":
        return "low" if change.kept else "medium"
    return "medium" if change.kept else "critical"
