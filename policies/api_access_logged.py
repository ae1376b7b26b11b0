"""Every call of the API leaves a line in an access log wherever its environment asks for it.

The access log answers who called what, when and with which result, also for calls that never reached a function.
`security.access_logging` of the environment asks for it.

Set `AccessLogSetting.DestinationArn` of the stage to a log group of the platform.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

AT = "AccessLogSetting.DestinationArn"


@policy(
    severity="medium",
    resources=["AWS::ApiGateway::Stage"],
    controls=["soc2:CC7.2", "gdpr:art-30"],
)
def check(stage: Resource) -> Iterator[Violation]:
    """The stage names where its access log goes. Any destination is one, known or not."""
    if stage.environment.get("security.access_logging", default=False) and not stage.has(AT):
        yield stage.violation("Calls leave no access log.", at=AT)
