"""The artifacts bucket of an account and region: made if missing, and nothing in it is ever overwritten."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from skafu.aws.bucket_checks import BLOCKED, refuse_public, refuse_unencrypted, sha256_of
from skafu.aws.failures import asking, said
from skafu.aws.slot import Slot, code_of
from skafu.model.cloud import CloudError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

TRIES = 5
"""How often a write is sent that S3 answers with 409: another one for the same key was under way, and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html says to send it again."""

CHUNK = 1 << 20
"""Bytes of an object that are hashed at a time."""

WRONG = "Find out who put it there. Where it is wrong, delete it and deploy again."

WITHOUT_LOCATION = "us-east-1"
"""The region that CreateBucket does not take as a LocationConstraint."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as S3 describes it: the SHA-256 of its bytes, in hexadecimal, and how many there are."""

    sha256: str
    size: int


class Bucket:
    """A bucket by its name. Its methods may be called from several threads.

    Args:
        client: of its account and region.
        name: its name.
        account: id of the account that must own it.
        region: where it must be.
        key: ARN of the KMS key that encrypts what lies in it, where skafu makes the bucket; empty for S3's own keys.
    """

    def __init__(self, client: S3Client, name: str, account: str, region: str, *, key: str = "") -> None:
        self.name = name
        self.account = account
        self.region = region
        self._client = client
        self._key = key
        self._ours: Any = {"Bucket": name, "ExpectedBucketOwner": account}

    def ensure(self, tags: Mapping[str, str]) -> bool:
        """Make the bucket if there is none, and refuse one that must not hold code.

        Args:
            tags: of the bucket, if it is made.

        Returns:
            Whether it was made.

        Raises:
            CloudError: it belongs to another account, is in another region, is not encrypted or not versioned, or may
                be public.
        """
        with asking(f"look at the bucket {self.name}"):
            if self._exists():
                refuse_unencrypted(self._client, self._ours)
                if self._versioned():
                    refuse_public(self._client, self._ours)
                    return False
                self._refuse_filled()
        with asking(f"make the bucket {self.name}"):
            self._create()
            self._furnish(tags)
        return True

    def put_once(self, key: str, content: bytes | Path, sha256: str) -> bool:
        """Store an object under a key that nothing lies under yet.

        Args:
            key: its key.
            content: what to store, or the file that holds it.
            sha256: of the content, in hexadecimal; S3 computes it too and refuses what differs.

        Returns:
            Whether it was stored; if not, the same content was there already.

        Raises:
            CloudError: something else lies under this key.
        """
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with asking(f"upload {key} to {self.name}"):
            for _ in range(2):
                fault = self._fault(key, sha256)
                if fault:
                    raise CloudError(f"{fault}; an artifact is never overwritten.", hint=WRONG)
                if fault is not None:
                    return False
                if self._put(key, content, checksum):
                    return True
        message = f"cannot upload {key} to {self.name}: it was there, and then it was not."
        raise CloudError(message, hint="Somebody deletes artifacts while they are deployed.")

    def still(self, key: str, sha256: str) -> str:
        """Why what lies under a key is not this content any more, as a sentence without a full stop; empty if it is.

        Args:
            key: its key.
            sha256: of the content, in hexadecimal.
        """
        with asking(f"look at {key} in {self.name}"):
            fault = self._fault(key, sha256)
        return f"nothing lies at s3://{self.name}/{key} any more" if fault is None else fault

    def stored(self, key: str) -> Stored | None:
        """What lies under a key; None if nothing does.

        Raises:
            CloudError: S3 has no checksum of it, so nobody knows what it is.
        """
        with asking(f"look at {key} in {self.name}"):
            try:
                found = self._client.head_object(**self._ours, Key=key, ChecksumMode="ENABLED")
            except ClientError as error:
                if code_of(error) in {"404", "NoSuchKey"}:
                    return None
                raise
        sha256 = sha256_of(found.get("ChecksumSHA256", ""))
        if not sha256:
            raise CloudError(
                f"s3://{self.name}/{key} has no SHA-256, so skafu has not put it there.", hint=WRONG
            )
        return Stored(sha256, found["ContentLength"])

    def get(self, key: str) -> bytes | None:
        """What lies under a key; None if nothing does. S3's checksum is held against it."""
        with asking(f"read {key} from {self.name}"):
            try:
                answer = self._client.get_object(**self._ours, Key=key, ChecksumMode="ENABLED")
            except ClientError as error:
                if code_of(error) == "NoSuchKey":
                    return None
                raise
            return answer["Body"].read()

    def url(self, key: str) -> str:
        """The URL of an object, as CloudFormation wants it for a template: path-style, at the endpoint of S3."""
        return f"{self._client.meta.endpoint_url}/{self.name}/{quote(key)}"

    def slot(self, key: str) -> Slot:
        """An object of this bucket that is written only under a condition."""
        return Slot(self._client, self.name, key, self.account)

    def _exists(self) -> bool:
        try:
            found = self._client.head_bucket(**self._ours)
        except ClientError as error:
            code = code_of(error)
            if code in {"404", "NoSuchBucket"}:
                return False
            if code in {"403", "AccessDenied"}:
                message = (
                    f"the bucket {self.name} belongs to another account than {self.account}, or this role may not "
                    "list it."
                )
                raise CloudError(
                    message, code=code, hint="Bucket names are shared by all of AWS: see `deployment.bucket`."
                ) from None
            raise
        region = found.get("BucketRegion", self.region)
        if region != self.region:
            message = f"the bucket {self.name} is in {region}, and not in {self.region}."
            raise CloudError(message, hint="Let `deployment.bucket` in stacks/accounts.yaml hold ${region}.")
        return True

    def _versioned(self) -> bool:
        return self._client.get_bucket_versioning(**self._ours).get("Status") == "Enabled"

    def _refuse_filled(self) -> None:
        """Versioning comes last when a bucket is made: an empty one without it was left half-made."""
        if self._client.list_objects_v2(**self._ours, MaxKeys=1).get("KeyCount", 0):
            message = f"the bucket {self.name} is not versioned; skafu stores nothing in it."
            raise CloudError(message, hint="Switch its versioning on.")

    def _create(self) -> None:
        where: Any = {}
        if self.region != WITHOUT_LOCATION:
            where["CreateBucketConfiguration"] = {"LocationConstraint": self.region}
        try:
            self._client.create_bucket(Bucket=self.name, ObjectOwnership="BucketOwnerEnforced", **where)
        except ClientError as error:
            if code_of(error) == "BucketAlreadyExists":
                raise CloudError(
                    f"the bucket {self.name} belongs to another account.",
                    code="BucketAlreadyExists",
                    hint="Bucket names are shared by all of AWS: choose another in stacks/accounts.yaml.",
                ) from None
            if code_of(error) != "BucketAlreadyOwnedByYou":
                raise

    def _furnish(self, tags: Mapping[str, str]) -> None:
        by_key: Any = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self._key}
        rule: Any = {
            "ApplyServerSideEncryptionByDefault": by_key if self._key else {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": bool(self._key),
        }
        self._client.put_bucket_encryption(**self._ours, ServerSideEncryptionConfiguration={"Rules": [rule]})
        blocked: Any = dict.fromkeys(BLOCKED, True)
        self._client.put_public_access_block(
            **self._ours,
            PublicAccessBlockConfiguration=blocked,
        )
        self._client.put_bucket_policy(**self._ours, Policy=json.dumps(self._policy()))
        if tags:
            tag_set: Any = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
            self._client.put_bucket_tagging(**self._ours, Tagging={"TagSet": tag_set})
        self._client.put_bucket_versioning(**self._ours, VersioningConfiguration={"Status": "Enabled"})

    def _policy(self) -> Mapping[str, Any]:
        arn = f"arn:{self._client.meta.partition}:s3:::{self.name}"
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "EncryptedConnectionsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }

    def _fault(self, key: str, sha256: str) -> str | None:
        """Why what lies there is not this content; empty where it is, None where nothing lies there."""
        try:
            found = self._client.head_object(**self._ours, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchKey"}:
                return None
            raise
        lies = sha256_of(found.get("ChecksumSHA256", "")) or self._hashed(key)
        if lies == sha256:
            return ""
        return f"something else lies at s3://{self.name}/{key}: its SHA-256 is {lies}, and not {sha256}"

    def _hashed(self, key: str) -> str:
        """The SHA-256 of what S3 holds without one: it was not uploaded by skafu, or in parts."""
        body = self._client.get_object(**self._ours, Key=key)["Body"]
        digest = hashlib.sha256()
        for chunk in body.iter_chunks(CHUNK):
            digest.update(chunk)
        return digest.hexdigest()

    def _put(self, key: str, content: bytes | Path, checksum: str) -> bool:
        for _ in range(TRIES):
            try:
                self._send(key, content, checksum)
            except ClientError as error:
                conflict = error
                if code_of(error) == "PreconditionFailed":
                    return False
                if code_of(error) != "ConditionalRequestConflict":
                    raise
            else:
                return True
        raise said(conflict, f"upload {key} to {self.name}")

    def _send(self, key: str, content: bytes | Path, checksum: str) -> None:
        wanted: Any = {**self._ours, "Key": key, "ChecksumSHA256": checksum, "IfNoneMatch": "*"}
        if isinstance(content, Path):
            with content.open("rb") as file:
                self._client.put_object(**wanted, Body=file)
        else:
            self._client.put_object(**wanted, Body=content)
