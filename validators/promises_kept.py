"""Every value that an environment's configuration promises is deployed in it.

The configuration is what people read and agree on; the templates are what is deployed. A setting that no resource
has is a promise nobody keeps: production is said to keep its logs for a year, and no log group does. The policies
hold each resource to its setting; this one looks from the other end, for settings that nothing holds.

Pass the setting on to a template as a parameter, or take it out of the configuration. A new setting needs a line in
`PROMISES`, which says what keeps it.

Source: "Environment Configuration" of the deployment architecture, where each of these settings stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skafu.sdk import Environment, Estate, Resource, Unknown, Violation, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTION = "AWS::Lambda::Function"
RULES = "Policies.PasswordPolicy"
POOL = "AWS::Cognito::UserPool"
REST_API = "AWS::ApiGateway::RestApi"
STAGE = "AWS::ApiGateway::Stage"
TABLE = "AWS::DynamoDB::Table"

PROMISES = {
    "dynamodb.billing_mode": (TABLE, "BillingMode"),
    "dynamodb.point_in_time_recovery": (TABLE, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"),
    "dynamodb.stream_enabled": (TABLE, "StreamSpecification.StreamViewType"),
    "dynamodb.deletion_protection": (TABLE, "DeletionProtectionEnabled"),
    "lambda.runtime": (FUNCTION, "Runtime"),
    "lambda.memory_size": (FUNCTION, "MemorySize"),
    "lambda.timeout": (FUNCTION, "Timeout"),
    "lambda.reserved_concurrency": (FUNCTION, "ReservedConcurrentExecutions"),
    "lambda.environment_variables.LOG_LEVEL": (FUNCTION, "Environment.Variables.LOG_LEVEL"),
    "lambda.environment_variables.CORS_ORIGINS": (FUNCTION, "Environment.Variables.CORS_ORIGINS"),
    "api_gateway.cors_enabled": (REST_API, "Body.x-amazon-apigateway-gateway-responses.DEFAULT_4XX"),
    "api_gateway.throttling_enabled": (STAGE, "MethodSettings[0].ThrottlingRateLimit"),
    "api_gateway.request_validation": (REST_API, "Body.x-amazon-apigateway-request-validators"),
    "api_gateway.auth_type": (
        REST_API,
        "Body.securityDefinitions.CognitoAuthorizer.x-amazon-apigateway-authtype",
    ),
    "cognito.user_pool_name": (POOL, "UserPoolName"),
    "cognito.client_name": ("AWS::Cognito::UserPoolClient", "ClientName"),
    "cognito.password_policy.minimum_length": (POOL, f"{RULES}.MinimumLength"),
    "cognito.password_policy.require_uppercase": (POOL, f"{RULES}.RequireUppercase"),
    "cognito.password_policy.require_lowercase": (POOL, f"{RULES}.RequireLowercase"),
    "cognito.password_policy.require_numbers": (POOL, f"{RULES}.RequireNumbers"),
    "cognito.password_policy.require_symbols": (POOL, f"{RULES}.RequireSymbols"),
    "monitoring.log_retention_days": ("AWS::Logs::LogGroup", "RetentionInDays"),
    "monitoring.metrics_retention_days": (FUNCTION, "Environment.Variables.METRICS_RETENTION_DAYS"),
    "monitoring.alerting_enabled": ("AWS::CloudWatch::*Alarm", "ActionsEnabled"),
    "monitoring.xray_tracing": (STAGE, "TracingEnabled"),
    "security.encryption_enabled": (TABLE, "SSESpecification.SSEEnabled"),
    "security.kms_key_id": (TABLE, "SSESpecification.KMSMasterKeyId"),
    "security.access_logging": (STAGE, "AccessLogSetting.DestinationArn"),
}
"""Setting -> the type of resource and the property that keep it."""

EACH = frozenset({"monitoring.alerting_enabled", "monitoring.xray_tracing"})
"""Switches that no policy compares: each resource that has one must have it the way of the setting."""

SECTIONS = ("dynamodb", "lambda", "api_gateway", "cognito", "monitoring", "security")
"""What the architecture's `EnvironmentConfig` consists of. What stands beside it is ours, and policies hold it."""


@validator(severity="high", controls=["soc2:CC8.1"])
def check(estate: Estate) -> Iterator[Violation | Unknown]:
    """Look for a resource that keeps each setting of each stage."""
    for environment in estate.environments:
        if not environment.get("stage") or not estate.complete:
            continue
        stacks = estate.within(environment.name)
        of_kind = {
            kind: [resource for stack in stacks for resource in stack.resources(kind)]
            for kind in {kind for kind, _ in PROMISES.values()}
        }
        for setting in (leaf for section in SECTIONS for leaf in _leaves(environment, section)):
            if setting not in PROMISES:
                message = f"Nobody knows what keeps {setting}."
                yield environment.violation(message, at=setting, fix="Add it to PROMISES of this validator.")
                continue
            kind, at = PROMISES[setting]
            resources = of_kind[kind]
            if setting in EACH:
                yield from _contradictions(resources, at, setting, environment)
            kept = [_keeps(resource, at, environment.get(setting)) for resource in resources]
            if any(one is True for one in kept):
                continue
            unknown = next((one for one in kept if isinstance(one, Unknown)), None)
            if unknown is not None:
                yield unknown
                continue
            yield environment.violation(
                f"{setting} is {environment.get(setting)}, and no {kind} of {environment.name} has that as its {at}.",
                at=setting,
            )


def _contradictions(
    resources: list[Resource], at: str, setting: str, environment: Environment
) -> Iterator[Violation]:
    """Where a switch stands the other way than the setting does; values are for the policies to compare."""
    promised = environment.get(setting)
    for resource in resources if isinstance(promised, bool) else []:
        value = resource.get(at)
        if not isinstance(value, Unknown) and str(value).lower() == str(not promised).lower():
            yield resource.violation(f"{at} is {value}, against {setting} of its environment.", at=at)


def _leaves(environment: Environment, at: str) -> Iterator[str]:
    value = environment.get(at)
    if isinstance(value, dict):
        for key in value:
            yield from _leaves(environment, f"{at}.{key}")
    elif value is not None:
        yield at


def _keeps(resource: Resource, at: str, promised: Any) -> bool | Unknown:
    """Whether the property is what the setting promises; of a switch, whether there is such a thing at all."""
    value = resource.get(at)
    if isinstance(value, Unknown) and not (isinstance(promised, bool) and value.kind):
        return value
    if isinstance(promised, bool):
        if value is None or isinstance(value, Unknown):  # of some kind, so there is such a thing
            return promised is (value is not None)
        return (str(value).lower() != "false") is promised
    return str(value).lower() == str(promised).lower()
