"""Sessions of roles end after an hour.

A stolen session cannot be taken back: it is good until it ends. An hour is what AWS gives unless asked for
more, and as much as a deployment or a person at work needs; whoever works longer asks again.

Leave `MaxSessionDuration` out, or set it to 3600 (seconds); for a permission set, `SessionDuration` to `PT1H`.

Source: IAM User Guide, "Update the maximum session duration for a role". The hour is our own decision.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Violation, policy

MOST = 3600
"""Seconds."""

_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


@policy(
    severity="medium",
    resources=["AWS::IAM::Role", "AWS::SSO::PermissionSet"],
    controls=["soc2:CC6.1"],
)
def check(resource: Resource) -> Iterator[Violation]:
    """No session is longer than that."""
    if resource.type == "AWS::IAM::Role":
        at, given, fix = "MaxSessionDuration", resource.number("MaxSessionDuration"), str(MOST)
    else:
        at, given, fix = "SessionDuration", _seconds(resource.get("SessionDuration", "PT1H")), "PT1H"
    if given is not None and given > MOST:
        yield resource.violation(
            f"A session lasts up to {given} seconds, longer than {MOST}.",
            at=at,
            fix=f"Set {at} to {fix} or less.",
        )


def _seconds(duration: Any) -> int:
    """An ISO 8601 duration such as `PT1H30M` in seconds."""
    found = _DURATION.fullmatch(str(duration))
    if found is None:
        raise ValueError(f"{duration!r} is not a duration such as PT1H")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
