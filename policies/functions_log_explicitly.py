"""Every function writes to a log group that its own stack declares.

Lambda makes a log group by itself where it finds none: kept for ever, not encrypted with the platform's key,
and left behind when the stack is gone. What is not declared cannot be held to `monitoring.log_retention_days`.

Declare an `AWS::Logs::LogGroup` and name it in the function's `LoggingConfig.LogGroup`, or call it
`/aws/lambda/<function name>`.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy


@policy(severity="medium", resources=["AWS::Lambda::Function"], controls=["soc2:CC7.2", "gdpr:art-5"])
def check(function: Resource) -> Iterator[Violation | Unknown]:
    """There is a log group for it in the stack."""
    groups = function.stack.resources("AWS::Logs::LogGroup")
    chosen = function.get("LoggingConfig.LogGroup")
    if isinstance(chosen, Unknown) and any(group.logical_id in chosen.resources for group in groups):
        return
    name = function.get("FunctionName")
    expected = chosen
    if chosen is None and not isinstance(name, Unknown):
        expected = f"/aws/lambda/{name}"
    for group in groups:
        written = group.get("LogGroupName")
        if isinstance(written, Unknown):
            # !Sub /aws/lambda/${Function}
            if chosen is None and function.logical_id in written.resources:
                return
        elif written is not None and not isinstance(expected, Unknown) and written == expected:
            return
    if isinstance(chosen, Unknown) or (chosen is None and groups and isinstance(name, Unknown)):
        yield chosen if isinstance(chosen, Unknown) else name
        return
    yield function.violation(
        f"No log group of this stack is {'the one it would write to' if chosen is None else chosen}.",
        at="LoggingConfig.LogGroup",
        fix="Declare an AWS::Logs::LogGroup and name it in LoggingConfig.LogGroup.",
    )
