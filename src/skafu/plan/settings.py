"""What becomes another about the stack itself: its termination protection and its stack policy. No change set says it."""

from __future__ import annotations

import json
from typing import Any

from skafu.model.change import Action, Change, PropertyChange
from skafu.model.cloud import Standing
from skafu.model.estate import Stack
from skafu.model.nesting import STACK
from skafu.model.stack_policy import policy_data, same_policy

PROTECTION = "EnableTerminationProtection"
"""What CreateStack and DescribeStacks call it."""

POLICY = "StackPolicyBody"
"""What SetStackPolicy calls it."""


def settings_changes(stack: Stack, standing: Standing, policy: str) -> tuple[Change, ...]:
    """A change of the stack, by its own name, where a setting that is declared is not what stands; else nothing.

    Args:
        stack: as declared. What it leaves out stays as it is.
        standing: what stands.
        policy: the stack policy that is in force, JSON; empty for none.
    """
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    declared = stack.definition.node.get("termination_protection")
    if declared is not None and declared.value is not standing.termination_protection:
        before[PROTECTION], after[PROTECTION] = standing.termination_protection, declared.value is True
    wanted = stack.definition.stack_policy
    if wanted and not same_policy(wanted, policy):
        before[POLICY], after[POLICY] = policy_data(policy), policy_data(wanted)
    if not after:
        return ()
    keys = {PROTECTION: "termination_protection", POLICY: "stack_policy"}
    places = {name: stack.definition.node.nearest((keys[name],)).place for name in after}
    return (
        Change(
            logical_id=stack.stack_name,
            type=STACK,
            action=Action.MODIFY,
            location=places[next(iter(after))],
            physical_id=standing.id,
            details=tuple(
                PropertyChange(
                    f"Properties.{name}",
                    None if before[name] is None else json.dumps(before[name]),
                    json.dumps(after[name]),
                    location=places[name],
                )
                for name in sorted(after)
            ),
            before={"Type": STACK, "Properties": before},
            after={"Type": STACK, "Properties": after},
        ),
    )
