"""A deployment that fails, or that raises an alarm, is rolled back by itself.

Traffic that moves step by step protects nobody if no one looks between the steps. CodeDeploy looks at alarms,
and takes the traffic back when one rises: only if it is told which, and that it may.

Give the deployment group an `AlarmConfiguration` with at least one alarm, and an `AutoRollbackConfiguration`
for `DEPLOYMENT_FAILURE` and `DEPLOYMENT_STOP_ON_ALARM` (in a SAM template, `Alarms` of
`DeploymentPreference`).

Source: the deployment architecture, "Rollback to blue if needed" and "Full rollout or rollback based on
results" of "Deployment Strategies".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM")


@policy(
    severity="high",
    resources=["AWS::CodeDeploy::DeploymentGroup"],
    controls=["soc2:CC8.1", "soc2:A1.2", "soc2:CC7.5"],
)
def check(group: Resource) -> Iterator[Violation | Unknown]:
    """There are alarms, and both reasons to roll back."""
    if not group.flag("AlarmConfiguration.Enabled", default=group.has("AlarmConfiguration")):
        yield group.violation(
            "No alarm stops a deployment.", at="AlarmConfiguration.Enabled", fix="Set it to true."
        )
    elif not as_list(group.get("AlarmConfiguration.Alarms")):
        yield group.violation(
            "No alarm stops a deployment.", at="AlarmConfiguration.Alarms", fix="Name an alarm on errors."
        )
    if not group.flag("AutoRollbackConfiguration.Enabled"):
        yield group.violation(
            "A failed deployment stays as it is.",
            at="AutoRollbackConfiguration.Enabled",
            fix="Set it to true.",
        )
        return
    events = group.get("AutoRollbackConfiguration.Events", [])
    missing = [one for one in EVENTS if one not in events]
    if missing:
        yield group.violation(
            f"{' and '.join(missing)} {'does' if len(missing) == 1 else 'do'} not roll it back.",
            at="AutoRollbackConfiguration.Events",
            fix=f"Add {' and '.join(missing)}.",
        )
