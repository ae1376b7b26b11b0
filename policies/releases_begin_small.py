"""A new version takes a small part of the traffic first, where the environment asks for gradual deployment.

A version that was right in staging can still be wrong in production; five percent of the customers then see
it for ten minutes, instead of all of them until somebody wakes up. `deployment.gradual` of the environment
asks for that.

Let CodeDeploy move the alias (`AutoPublishAlias` and `DeploymentPreference` in a SAM template), with a
configuration whose first step is 5 percent at most. CodeDeploy's own begin at 10: declare an
`AWS::CodeDeploy::DeploymentConfig`.

Source: the deployment architecture, "Canary_Deployment".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, policy

FIRST = 5
"""Percent of the traffic that the first step may move."""

SERVERS = "Server"
"""The compute platform where an application does not say; its instances are replaced, not their traffic."""

STEPS = {
    "TimeBasedCanary": "TrafficRoutingConfig.TimeBasedCanary.CanaryPercentage",
    "TimeBasedLinear": "TrafficRoutingConfig.TimeBasedLinear.LinearPercentage",
}
"""How the traffic moves -> the size of the first step."""

_PREDEFINED = re.compile(r"(\d+)Percent")


@policy(
    severity="medium",
    resources=["AWS::Lambda::Alias", "AWS::CodeDeploy::DeploymentGroup", "AWS::CodeDeploy::DeploymentConfig"],
    controls=["soc2:CC8.1", "soc2:A1.2"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """Aliases are moved by CodeDeploy, and CodeDeploy begins small."""
    if not resource.environment.get("deployment.gradual", default=False):
        return
    if resource.type == "AWS::Lambda::Alias":
        policy_of_update = resource.attribute("UpdatePolicy", {})
        if not policy_of_update.get("CodeDeployLambdaAliasUpdate"):
            yield resource.violation(
                "All traffic goes to a new version at once.",
                attribute="UpdatePolicy",
                fix="Add CodeDeployLambdaAliasUpdate, or DeploymentPreference in a SAM template.",
            )
    elif resource.type == "AWS::CodeDeploy::DeploymentGroup":
        if not _is_for_servers(resource):
            yield from _group(
                resource, resource.get("DeploymentConfigName", "CodeDeployDefault.LambdaAllAtOnce")
            )
    elif resource.get("ComputePlatform", SERVERS) != SERVERS:
        kind = resource.get("TrafficRoutingConfig.Type", "AllAtOnce")
        at = STEPS.get(kind, "TrafficRoutingConfig.Type")
        part = resource.number(at) if kind in STEPS else None
        if part is None or part > FIRST:
            yield resource.violation(
                f"The first step moves {100 if part is None else part} percent of the traffic, "
                f"not {FIRST} or less.",
                at=at,
                fix=f"Set it to {FIRST}."
                if kind in STEPS
                else "Set it to TimeBasedCanary, and name its first step.",
            )


def _is_for_servers(group: Resource) -> bool:
    application = group.get("ApplicationName")
    made = sorted(application.resources) if isinstance(application, Unknown) else []
    found = [one for one in map(group.stack.resource, made) if one is not None]
    return any(one.get("ComputePlatform", SERVERS) == SERVERS for one in found)


def _group(group: Resource, config: Any) -> Iterator[Violation | Unknown]:
    if isinstance(config, Unknown):
        # One of this stack is looked at by itself.
        if not any(group.stack.resource(one) for one in config.resources):
            yield config
        return
    if any(one.get("DeploymentConfigName") == config for one in group.stack.resources("*::DeploymentConfig")):
        return
    step = _PREDEFINED.search(config)
    part = int(step[1]) if step else 100
    if part > FIRST:
        yield group.violation(
            f"{config} moves {part} percent of the traffic first, not {FIRST} or less.",
            at="DeploymentConfigName",
            fix="Refer to an AWS::CodeDeploy::DeploymentConfig of the stack.",
        )
