"""One object that is written only under a condition, so that of two writers one learns that it was not first.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from botocore.exceptions import ClientError

from skafu.aws.failures import asking
from skafu.model.cloud import CloudError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

AHEAD = frozenset({"ConditionalRequestConflict", "NoSuchKey", "PreconditionFailed"})
"""Somebody else was, or is just now: 409, 404 where the object is gone, 412."""

Removal: TypeAlias = Literal["removed", "gone", "changed"]
"""`removed` by this request; `gone` before it came, by somebody else; `changed`: it is in another state, and stays."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The object as it stands.

    Attributes:
        content: what it holds.
        etag: names this state of it; conditions are about that.
        age: seconds since it was written, by the clock of S3 alone; None where S3 did not tell its time.
    """

    content: bytes
    etag: str
    age: float | None


class Slot:
    """An object by its bucket and key.

    Every method raises `CloudError` where S3 refuses, and `Unreachable` where nobody knows what has happened.

    Args:
        client: of the account and region.
        bucket: name of the bucket.
        key: of the object.
        account: id of the account that must own the bucket.
    """

    def __init__(self, client: S3Client, bucket: str, key: str, account: str) -> None:
        self.url = f"s3://{bucket}/{key}"
        self._client = client
        self._object: Any = {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": account}

    def look(self) -> Seen | None:
        """What stands there; None if nothing does."""
        with asking(f"read {self.url}"):
            try:
                answer = self._client.get_object(**self._object)
            except ClientError as error:
                if code_of(error) == "NoSuchKey":
                    return None
                raise
            content = answer["Body"].read()
        told = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
        try:
            age = (parsedate_to_datetime(told) - answer["LastModified"]).total_seconds()
        except (TypeError, ValueError):
            age = None
        return Seen(content, answer["ETag"], age)

    def create(self, content: bytes) -> str | None:
        """Write it if nothing stands there. The new ETag, or None where something does."""
        return self._put(content, IfNoneMatch="*")

    def replace(self, content: bytes, etag: str) -> str | None:
        """Write it if it is still in this state. The new ETag, or None where it is not."""
        return self._put(content, IfMatch=etag)

    def remove(self, etag: str) -> Removal:
        """Delete it if it is still in this state."""
        with asking(f"delete {self.url}"):
            try:
                self._client.delete_object(**self._object, IfMatch=etag)
            except ClientError as error:
                if code_of(error) not in AHEAD:
                    raise
                sent_again = error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
            else:
                return "removed"
        if self.look() is not None:
            return "changed"
        # botocore sends a request again whose answer got lost: then the first one was ahead of the second.
        return "removed" if sent_again else "gone"

    def _put(self, content: bytes, **condition: Any) -> str | None:
        with asking(f"write {self.url}"):
            try:
                answer = self._client.put_object(
                    **self._object, **condition, Body=content, ContentType="application/json"
                )
            except ClientError as error:
                if code_of(error) in AHEAD:
                    return None
                if code_of(error) == "NoSuchBucket":
                    raise CloudError(f"there is no bucket for {self.url}.", code="NoSuchBucket") from None
                raise
            return answer["ETag"]


def code_of(error: ClientError) -> str:
    """AWS's code of a refusal."""
    return error.response.get("Error", {}).get("Code", "")
