"""Every role has a permissions boundary.

A boundary is the most a role can ever do, whatever is attached to it later. It is what lets teams write roles of
their own without being able to write themselves an administrator.

Set `PermissionsBoundary` to the boundary that `foundation/identity` makes; in a SAM template, set it on the
function (or under `Globals`) and on the state machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy


@policy(severity="high", resources=["AWS::IAM::Role", "AWS::IAM::User"], controls=["soc2:CC6.3"])
def check(role: Resource) -> Iterator[Violation]:
    """There is a boundary. It is another stack's, so its value need not be known."""
    if not role.has("PermissionsBoundary"):
        kind = "role" if role.type == "AWS::IAM::Role" else "user"
        yield role.violation(f"The {kind} has no permissions boundary.", at="PermissionsBoundary")
