"""A queue gives a message 3 to 10 tries, and a function the time for each.

Given up at the first failure, a message is lost to a hiccup; tried without end, it blocks what follows and is
paid for each time. And while a function works on a message, the queue hides it: shorter than six times what
the function may take, and the same message is worked on twice, by a retry or by its neighbour.

Set `maxReceiveCount` of `RedrivePolicy` to 3 to 10, and `VisibilityTimeout` to six times the function's
`Timeout` or more.

Source: AWS Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Stack, Unknown, Violation, as_number, policy

FEWEST, MOST = 3, 10
"""Tries of a message."""

VISIBILITY, TIMEOUT, TIMES = 30, 3, 6
"""Seconds that a queue and a function take where they do not say, and how often the second fits the first."""


@policy(severity="medium", resources=["AWS::SQS::Queue"], controls=["soc2:A1.2", "soc2:PI1.3"])
def check(queue: Resource) -> Iterator[Violation]:
    """Tries and time are enough."""
    if queue.has("RedrivePolicy"):
        tries = queue.number("RedrivePolicy.maxReceiveCount")
        if tries is None or not FEWEST <= tries <= MOST:
            yield queue.violation(
                f"A message is tried {'any number of' if tries is None else tries} times, "
                f"not {FEWEST} to {MOST}.",
                at="RedrivePolicy.maxReceiveCount",
                fix="Set it to 5.",
            )
    hidden = queue.get("VisibilityTimeout", VISIBILITY)
    for function in _readers(queue):
        needed = as_number(function.get("Timeout", TIMEOUT)) * TIMES
        if as_number(hidden) < needed:
            yield queue.violation(
                f"A message is hidden for {hidden} seconds; {function.logical_id} needs {needed}, "
                "six times its timeout.",
                at="VisibilityTimeout",
                fix=f"Set it to {needed} or more.",
            )


def _readers(queue: Resource) -> Iterator[Resource]:
    for mapping in queue.stack.resources("AWS::Lambda::EventSourceMapping"):
        if _means(mapping.get("EventSourceArn"), queue, "QueueName"):
            for function in queue.stack.resources("AWS::Lambda::Function"):
                if _means(_behind_alias(queue.stack, mapping.get("FunctionName")), function, "FunctionName"):
                    yield function


def _behind_alias(stack: Stack, reference: Any) -> Any:
    """What an alias is for, if the reference is to one."""
    for alias in stack.resources("AWS::Lambda::Alias"):
        if isinstance(reference, Unknown) and alias.logical_id in reference.resources:
            return alias.get("FunctionName")
    return reference


def _means(reference: Any, resource: Resource, name: str) -> bool:
    if isinstance(reference, Unknown):
        return resource.logical_id in reference.resources
    given = resource.get(name)
    return (
        reference is not None
        and not isinstance(given, Unknown)
        and str(reference).rsplit(":", 1)[-1] == given
    )
