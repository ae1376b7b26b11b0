"""Access to objects is decided by policies alone, never by access lists.

An access list belongs to whoever wrote the object: it can open it to the world, or keep the owner of the bucket
from reading his own data, and no policy shows it. With `BucketOwnerEnforced` there are none, and every object
belongs to the bucket's owner.

Set `OwnershipControls.Rules` to one rule with `ObjectOwnership: BucketOwnerEnforced`, and remove
`AccessControl`.

Source: Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

WANTED = "BucketOwnerEnforced"


@policy(severity="medium", resources=["AWS::S3::Bucket"], controls=["soc2:CC6.1"])
def check(bucket: Resource) -> Iterator[Violation]:
    """The owner of the bucket owns its objects, and there is no list."""
    at = "OwnershipControls.Rules[0].ObjectOwnership"
    given = bucket.get(at, "not given")
    if given != WANTED:
        yield bucket.violation(
            f"ObjectOwnership is {given}, not {WANTED}: access lists count.",
            at=at,
            fix=f"Set OwnershipControls.Rules to one rule with ObjectOwnership: {WANTED}.",
        )
    if bucket.has("AccessControl"):
        yield bucket.violation(
            "The bucket has an access list.", at="AccessControl", fix="Remove AccessControl; write a policy."
        )
