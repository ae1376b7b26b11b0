"""What users send is not written into logs.

With data tracing, API Gateway logs whole requests and answers; with `POWERTOOLS_LOGGER_LOG_EVENT`, Powertools
logs the event, which is the same request with its token. Both put personal data where it is not expected, for
as long as logs are kept.

Set `DataTraceEnabled` of every method setting to false or leave it out. Set the variable in development at
most, where there are no users.

Source: API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs": full request and response logs.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_flag, policy

SWITCH = "Environment.Variables.POWERTOOLS_LOGGER_LOG_EVENT"


@policy(
    severity="medium",
    resources=["AWS::ApiGateway::Stage", "AWS::Lambda::Function"],
    controls=["soc2:CC6.1", "gdpr:art-5", "gdpr:art-32"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """Neither API Gateway nor a function does."""
    if resource.type == "AWS::Lambda::Function":
        in_development = resource.environment.get("stage", resource.environment.name) == "development"
        if not in_development and str(resource.get(SWITCH, "false")).lower() in ("true", "1"):
            yield resource.violation(
                "The function logs the events it gets.", at=SWITCH, fix="Remove the variable."
            )
        return
    for index, setting in enumerate(resource.get("MethodSettings", [])):
        traced = setting.get("DataTraceEnabled", False)
        if isinstance(traced, Unknown):
            yield traced
        elif as_flag(traced):
            yield resource.violation(
                "The stage logs whole requests and answers.",
                at=("MethodSettings", index, "DataTraceEnabled"),
                fix="Set DataTraceEnabled to false.",
            )
