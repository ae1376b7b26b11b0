"""An alarm says what it means, and what silence means.

Who is woken by it reads the description first; without one the night begins with searching. And a metric that
says nothing is good news (no errors) or bad news (nothing runs any more): unless it is told which, the alarm
goes to `INSUFFICIENT_DATA`, which is neither, and calls nobody.

Set `AlarmDescription`, and `TreatMissingData` to `notBreaching`, `breaching` or `ignore` on purpose.

Source: Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy


@policy(
    severity="low",
    resources=["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"],
    controls=["soc2:CC7.2", "soc2:CC7.3"],
)
def check(alarm: Resource) -> Iterator[Violation]:
    """Both are there; a composite alarm has no data of its own."""
    if not alarm.has("AlarmDescription") or alarm.get("AlarmDescription") == "":
        yield alarm.violation(
            "The alarm does not say what it means.",
            at="AlarmDescription",
            fix="Say what is wrong when it rises.",
        )
    if alarm.type == "AWS::CloudWatch::Alarm" and alarm.get("TreatMissingData", "missing") == "missing":
        yield alarm.violation(
            "When its metric falls silent, the alarm is neither right nor wrong.",
            at="TreatMissingData",
            fix="Set it to notBreaching, breaching or ignore.",
        )
