"""Costs that nobody expected are told, from the amount on that the environment names.

A monitor sees that a service costs three times what it used to, and keeps it to itself until a subscription
asks. The subscription names the amount: `costs.anomaly` dollars of the environment, so that the message is
rare enough to be read.

Put every `AWS::CE::AnomalyMonitor` of the stack into an `AWS::CE::AnomalySubscription` with subscribers and a
`ThresholdExpression` on `ANOMALY_TOTAL_IMPACT_ABSOLUTE`.

Source: the deployment architecture, "Set up cost anomaly detection".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, as_number, policy

IMPACT = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
SUBSCRIPTION = "AWS::CE::AnomalySubscription"


@policy(severity="low", resources=["AWS::CE::AnomalyMonitor", SUBSCRIPTION], controls=["soc2:CC7.2"])
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """Monitors have a subscription, and subscriptions readers and the amount."""
    if resource.type != SUBSCRIPTION:
        if not any(_asks(one, resource) for one in resource.stack.resources(SUBSCRIPTION)):
            yield resource.violation(
                "Nobody is told what the monitor sees.", fix="Name it in MonitorArnList of a subscription."
            )
        return
    if not as_list(resource.get("Subscribers")):
        yield resource.violation("Nobody is told.", at="Subscribers", fix="Add a topic or an e-mail address.")
    wanted = resource.environment.get("costs.anomaly")
    written = resource.get("ThresholdExpression")
    if isinstance(written, Unknown):
        yield written
        return
    amount = _amount(json.loads(written)) if written else None
    if amount is None:
        yield resource.violation(
            "No amount says from which on an anomaly is told.",
            at="ThresholdExpression",
            fix=f"Compare {IMPACT} with an amount.",
        )
    elif wanted is not None and amount != wanted:
        yield resource.violation(
            f"Anomalies are told from {amount} dollars on; costs.anomaly is {wanted}.",
            at="ThresholdExpression",
            fix="Take the amount from costs.anomaly.",
        )


def _asks(subscription: Resource, monitor: Resource) -> bool:
    named = as_list(subscription.get("MonitorArnList"))
    return any(isinstance(one, Unknown) and monitor.logical_id in one.resources for one in named)


def _amount(expression: Any) -> float | None:
    """The dollars that the impact is compared with, wherever in the expression."""
    if isinstance(expression, list):
        return next((found for found in map(_amount, expression) if found is not None), None)
    if not isinstance(expression, dict):
        return None
    if expression.get("Key") == IMPACT and expression.get("Values"):
        return as_number(expression["Values"][0])
    return _amount(list(expression.values()))
