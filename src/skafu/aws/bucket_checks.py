"""What a bucket must be before code is stored in it, and what S3 says of what is stored."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from skafu.aws.slot import code_of
from skafu.model.cloud import CloudError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

BLOCKED = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
"""The settings of a public access block (PublicAccessBlockConfiguration, S3 API Reference)."""


def refuse_unencrypted(client: S3Client, bucket: Any) -> None:
    """Refuse a bucket without default encryption.

    Args:
        client: of its account and region.
        bucket: its name and the account that must own it, as requests take them.

    Raises:
        CloudError: it has none.
        ClientError: S3 refuses to tell.
    """
    try:
        found = client.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]
    except ClientError as error:
        if code_of(error) != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        found = {"Rules": []}
    if not any(rule.get("ApplyServerSideEncryptionByDefault") for rule in found["Rules"]):
        message = f"the bucket {bucket['Bucket']} is not encrypted; skafu stores nothing in it."
        raise CloudError(message, hint="Switch its default encryption on.")


def refuse_public(client: S3Client, bucket: Any) -> None:
    """Refuse a bucket that a policy or an ACL could make public, whether one does or not.

    Args:
        client: of its account and region.
        bucket: its name and the account that must own it, as requests take them.

    Raises:
        CloudError: its public access block is not complete. That of the account alone does not show here.
        ClientError: S3 refuses to tell.
    """
    found: Any = {}
    try:
        found = client.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if code_of(error) != "NoSuchPublicAccessBlockConfiguration":
            raise
    missing = [name for name in BLOCKED if not found.get(name)]
    if missing:
        raise CloudError(
            f"the bucket {bucket['Bucket']} may be made public ({', '.join(missing)} is off); skafu stores nothing in it.",
            hint="Look at its policy and its ACL, then switch all settings of its public access block on.",
        )


def sha256_of(checksum: str) -> str:
    """S3's checksum of a whole object in hexadecimal; empty where it has none, or only one of its parts together.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html: that one ends in the number
    of parts.
    """
    return "" if "-" in checksum else base64.b64decode(checksum).hex()
