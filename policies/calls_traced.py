"""Calls can be followed through the API and its functions wherever their environment asks for it.

A trace shows which of ten services made one request slow or wrong. It must be on along the whole way: a stage or
a function that does not take part cuts the trace in two. `monitoring.xray_tracing` of the environment asks for it.

Set `TracingConfig.Mode` of functions to `Active` and `TracingEnabled` of stages to true (in a SAM template,
`Tracing` and `TracingEnabled` under `Globals`).
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy


@policy(
    severity="low",
    resources=["AWS::Lambda::Function", "AWS::ApiGateway::Stage"],
    controls=["soc2:CC7.2"],
)
def check(resource: Resource) -> Iterator[Violation]:
    """Tracing is on."""
    if not resource.environment.get("monitoring.xray_tracing", default=False):
        return
    if resource.type == "AWS::Lambda::Function":
        if resource.get("TracingConfig.Mode", "PassThrough") != "Active":
            yield resource.violation(
                "The function does not trace its calls.", at="TracingConfig.Mode", fix="Set it to Active."
            )
    elif not resource.flag("TracingEnabled"):
        yield resource.violation(
            "The stage does not trace its calls.", at="TracingEnabled", fix="Set it to true."
        )
