"""What is stored is encrypted with a key of the platform wherever its environment asks for it.

With a key of the platform, access to data can be refused, and its use seen, in one place: the key. AWS's own keys
(`alias/aws/...`, `AES256`, the default) allow neither. `security.encryption_enabled` of the environment asks for
it for tables, buckets, topics, queues and log groups; tables lie under `security.kms_key_id`, no other key.

Two places cannot have the platform's key and need not: a bucket that receives the access logs of other buckets
(S3 delivers them to `AES256` only), and a bucket outside the environment's region, where the key does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

RULE = "BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault"

KEYS = {
    "AWS::DynamoDB::Table": "SSESpecification.KMSMasterKeyId",
    "AWS::S3::Bucket": f"{RULE}.KMSMasterKeyID",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::Logs::LogGroup": "KmsKeyId",
}


@policy(severity="high", resources=list(KEYS), controls=["soc2:CC6.1", "gdpr:art-32"])
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """It names a key, and not one of AWS's."""
    if not resource.environment.get("security.encryption_enabled", default=False):
        return
    at = KEYS[resource.type]
    if resource.type == "AWS::S3::Bucket":
        algorithm = resource.get(f"{RULE}.SSEAlgorithm")
        if algorithm is None or (algorithm == "AES256" and not _needs_no_key(resource)):
            yield resource.violation("The bucket is not encrypted with a key of the platform.", at=RULE)
            return
        if algorithm == "AES256":
            return
    elif resource.type == "AWS::DynamoDB::Table" and not resource.flag("SSESpecification.SSEEnabled"):
        yield resource.violation(
            "The table is not encrypted with a key of the platform.", at="SSESpecification"
        )
        return
    key = resource.get(at)
    if isinstance(key, Unknown) and _is_own(resource, key):
        return
    if key is None or key == "" or "alias/aws/" in str(key):
        yield resource.violation("It is encrypted with a key of AWS, not of the platform.", at=at)
    elif resource.type == "AWS::DynamoDB::Table" and key != resource.environment.get(
        "security.kms_key_id", key
    ):
        yield resource.violation(
            f"The table lies under {key}, not under the key of the environment.",
            at=at,
            fix=f"Take {at} from security.kms_key_id.",
        )


def _is_own(resource: Resource, key: Unknown) -> bool:
    """Whether a key of this estate will stand there: one that the same stack makes, or another one."""
    made = [resource.stack.resource(name) for name in key.resources]
    kinds = [key.kind.partition(".")[0], *(one.type for one in made if one is not None)]
    return any(kind in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey") for kind in kinds)


def _needs_no_key(bucket: Resource) -> bool:
    if bucket.region != bucket.environment.get("region", bucket.region):
        return True
    name = bucket.get("BucketName")
    for other in bucket.stack.resources("AWS::S3::Bucket"):
        target = other.get("LoggingConfiguration.DestinationBucketName")
        if isinstance(target, Unknown):
            if bucket.logical_id in target.resources:
                return True
        elif target is not None and not isinstance(name, Unknown) and target == name:
            return True
    return False
