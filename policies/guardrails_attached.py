"""A service or resource control policy denies something, and is attached to somebody.

A guardrail that is attached to nothing is a text. One that only allows holds back nothing either, as
long as AWS's own policy that allows everything stands beside it.

Set `TargetIds` to the root, units or accounts that it is for, and write statements with `Effect: Deny`.

Source: AWS Organizations User Guide, "Service control policies".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy


@policy(severity="high", resources=["AWS::Organizations::Policy"], controls=["soc2:CC6.3", "soc2:CC8.1"])
def check(guardrail: Resource) -> Iterator[Violation | Unknown]:
    """It has a target and a Deny. Which targets need not be known."""
    if guardrail.get("Type") not in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        return
    targets = guardrail.get("TargetIds", [])
    if isinstance(targets, Unknown):
        yield targets
    elif not targets:
        yield guardrail.violation(
            "The policy is attached to nothing.",
            at="TargetIds",
            fix="Add the root, units or accounts it is for.",
        )
    content = _content(guardrail.get("Content", {}))
    if not any(statement.get("Effect") == "Deny" for statement in as_list(content.get("Statement"))):
        yield guardrail.violation(
            "The policy denies nothing.", at="Content", fix="Write statements with Effect: Deny."
        )


def _content(given: Any) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    content: dict[str, Any] = json.loads(given)
    return content
