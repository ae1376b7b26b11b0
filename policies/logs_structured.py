"""Functions write their logs as JSON.

Alarms count lines by their `level`, queries ask for a request by its id. Text has neither: a line that Lambda
itself writes, that of a timeout, say, then escapes them, and just these are wanted.

Set `LoggingConfig.LogFormat` to `JSON`.

Source: AWS Lambda Developer Guide, "Configuring JSON and plain text log formats".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

AT = "LoggingConfig.LogFormat"


@policy(severity="low", resources=["AWS::Lambda::Function"], controls=["soc2:CC7.2"])
def check(function: Resource) -> Iterator[Violation]:
    """The format is JSON."""
    given = function.get(AT, "Text")
    if given != "JSON":
        yield function.violation(f"The log format is {given}.", at=AT, fix=f"Set {AT} to JSON.")
