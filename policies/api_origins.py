"""Browsers of one origin only may call the API: the one that the environment names.

`*` lets every web site a user visits call the API from the user's browser. The origin that is meant is
`lambda.environment_variables.CORS_ORIGINS` of the environment; the API, its error responses and the functions
must all say the same, or calls fail only in the error case or only in one environment.

Take the origin from the environment, through a parameter without a default.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.rest_api import operations

HEADER = "access-control-allow-origin"

At: TypeAlias = tuple[str | int, ...]


@policy(
    severity="high",
    resources=["AWS::ApiGateway::RestApi", "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Method"],
    controls=["soc2:CC6.6"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """Every origin that a browser is told is the environment's."""
    wanted = resource.environment.get("lambda.environment_variables.CORS_ORIGINS")
    if wanted is None:
        return
    for at, given in _told(resource):
        if isinstance(given, Unknown):
            yield given
            continue
        origin = str(given).strip("'")
        if origin != wanted or origin == "*":
            yield resource.violation(
                f"Browsers of {origin} may call the API, not those of {wanted}.",
                at=at,
                fix=f"Take the origin from lambda.environment_variables.CORS_ORIGINS: '{wanted}'.",
            )


def _told(resource: Resource) -> Iterator[tuple[At, Any]]:
    """Every value of the header, and where it stands."""
    if resource.type == "AWS::ApiGateway::GatewayResponse":
        yield from _headers(resource, ("ResponseParameters",))
    elif resource.type == "AWS::ApiGateway::Method":
        at: At = ("Integration", "IntegrationResponses")
        for index in range(len(as_list(resource.get(at)))):
            yield from _headers(resource, (*at, index, "ResponseParameters"))
    else:
        for operation in operations(resource):
            at = (*operation.at, "x-amazon-apigateway-integration", "responses")
            for status in resource.get(at, {}):
                yield from _headers(resource, (*at, status, "responseParameters"))
        at = ("Body", "x-amazon-apigateway-gateway-responses")
        for kind in resource.get(at, {}):
            yield from _headers(resource, (*at, kind, "responseParameters"))


def _headers(resource: Resource, at: At) -> Iterator[tuple[At, Any]]:
    for name, value in resource.get(at, {}).items():
        if name.lower().endswith(f".header.{HEADER}"):
            yield (*at, name), value
