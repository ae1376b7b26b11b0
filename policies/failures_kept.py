"""What a function could not process is kept, not lost.

Nobody waits for the answer of an asynchronous call: after Lambda's last attempt the event is gone, and with it an
alert or a payment. A stream is worse: it stops until the record expires. Every function that AWS calls by itself
needs a place for what failed.

Give the function a `DeadLetterConfig` (or an `EventInvokeConfig` with `OnFailure`), an event source mapping on a
stream a `DestinationConfig.OnFailure`, and a queue that feeds a function a `RedrivePolicy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Stack, Unknown, Violation, stack_policy

ASYNCHRONOUS = frozenset(
    f"{service}.amazonaws.com"
    for service in ("events", "iot", "logs", "s3", "ses", "sns", "config", "codecommit")
)
"""Who calls a function without waiting for it."""

ON_FAILURE = "DestinationConfig.OnFailure.Destination"


@stack_policy(severity="medium", controls=["soc2:A1.2", "soc2:CC7.2"])
def check(stack: Stack) -> Iterator[Violation | Unknown]:
    """Each function that is called so, and each mapping, has such a place."""
    for permission in stack.resources("AWS::Lambda::Permission"):
        caller = permission.get("Principal")
        if isinstance(caller, Unknown):
            yield caller
        elif caller in ASYNCHRONOUS:
            for function in _named(
                stack, "AWS::Lambda::Function", permission.get("FunctionName"), "FunctionName"
            ):
                if not function.has("DeadLetterConfig.TargetArn") and not _on_failure(stack, function):
                    yield function.violation(
                        f"What {caller} could not deliver to the function is lost.",
                        at="DeadLetterConfig.TargetArn",
                    )
    for mapping in stack.resources("AWS::Lambda::EventSourceMapping"):
        yield from _mapping(stack, mapping)


def _mapping(stack: Stack, mapping: Resource) -> Iterator[Violation]:
    source = mapping.get("EventSourceArn")
    queues = _named(stack, "AWS::SQS::Queue", source, "QueueName")
    for queue in queues:
        if not queue.has("RedrivePolicy"):
            yield queue.violation(
                f"What {mapping.logical_id} could not process comes back until it expires.",
                at="RedrivePolicy",
            )
    # A queue of another stack has its redrive policy there. Whatever else is read is a stream.
    elsewhere = not isinstance(source, Unknown) and ":sqs:" in str(source)
    if not queues and not elsewhere and not mapping.has(ON_FAILURE):
        yield mapping.violation(
            "What could not be processed stops the stream and is then lost.", at=ON_FAILURE
        )


def _named(stack: Stack, kind: str, reference: Any, name: str) -> list[Resource]:
    """The resources of the stack that a reference means: by logical id, or by name at the end of an ARN."""
    found = stack.resources(kind)
    if isinstance(reference, Unknown):
        return [one for one in found if one.logical_id in reference.resources]
    if reference is None:
        return []
    last = str(reference).rsplit(":", 1)[-1]
    return [one for one in found if not isinstance(one.get(name), Unknown) and one.get(name) == last]


def _on_failure(stack: Stack, function: Resource) -> bool:
    """Whether an event invoke configuration of the function names a destination for failures."""
    return any(
        function in _named(stack, function.type, config.get("FunctionName"), "FunctionName")
        and config.has(ON_FAILURE)
        for config in stack.resources("AWS::Lambda::EventInvokeConfig")
    )
