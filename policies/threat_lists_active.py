"""Lists of threats and of trusted addresses are in use, and come from a bucket of our own.

A list that is not activated looks like a list and does nothing. One that others can write to is worse: whoever
adds an address to the trusted ones is no longer seen.

Set `Activate` to true, and `Location` to an object in a bucket of the platform: `s3://skafu-.../...` or
`https://s3.amazonaws.com/skafu-.../...`.

Source: deployment architecture, "Compliance Monitoring"; GuardDuty User Guide, "Trusted IP and threat lists".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, policy

_OURS = re.compile(
    r"""(s3://skafu-[a-z0-9.-]+
    | https://s3[a-z0-9.-]*\.amazonaws\.com/skafu-[a-z0-9.-]+
    | https://skafu-[a-z0-9-]+\.s3[a-z0-9.-]*\.amazonaws\.com
    )/.+""",
    re.VERBOSE,
)


@policy(
    severity="medium",
    resources=[
        "AWS::GuardDuty::IPSet",
        "AWS::GuardDuty::ThreatEntitySet",
        "AWS::GuardDuty::ThreatIntelSet",
        "AWS::GuardDuty::TrustedEntitySet",
    ],
    controls=["soc2:CC7.2"],
)
def check(threats: Resource) -> Iterator[Violation | Unknown]:
    """It is activated, and lies in one of our buckets."""
    if isinstance(activated := threats.get("Activate"), Unknown):
        yield activated
    elif not threats.flag("Activate"):
        yield threats.violation("The list is not in use.", at="Activate", fix="Set Activate to true.")
    location = threats.get("Location", "nowhere")
    if isinstance(location, Unknown) and _is_made_here(threats, location):
        return
    if not _OURS.fullmatch(str(location)):
        yield threats.violation(
            f"The list comes from {location}, not from a bucket of ours.",
            at="Location",
            fix="Put it into a bucket of the platform, and write s3://BUCKET/KEY.",
        )


def _is_made_here(threats: Resource, location: Unknown) -> bool:
    """Whether the address is put together from a bucket of the same stack."""
    made: list[Any] = [threats.stack.resource(name) for name in location.resources]
    return any(one is not None and one.type == "AWS::S3::Bucket" for one in made)
