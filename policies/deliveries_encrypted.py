"""Messages of a topic are delivered over encrypted connections only.

A subscription over plain HTTP sends the message, and with it the signed link to unsubscribe, readable through
every network on its way. A topic's own policy protects what comes in, not what goes out.

Set `Protocol` to `https`, with an `Endpoint` that starts with `https://`, or to a service of AWS.

Source: Amazon SNS Developer Guide, "Security best practices": enforce encryption of data in transit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, policy

FIX = "Set Protocol to https and let Endpoint start with https://."


@policy(
    severity="medium",
    resources=["AWS::SNS::Subscription", "AWS::SNS::Topic"],
    controls=["soc2:CC6.7", "gdpr:art-32"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """No subscription is delivered over plain HTTP."""
    if resource.type == "AWS::SNS::Subscription":
        if _is_plain(resource.properties):
            yield resource.violation("Messages are delivered over plain HTTP.", at="Protocol", fix=FIX)
        return
    for index, subscription in enumerate(resource.get("Subscription", [])):
        if _is_plain(subscription):
            at = ("Subscription", index, "Protocol")
            yield resource.violation("Messages are delivered over plain HTTP.", at=at, fix=FIX)


def _is_plain(subscription: dict[str, Any]) -> bool:
    protocol, endpoint = subscription.get("Protocol"), subscription.get("Endpoint")
    if protocol != "https":
        return bool(protocol == "http")
    return not isinstance(endpoint, Unknown) and not str(endpoint).startswith("https://")
