"""Why a stack failed: the first event that was a cause and not a consequence."""

from __future__ import annotations

from collections.abc import Sequence

from skafu.model.cloud import ResourceEvent
from skafu.model.nesting import STACK

CONSEQUENCES = (
    "Resource creation cancelled",
    "Resource update cancelled",
    "The following resource(s) failed",
    "Embedded stack ",
    "No reason given",
)
"""How the reasons of those begin that failed because another did."""

HOLDERS = frozenset({STACK})
"""A stack fails because something in it did."""


def root_cause(events: Sequence[ResourceEvent]) -> str:
    """One line: the resource, its type and CloudFormation's reason; empty where no event failed.

    Args:
        events: of one operation, oldest first, those of nested stacks among them.
    """
    failed = [one for one in events if one.status.endswith("_FAILED")]
    causes = [one for one in failed if one.reason and not one.reason.startswith(CONSEQUENCES)]
    inner = [one for one in causes if one.type not in HOLDERS]
    found = next(iter(inner or causes or failed), None)
    if found is None:
        return ""
    reason = " ".join(found.reason.split()) or "CloudFormation gave no reason"
    return f"{found.logical_id} ({found.type}): {reason}"
