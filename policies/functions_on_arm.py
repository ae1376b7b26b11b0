"""Functions run on arm64.

The same function costs a fifth less a millisecond on Graviton, and most run faster there. A function that
says nothing runs on `x86_64`.

Set `Architectures` to `[arm64]`, and build its dependencies and layers for it.

Source: the deployment architecture, "Instance_Optimization"; AWS Lambda Developer Guide, "Selecting and
configuring an instruction set architecture for your Lambda function".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

WANTED = ["arm64"]


@policy(severity="low", resources=["AWS::Lambda::Function"])
def check(function: Resource) -> Iterator[Violation]:
    """The architecture is arm64."""
    given = function.get("Architectures", ["x86_64"])
    if given != WANTED:
        yield function.violation(
            f"The function runs on {', '.join(given)}.",
            at="Architectures",
            fix="Set Architectures to [arm64].",
        )
