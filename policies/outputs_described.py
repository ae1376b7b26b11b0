"""Outputs say what they are.

An output is the face of a stack: other stacks, builds and people rely on it, and read its description where
the name is not enough. One that nobody could describe is one that nobody needs.

Give every output a `Description`.

Source: the deployment architecture, "SAM Template Configuration": every output there has one.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Stack, Violation, stack_policy


@stack_policy(severity="info")
def check(stack: Stack) -> Iterator[Violation]:
    """Each has a description."""
    for name in sorted(stack.outputs):
        if not stack.get(("Outputs", name, "Description")):
            yield stack.violation(
                f"The output {name} does not say what it is.",
                at=("Outputs", name),
                fix="Add a Description.",
            )
