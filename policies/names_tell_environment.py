"""Names that there can be only one of in an account tell which environment they belong to.

An account may hold more than one environment: development has its tests beside it. Two of them with one name
cannot be deployed side by side, and CloudFormation says so only in the middle of the second. And who reads a
name in an alarm, a bill or a permission should not have to look up where it comes from.

Put `${Environment}` into every name that a template gives, exports too; or give none, and let CloudFormation
make one. The role of deployments is the account's, and has the name that `accounts.yaml` says.

Source: the deployment architecture, "SAM Template Configuration": every name there has its environment in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Stack, Unknown, Violation, stack_policy

NAMES = {
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::ApiGateway::UsagePlan": "UsagePlanName",
    "AWS::Backup::BackupVault": "BackupVaultName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}
"""Type of resource -> its name.

Buckets are not among them: theirs are unique in the world, and some are prescribed.
"""

PRESCRIBED = ("/aws/lambda-insights", "API-Gateway-Execution-Logs_")
"""What names begin with that AWS gives."""


@stack_policy(severity="low", controls=["soc2:CC8.1"])
def check(stack: Stack) -> Iterator[Violation | Unknown]:
    """The environment's name is part of each name."""
    environment = stack.environment.name
    fix = f"Put the environment into it, such as skafu-{environment}-..., or leave it out."
    for resource in stack.resources(*NAMES):
        at = NAMES[resource.type]
        name = resource.get(at)
        if isinstance(name, Unknown):
            yield name
        elif not (name is None or environment in name or _is_given(name, stack)):
            yield resource.violation(f"The name {name} does not tell its environment.", at=at, fix=fix)
    for output in sorted(stack.outputs):
        at = f"Outputs.{output}.Export.Name"
        name = stack.get(at)
        if isinstance(name, Unknown):
            yield name
        elif name is not None and environment not in name:
            yield stack.violation(f"The export {name} does not tell its environment.", at=at, fix=fix)


def _is_given(name: str, stack: Stack) -> bool:
    return name.startswith(PRESCRIBED) or name == stack.account.deployer_role
