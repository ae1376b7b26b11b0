"""A record that cannot be processed fails alone, and after a number of tries.

A stream hands a function batches, in order. Without further words, one bad record brings its whole batch
back, again and again until it expires, a day or a week later; all that follows waits. So the function reports
which records failed (`ReportBatchItemFailures`), Lambda halves a batch that fails as a whole, and gives up
after a few tries. A queue hands back all of a batch too, unless it is told which messages failed.

Set `FunctionResponseTypes` to `[ReportBatchItemFailures]`; for a stream also `BisectBatchOnFunctionError:
true` and `MaximumRetryAttempts`, 10 at most.

Source: the deployment architecture, `dynamodb` events of "Lambda_Architecture"; AWS Lambda Developer Guide,
"Retaining discarded records".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

MOST = 10
"""Tries: with growing pauses between them they take minutes, not the life of the record."""

REPORTED = "ReportBatchItemFailures"

OTHERS = ("Topics", "Queues", "SelfManagedEventSource", "DocumentDBEventSourceConfig")
"""What mappings of Kafka, Amazon MQ and DocumentDB have: none of the switches below is for them."""


@policy(
    severity="medium",
    resources=["AWS::Lambda::EventSourceMapping"],
    controls=["soc2:A1.2", "soc2:PI1.3"],
)
def check(mapping: Resource) -> Iterator[Violation | Unknown]:
    """Failures are reported one by one; of streams, tries are counted and batches halved."""
    if any(mapping.has(one) for one in OTHERS):
        return
    stream = mapping.has("StartingPosition")
    types = mapping.get("FunctionResponseTypes", [])
    if isinstance(types, Unknown):
        yield types
    elif REPORTED not in types:
        yield mapping.violation(
            "One record that fails brings its whole batch back.",
            at="FunctionResponseTypes",
            fix=f"Set it to [{REPORTED}], and let the function return what failed.",
        )
    if not stream:
        return
    if not mapping.flag("BisectBatchOnFunctionError"):
        yield mapping.violation(
            "A batch that fails is tried again as it is.",
            at="BisectBatchOnFunctionError",
            fix="Set it to true.",
        )
    tries = mapping.number("MaximumRetryAttempts")
    if tries is None or not 0 <= tries <= MOST:
        yield mapping.violation(
            f"A record is tried {'until it expires' if tries in (None, -1) else f'{tries} times'} "
            f"while all others wait; {MOST} times are enough.",
            at="MaximumRetryAttempts",
            fix=f"Set it to {MOST} or less.",
        )
