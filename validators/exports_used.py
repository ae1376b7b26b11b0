"""Every export is imported by a stack of the estate.

An export that nobody imports is a promise without a partner: CloudFormation refuses to change or remove it the day
somebody does import it, and until then nobody knows whether it may go. Low, for whoever imports it may stand outside
of this repository. (An import that no stack exports, and two exports of one name, block: skafu itself finds them.)

Remove the export, or the output. If somebody outside imports it, say who in a comment beside it.

Source: AWS CloudFormation User Guide, "Get exported outputs from a deployed CloudFormation stack".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from skafu.sdk import Estate, Violation, validator

if TYPE_CHECKING:
    from collections.abc import Iterator


@validator(severity="low", controls=["soc2:CC8.1"])
def check(estate: Estate) -> Iterator[Violation]:
    """Look for the other end of each export."""
    if not estate.complete:
        return
    imported = {
        (need.target, need.what) for stack in estate.stacks for need in stack.needs if need.kind == "export"
    }
    for stack in estate.stacks:
        for name, output in stack.outputs.items():
            if "Export" in output and (stack.id, name) not in imported:
                yield stack.violation(
                    f"It exports {name}, which no stack imports.", at=("Outputs", name, "Export")
                )
