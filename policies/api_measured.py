"""Every method of an API is measured by itself.

Without detailed metrics CloudWatch knows how often an API failed, and not which of its twenty methods did.
The stage records them per method only when told to.

Give the stage `MethodSettings` for every path (`/*`) and method (`*`) with `MetricsEnabled: true`.

Source: the deployment architecture, `metrics_enabled`.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, as_list, policy


@policy(severity="low", resources=["AWS::ApiGateway::Stage"], controls=["soc2:CC7.2", "soc2:A1.1"])
def check(stage: Resource) -> Iterator[Violation]:
    """The setting for all methods switches metrics on, and none switches them off."""
    settings = [f"MethodSettings[{index}]" for index in range(len(as_list(stage.get("MethodSettings"))))]
    everything = [
        one
        for one in settings
        if stage.get(f"{one}.ResourcePath") == "/*" and stage.get(f"{one}.HttpMethod") == "*"
    ]
    if not everything:
        yield stage.violation(
            "The methods are not measured.",
            at="MethodSettings",
            fix="Add MethodSettings with ResourcePath /*, HttpMethod * and MetricsEnabled: true.",
        )
    for one in settings:
        at = f"{one}.MetricsEnabled"
        if not stage.flag(at):
            yield stage.violation(
                f"{stage.get(f'{one}.HttpMethod', '')} {stage.get(f'{one}.ResourcePath', '')} "
                "is not measured.",
                at=at,
                fix="Set it to true.",
            )
