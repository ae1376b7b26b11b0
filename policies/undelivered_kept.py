"""What a topic or a rule could not deliver is kept.

SNS tries a subscriber for hours or weeks, EventBridge a target for a day; then the message is gone, and
neither the sender nor the receiver knows that there was one. A queue beside the subscription or target keeps
it.

Give every subscription of a function, queue, stream or address (not of people) a `RedrivePolicy` with
`deadLetterTargetArn`, and every target of a rule a `DeadLetterConfig`. A subscription written inside its
topic can have none: declare it as an `AWS::SNS::Subscription`.

Source: Amazon SNS Developer Guide, "Amazon SNS dead-letter queues"; Amazon EventBridge User Guide, "Using
dead-letter queues to process undelivered events in EventBridge".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

PEOPLE = ("email", "email-json", "sms", "application")
"""Protocols that end with people, who are told again by the next message."""

AT = "RedrivePolicy.deadLetterTargetArn"


@policy(
    severity="low",
    resources=["AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::Events::Rule"],
    controls=["soc2:A1.2", "soc2:PI1.4"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """Every way to a machine has a queue beside it."""
    if resource.type == "AWS::SNS::Subscription":
        if resource.get("Protocol") not in PEOPLE and not resource.has(AT):
            yield resource.violation(
                "Messages that cannot be delivered are lost.", at=AT, fix="Name a queue for them."
            )
    elif resource.type == "AWS::SNS::Topic":
        for index in range(len(as_list(resource.get("Subscription")))):
            protocol = resource.get(f"Subscription[{index}].Protocol")
            if isinstance(protocol, Unknown):
                yield protocol
            elif protocol not in PEOPLE:
                yield resource.violation(
                    f"Messages that cannot be delivered by {protocol} are lost.",
                    at=f"Subscription[{index}]",
                    fix="Declare an AWS::SNS::Subscription with a RedrivePolicy instead.",
                )
    else:
        for index in range(len(as_list(resource.get("Targets")))):
            at = f"Targets[{index}].DeadLetterConfig.Arn"
            if not resource.has(at):
                yield resource.violation(
                    "Events that cannot be delivered are lost.", at=at, fix="Name a queue for them."
                )
