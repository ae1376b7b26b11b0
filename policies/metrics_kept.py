"""The archive of metrics is kept exactly as long as its environment says.

CloudWatch keeps metrics for 15 months and lets nobody choose. Where a stack streams them into a bucket of its
own, that bucket is what `monitoring.metrics_retention_days` is about: shorter, and last year cannot be
compared with this one; longer, and nobody decided so.

Give the bucket a lifecycle rule whose `ExpirationInDays` is that number.

Source: the deployment architecture, `metrics_retention_days`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

DELIVERY = "AWS::KinesisFirehose::DeliveryStream"
RULES = "LifecycleConfiguration.Rules"


@policy(severity="medium", resources=["AWS::CloudWatch::MetricStream"], controls=["soc2:CC7.2", "gdpr:art-5"])
def check(stream: Resource) -> Iterator[Violation | Unknown]:
    """What the stream is delivered into ends when it should."""
    wanted = stream.environment.get("monitoring.metrics_retention_days")
    if wanted is None:
        return
    bucket = None
    for delivery in _meant(stream, DELIVERY, stream.get("FirehoseArn"), "DeliveryStreamName"):
        for at in ("ExtendedS3DestinationConfiguration.BucketARN", "S3DestinationConfiguration.BucketARN"):
            for bucket in _meant(stream, "AWS::S3::Bucket", delivery.get(at), "BucketName"):
                yield from _expires(bucket, wanted)
    if bucket is None:
        arn = stream.get("FirehoseArn")
        if isinstance(arn, Unknown):
            yield arn
        else:
            yield stream.violation(
                "The metrics end in no bucket of this stack, so nobody can say how long they are kept.",
                at="FirehoseArn",
                fix="Let a delivery stream of this stack write them to a bucket of this stack.",
            )


def _expires(bucket: Resource, wanted: float) -> Iterator[Violation]:
    ends = [
        f"{RULES}[{index}].ExpirationInDays"
        for index in range(len(as_list(bucket.get(RULES))))
        if bucket.get(f"{RULES}[{index}].Status") == "Enabled" and not bucket.get(f"{RULES}[{index}].Prefix")
    ]
    at = next((one for one in ends if bucket.has(one)), ends[0] if ends else "LifecycleConfiguration")
    kept = bucket.number(at) if ends else None
    if kept != wanted:
        yield bucket.violation(
            f"Metrics are kept {'for ever' if kept is None else f'{kept} days'}, not {wanted} days.",
            at=at,
            fix=f"Set ExpirationInDays to {wanted}, from monitoring.metrics_retention_days.",
        )


def _meant(stream: Resource, kind: str, reference: Any, name: str) -> list[Resource]:
    found = stream.stack.resources(kind)
    if isinstance(reference, Unknown):
        return [one for one in found if one.logical_id in reference.resources]
    last = str(reference).replace("/", ":").rsplit(":", 1)[-1]
    return [one for one in found if not isinstance(one.get(name), Unknown) and one.get(name) == last]
