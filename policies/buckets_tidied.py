"""Every bucket removes what is only left over: unfinished uploads, and versions long replaced.

The parts of an upload that broke off are stored and charged for, and appear in no listing. Versions that were
replaced pile up under every object: they cost as much as the object does, and keep personal data that
everybody believes deleted.

Give the bucket a lifecycle rule that is `Enabled`, has no filter, and sets `AbortIncompleteMultipartUpload`
and, where versions are kept, `NoncurrentVersionExpiration`.

Source: the deployment architecture, "Storage_Optimization"; Amazon S3 User Guide, "Configuring a bucket
lifecycle configuration to delete incomplete multipart uploads".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, as_list, policy

RULES = "LifecycleConfiguration.Rules"

FILTERS = ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")

UPLOADS = "AbortIncompleteMultipartUpload.DaysAfterInitiation"
VERSIONS = "NoncurrentVersionExpiration.NoncurrentDays"


@policy(severity="low", resources=["AWS::S3::Bucket"], controls=["soc2:C1.2", "gdpr:art-5"])
def check(bucket: Resource) -> Iterator[Violation]:
    """A rule for all objects ends both."""
    rules = [f"{RULES}[{index}]" for index in range(len(as_list(bucket.get(RULES))))]
    general = [
        rule
        for rule in rules
        if bucket.get(f"{rule}.Status") == "Enabled"
        and not any(bucket.get(f"{rule}.{name}") for name in FILTERS)
    ]
    at = general[0] if general else "LifecycleConfiguration"
    if not any(bucket.number(f"{rule}.{UPLOADS}") for rule in general):
        yield bucket.violation(
            "Parts of uploads that broke off are kept for ever.",
            at=f"{at}.{UPLOADS}" if general else at,
            fix=f"Set {UPLOADS} to 7 in a rule without a filter.",
        )
    if bucket.get("VersioningConfiguration.Status") != "Enabled":
        return
    if not any(bucket.number(f"{rule}.{VERSIONS}") for rule in general):
        yield bucket.violation(
            "Versions that were replaced are kept for ever.",
            at=f"{at}.{VERSIONS}" if general else at,
            fix=f"Set {VERSIONS} in a rule without a filter.",
        )
