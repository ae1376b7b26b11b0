"""CloudFront signs its requests to buckets.

Only then can a bucket stay closed to everybody else: its policy lets the one distribution in. The older
origin access identity cannot read what lies under a key of KMS, and an origin with neither works only if the
bucket is public.

Give every origin that is a bucket an `OriginAccessControlId`, of an `AWS::CloudFront::OriginAccessControl`
with `SigningBehavior: always` and `SigningProtocol: sigv4`.

Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

CONTROL = "OriginAccessControlConfig"
SIGNED = {"SigningBehavior": "always", "SigningProtocol": "sigv4"}

_BUCKET = re.compile(r"\.s3[.-][a-z0-9.-]*amazonaws\.com(\.cn)?$")


@policy(
    severity="high",
    resources=["AWS::CloudFront::Distribution", "AWS::CloudFront::OriginAccessControl"],
    controls=["soc2:CC6.1", "soc2:CC6.6", "gdpr:art-32"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """Buckets are reached by access control, which always signs."""
    if resource.type == "AWS::CloudFront::OriginAccessControl":
        for name, wanted in SIGNED.items():
            given = resource.get(f"{CONTROL}.{name}")
            if given != wanted:
                yield resource.violation(
                    f"{name} is {given or 'not given'}, not {wanted}.",
                    at=f"{CONTROL}.{name}",
                    fix=f"Set it to {wanted}.",
                )
        return
    origins = "DistributionConfig.Origins"
    for index in range(len(as_list(resource.get(origins)))):
        origin = f"{origins}[{index}]"
        address = resource.get(f"{origin}.DomainName", "")
        bucket = resource.has(f"{origin}.S3OriginConfig")
        if not bucket and isinstance(address, Unknown):
            yield address
        elif (bucket or _BUCKET.search(address)) and not resource.has(f"{origin}.OriginAccessControlId"):
            yield resource.violation(
                "Requests to the bucket are not signed.",
                at=f"{origin}.OriginAccessControlId",
                fix="Refer to an AWS::CloudFront::OriginAccessControl.",
            )
