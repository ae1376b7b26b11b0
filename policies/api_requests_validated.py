"""The API refuses malformed requests before a function sees them, wherever its environment asks for it.

A request that does not fit the declared parameters or body is answered by API Gateway: it costs no invocation
and reaches no code. `api_gateway.request_validation` of the environment asks for it.

Name an `x-amazon-apigateway-request-validator` for the whole definition (or per operation) that validates
parameters and body. The property `RequestValidator` of `AWS::Serverless::Api` does not exist; in a SAM template
the definition stands in `DefinitionBody`, or an event's `RequestModel` and `RequestParameters` ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_flag, policy
from skafu.sdk.rest_api import Operation, operations

VALIDATOR = "x-amazon-apigateway-request-validator"

BODILESS = frozenset({"get", "head", "delete"})
"""Methods whose requests have no body to validate."""


@policy(
    severity="medium",
    resources=["AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method"],
    controls=["soc2:CC6.6", "soc2:PI1.2"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """Every operation but a preflight names a validator that validates."""
    if not resource.environment.get("api_gateway.request_validation", default=False):
        return
    if resource.type == "AWS::ApiGateway::Method":
        yield from _method(resource)
        return
    for operation in operations(resource):
        if operation.method == "options":
            continue
        answer = _missing(resource, operation)
        if isinstance(answer, Unknown):
            yield answer
        elif answer:
            yield resource.violation(
                f"{operation}: {answer}.",
                at=(*operation.at, VALIDATOR),
                fix=f"Name a validator for the whole definition: {VALIDATOR}.",
            )


def _missing(api: Resource, operation: Operation) -> str | Unknown:
    """What is not validated; empty when all is."""
    name = operation.body.get(VALIDATOR, api.get(("Body", VALIDATOR)))
    if isinstance(name, Unknown):
        return name
    if name is None:
        return "requests are not validated"
    validator = api.get(("Body", f"{VALIDATOR}s", name))
    if validator is None:
        return f"the validator {name} is not defined"
    if isinstance(validator, Unknown):
        return validator
    parts = ["Parameters"] if operation.method in BODILESS else ["Parameters", "Body"]
    missing = [part.lower() for part in parts if not as_flag(validator.get(f"validateRequest{part}", False))]
    return f"the validator {name} does not validate the {' and the '.join(missing)}" if missing else ""


def _method(method: Resource) -> Iterator[Violation | Unknown]:
    verb = method.get("HttpMethod")
    if isinstance(verb, Unknown):
        yield verb
    elif verb != "OPTIONS" and not method.has("RequestValidatorId"):
        yield method.violation(
            f"{verb}: requests are not validated.",
            at="RequestValidatorId",
            fix="Name an AWS::ApiGateway::RequestValidator.",
        )
