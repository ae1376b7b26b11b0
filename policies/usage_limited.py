"""Usage plans limit rate, burst and quota, and promise no more than the stage has.

A plan without a quota sells the same thing under two names; a plan that promises more than `scaling.api` of
the environment is a promise that the stage breaks, with an error that blames the customer.

Set `Throttle` with both limits, no higher than the environment's, and `Quota` with `Limit` and `Period`.

Source: the deployment architecture, `usage_plans` of "API_Gateway_Scaling".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

LIMITS = {"BurstLimit": "burst_limit", "RateLimit": "rate_limit"}
PERIODS = ("DAY", "WEEK", "MONTH")


@policy(severity="low", resources=["AWS::ApiGateway::UsagePlan"], controls=["soc2:A1.1", "soc2:CC6.6"])
def check(plan: Resource) -> Iterator[Violation | Unknown]:
    """All limits are there, and below those of the stage."""
    for name, setting in LIMITS.items():
        at = f"Throttle.{name}"
        given = plan.get(at)
        if isinstance(given, Unknown):
            yield given
            continue
        limit = plan.number(at)
        most = plan.environment.get(f"scaling.api.{setting}")
        if not limit:
            yield plan.violation(f"The plan has no {name}.", at=at, fix=f"Set {name}.")
        elif most is not None and limit > most:
            yield plan.violation(
                f"{name} is {limit}; scaling.api.{setting}, which the stage has, is {most}.",
                at=at,
                fix=f"Set it to {most} or less.",
            )
    if not plan.number("Quota.Limit"):
        yield plan.violation("The plan has no quota.", at="Quota.Limit", fix="Set it, 10000 say.")
    elif plan.get("Quota.Period") not in PERIODS:
        yield plan.violation("The quota has no period.", at="Quota.Period", fix="Set it to DAY.")
