"""No bucket can be made public.

Blocking public access on the bucket itself holds against every access list and bucket policy that anybody adds
later. Nothing of the platform is served from a public bucket.

Set all four members of `PublicAccessBlockConfiguration` to true.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


@policy(
    severity="critical",
    resources=["AWS::S3::Bucket"],
    controls=["cis:2.1.4", "soc2:CC6.1", "gdpr:art-32"],
)
def check(bucket: Resource) -> Iterator[Violation | Unknown]:
    """All four blocks are on."""
    for block in BLOCKS:
        at = f"PublicAccessBlockConfiguration.{block}"
        value = bucket.get(at)
        if isinstance(value, Unknown):
            yield value
        elif not bucket.flag(at):
            yield bucket.violation(f"{block} is off.", at=at, fix=f"Set {block} to true.")
