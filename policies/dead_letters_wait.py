"""Queues of dead letters keep them for 14 days, the most there is.

What could not be processed is found on a Monday, understood on a Wednesday and repaired in the week after.
Four days, what a queue takes by itself, are over by then, and a message that another queue gave up brings its
age along.

Set `MessageRetentionPeriod` of the queue to 1209600 seconds.

Source: the deployment architecture, `dead_letter_queue`; Amazon SQS Developer Guide, "Using dead-letter
queues in Amazon SQS".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Stack, Unknown, Violation, as_list, policy

LONGEST = 1_209_600
"""Seconds: 14 days."""

DEFAULT = 345_600
"""Seconds, where a queue does not say: 4 days."""

GIVEN_UP = {
    "AWS::Lambda::Function": "DeadLetterConfig.TargetArn",
    "AWS::Lambda::EventSourceMapping": "DestinationConfig.OnFailure.Destination",
    "AWS::Lambda::EventInvokeConfig": "DestinationConfig.OnFailure.Destination",
    "AWS::SNS::Subscription": "RedrivePolicy.deadLetterTargetArn",
    "AWS::SQS::Queue": "RedrivePolicy.deadLetterTargetArn",
}
"""Where a type of resource says what becomes of what it gave up."""


@policy(severity="medium", resources=["AWS::SQS::Queue"], controls=["soc2:A1.2", "soc2:CC7.2"])
def check(queue: Resource) -> Iterator[Violation]:
    """What others gave up stays for 14 days."""
    if not any(_means(reference, queue) for reference in _places(queue.stack)):
        return
    kept = queue.number("MessageRetentionPeriod")
    if kept != LONGEST:
        yield queue.violation(
            f"Dead letters are kept {DEFAULT if kept is None else kept} seconds, not {LONGEST} (14 days).",
            at="MessageRetentionPeriod",
            fix=f"Set it to {LONGEST}.",
        )


def _places(stack: Stack) -> Iterator[Any]:
    for one in stack.resources(*GIVEN_UP):
        yield one.get(GIVEN_UP[one.type])
    for rule in stack.resources("AWS::Events::Rule"):
        for index in range(len(as_list(rule.get("Targets")))):
            yield rule.get(f"Targets[{index}].DeadLetterConfig.Arn")


def _means(reference: Any, queue: Resource) -> bool:
    if isinstance(reference, Unknown):
        return queue.logical_id in reference.resources
    name = queue.get("QueueName")
    return reference is not None and not isinstance(name, Unknown) and str(reference).endswith(f":{name}")
