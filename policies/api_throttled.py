"""Stages of the API are throttled wherever their environment asks for it, at the rate it names.

Without a limit of its own, one client uses up what the account grants to all of its APIs, and a loop in a front
end becomes a bill. Where `api_gateway.throttling_enabled` is true, every method of a stage has a rate and a
burst limit: those of `scaling.api` where the environment has them.

Give the stage `MethodSettings` for every path (`/*`) and method (`*`) with both limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

LIMITS = {"ThrottlingRateLimit": "rate_limit", "ThrottlingBurstLimit": "burst_limit"}


@policy(severity="medium", resources=["AWS::ApiGateway::Stage"], controls=["soc2:A1.1", "soc2:CC6.6"])
def check(stage: Resource) -> Iterator[Violation | Unknown]:
    """The setting for all methods limits rate and burst."""
    if not stage.environment.get("api_gateway.throttling_enabled", default=False):
        return
    index = next(
        (index for index, one in enumerate(as_list(stage.get("MethodSettings"))) if _covers_all(one)), None
    )
    if index is None:
        yield stage.violation(
            "The stage has no limits.",
            at="MethodSettings",
            fix="Add MethodSettings with ResourcePath /*, HttpMethod * and both throttling limits.",
        )
        return
    for name, setting_name in LIMITS.items():
        at = f"MethodSettings[{index}].{name}"
        given = stage.get(at)
        if isinstance(given, Unknown):
            yield given
            continue
        limit = stage.number(at)
        wanted = stage.environment.get(f"scaling.api.{setting_name}")
        if limit is None or limit <= 0:
            yield stage.violation(f"{name} does not limit anything.", at=at, fix=f"Set {name}.")
        elif wanted is not None and limit != wanted:
            yield stage.violation(
                f"{name} is {limit}; scaling.api.{setting_name} is {wanted}.",
                at=at,
                fix=f"Take {name} from scaling.api.{setting_name}.",
            )


def _covers_all(setting: dict[str, Any]) -> bool:
    return setting.get("ResourcePath") == "/*" and setting.get("HttpMethod") == "*"
