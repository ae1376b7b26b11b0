"""Nobody calls the API without a token of the platform's user pool.

`api_gateway.auth_type` of the environment is `COGNITO_USER_POOLS`: every method requires the Cognito authorizer.
One method that was forgotten is a way in for everybody. Only `OPTIONS` is open, because a browser asks it before
it has anything to authorize with.

Set a default authorizer for the whole API. A method that must be open is an exception to register in
`policies/waivers.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.rest_api import Operation, operations

COGNITO = "cognito_user_pools"


@policy(
    severity="critical",
    resources=["AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method", "AWS::Lambda::Url"],
    controls=["soc2:CC6.1", "gdpr:art-32"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """Every method but a preflight requires the authorizer."""
    if resource.environment.get("api_gateway.auth_type", "").lower() != COGNITO:
        return
    if resource.type == "AWS::Lambda::Url":
        if resource.get("AuthType") != "AWS_IAM":
            yield resource.violation("Anybody may call this URL, around the API.", at="AuthType")
    elif resource.type == "AWS::ApiGateway::Method":
        verb = resource.get("HttpMethod")
        if verb != "OPTIONS" and resource.get("AuthorizationType", "NONE") != COGNITO.upper():
            yield resource.violation(
                f"{verb} can be called without a token.",
                at="AuthorizationType",
                fix="Set AuthorizationType to COGNITO_USER_POOLS and name the authorizer.",
            )
    else:
        for operation in operations(resource):
            if operation.method != "options" and not _authorized(resource, operation):
                yield resource.violation(
                    f"{operation} can be called without a token.",
                    at=(*operation.at, "security"),
                    fix="Require the Cognito authorizer; in a SAM template, set Auth.DefaultAuthorizer of the API.",
                )


def _authorized(api: Resource, operation: Operation) -> bool:
    """Whether each of the alternatives it accepts includes a Cognito authorizer."""
    accepted = as_list(operation.body.get("security", api.get(("Body", "security"))))
    return bool(accepted) and all(
        any(_is_cognito(api, name) for name in alternative) for alternative in accepted
    )


def _is_cognito(api: Resource, name: str) -> bool:
    for home in (("Body", "securityDefinitions"), ("Body", "components", "securitySchemes")):
        kind = api.get((*home, name, "x-amazon-apigateway-authorizer", "type"))
        if kind is not None:
            return str(kind).lower() == COGNITO
    return False
