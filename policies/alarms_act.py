"""Alarms tell somebody wherever their environment asks for it, and nobody where it does not.

An alarm without an action turns red on a page that no one looks at. An alarm in development that writes to
people teaches them not to read. `monitoring.alerting_enabled` of the environment decides; an account without
that setting holds no stage, and its alarms (those of the audit trail, say) always act.

Give the alarm `AlarmActions`, and take `ActionsEnabled` from the environment. An alarm that only stops a
deployment, or only counts in a composite alarm, needs no action.

Source: the deployment architecture, `alerting_enabled`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

STOPS = {
    "AWS::CodeDeploy::DeploymentGroup": ("AlarmConfiguration.Alarms", "Name"),
    "AWS::AppConfig::Environment": ("Monitors", "AlarmArn"),
}
"""What stops at alarms and takes back what it deployed, and where it names them."""


@policy(
    severity="medium",
    resources=["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"],
    controls=["soc2:CC7.2", "soc2:CC7.3"],
)
def check(alarm: Resource) -> Iterator[Violation]:
    """It has an action, and is allowed to act, exactly where it should."""
    wanted = alarm.environment.get("monitoring.alerting_enabled", default=True)
    actions = as_list(alarm.get("AlarmActions"))
    enabled = alarm.flag("ActionsEnabled", default=True)
    if not wanted:
        if actions and enabled:
            yield alarm.violation(
                "The alarm tells somebody; monitoring.alerting_enabled is false.",
                at="ActionsEnabled",
                fix="Take ActionsEnabled from monitoring.alerting_enabled.",
            )
        return
    if not actions:
        if not _is_used(alarm):
            yield alarm.violation(
                "The alarm tells nobody.", at="AlarmActions", fix="Name a topic in AlarmActions."
            )
    elif not enabled:
        yield alarm.violation(
            "The alarm may not act; monitoring.alerting_enabled asks for it.",
            at="ActionsEnabled",
            fix="Take ActionsEnabled from monitoring.alerting_enabled.",
        )


def _is_used(alarm: Resource) -> bool:
    """Whether a deployment stops at it, or a composite alarm counts it."""
    references: list[Any] = [
        one.get("AlarmRule") for one in alarm.stack.resources("AWS::CloudWatch::CompositeAlarm")
    ]
    for kind, (alarms, name) in STOPS.items():
        for one in alarm.stack.resources(kind):
            number = len(as_list(one.get(alarms)))
            references += [one.get(f"{alarms}[{index}].{name}") for index in range(number)]
    own = alarm.get("AlarmName")
    return any(
        alarm.logical_id in one.resources if isinstance(one, Unknown) else bool(own) and own in str(one)
        for one in references
    )
