"""Functions with Powertools say under which name they log, trace and measure.

Without `POWERTOOLS_SERVICE_NAME` log lines and traces carry `service_undefined`; without
`POWERTOOLS_METRICS_NAMESPACE` the function fails when it measures. Dashboards, alarms and queries look for
one name, that of the application.

Set both variables to the value of the stack's tag `Application`.

Source: the deployment architecture, `environment_variables` of "Deployment_Configuration".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

LAYER = "powertools"
"""A layer with this word in its name, in whatever case, is Powertools."""

VARIABLES = ("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE")


@policy(severity="low", resources=["AWS::Lambda::Function"], controls=["soc2:CC7.2"])
def check(function: Resource) -> Iterator[Violation | Unknown]:
    """Both variables are there, and name the application."""
    if not any(_is_powertools(layer) for layer in as_list(function.get("Layers"))):
        return
    application = function.stack.tags.get("Application")
    for name in VARIABLES:
        at = ("Environment", "Variables", name)
        given = function.get(at)
        if isinstance(given, Unknown):
            yield given
        elif not given:
            yield function.violation(
                f"{name} is not set.", at=at, fix=f"Set it to {application or 'the name of the application'}."
            )
        elif application is not None and given != application:
            yield function.violation(
                f"{name} is {given}; the application is {application}.",
                at=at,
                fix=f"Set it to {application}.",
            )


def _is_powertools(layer: object) -> bool:
    if isinstance(layer, Unknown):
        return any(LAYER in one.lower() for one in layer.resources)
    return LAYER in str(layer).lower()
