"""Every bucket keeps the versions of its objects.

An object that was overwritten or deleted, by mistake or by an attacker, is still there as an older version.
Replication to the backup region needs versions too.

Set `VersioningConfiguration.Status` to `Enabled`, and let a lifecycle rule remove what is too old.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

AT = "VersioningConfiguration.Status"


@policy(severity="medium", resources=["AWS::S3::Bucket"], controls=["soc2:A1.2"])
def check(bucket: Resource) -> Iterator[Violation]:
    """Versioning is on."""
    if bucket.get(AT, "Suspended") != "Enabled":
        yield bucket.violation("The bucket keeps no versions.", at=AT, fix=f"Set {AT} to Enabled.")
