"""The trail can be watched as it is written.

A trail that lies in a bucket alone is read when it is too late. In a log group, a filter sees a root sign-in or
a switched-off trail within minutes, and people can search it.

Set `CloudWatchLogsLogGroupArn` to a log group of the platform and `CloudWatchLogsRoleArn` to a role that may
write into it.

Source: CloudTrail User Guide, "Monitoring CloudTrail log files with Amazon CloudWatch Logs".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy


@policy(severity="medium", resources=["AWS::CloudTrail::Trail"], controls=["soc2:CC7.2", "soc2:CC7.3"])
def check(trail: Resource) -> Iterator[Violation]:
    """It is written to a log group too, by a role. Which ones need not be known."""
    for name, what in (("CloudWatchLogsLogGroupArn", "log group"), ("CloudWatchLogsRoleArn", "role")):
        if not trail.has(name):
            yield trail.violation(
                f"The trail has no {what}: it cannot be watched.", at=name, fix=f"Set {name}."
            )
