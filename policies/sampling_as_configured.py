"""As many requests are traced as the environment says.

Too few, and the one slow request in a thousand is never among them; all of them, in production, cost more
than the functions they trace. `tracing.reservoir` of the environment is traced each second,
`tracing.sampling_rate` of the rest.

Take `ReservoirSize` and `FixedRate` of the sampling rule from them.

Source: the deployment architecture, `xray_tracing`; AWS X-Ray Developer Guide, "Configuring sampling rules".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

SETTINGS = {"ReservoirSize": "reservoir", "FixedRate": "sampling_rate"}


@policy(severity="low", resources=["AWS::XRay::SamplingRule"], controls=["soc2:CC7.2"])
def check(rule: Resource) -> Iterator[Violation | Unknown]:
    """Both numbers are the environment's."""
    for name, setting in SETTINGS.items():
        wanted = rule.environment.get(f"tracing.{setting}")
        at = f"SamplingRule.{name}"
        given = rule.get(at)
        if isinstance(given, Unknown):
            yield given
        elif wanted is not None and rule.number(at) != wanted:
            yield rule.violation(
                f"{name} is {'not given' if given is None else given}; tracing.{setting} is {wanted}.",
                at=at,
                fix=f"Take {name} from tracing.{setting}.",
            )
