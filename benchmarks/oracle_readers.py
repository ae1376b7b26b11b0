"""What services state about a resource, in the words of its template.

One reader for each resource type: (client factory, physical id) -> properties. What a service answers where
a template says nothing is in `DEFAULTS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

Clients = Callable[[str], Any]


def read(client: Clients, kind: str, physical_id: str) -> dict[str, Any] | None:
    """The properties, None for each that is not set; None for all where the resource is not (or no longer) there."""
    try:
        found = READERS[kind](client, physical_id)
    except (ClientError, LookupError, StopIteration):
        return None
    return {name: None if value in ("", [], {}) else value for name, value in found.items()}


def _parameter(client: Clients, name: str) -> dict[str, Any]:
    value = client("ssm").get_parameter(Name=name)["Parameter"]
    chosen = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    more = client("ssm").describe_parameters(ParameterFilters=chosen)["Parameters"][0]
    tags = client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    return {
        "Name": name,
        "Type": value["Type"],
        "Value": value["Value"],
        "Description": more.get("Description"),
        "AllowedPattern": more.get("AllowedPattern"),
        "Tags": {one["Key"]: one["Value"] for one in _own(tags)},
    }


def _queue(client: Clients, url: str) -> dict[str, Any]:
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    tags = client("sqs").list_queue_tags(QueueUrl=url).get("Tags", {})
    numbers = ("DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "VisibilityTimeout")
    redrive = attributes.get("RedrivePolicy")
    return {
        "QueueName": attributes["QueueArn"].rpartition(":")[2],
        **{name: attributes.get(name) for name in numbers},
        "RedrivePolicy": json.loads(redrive) if redrive else None,
        "Tags": _own([{"Key": key, "Value": value} for key, value in tags.items()]),
    }


def _topic(client: Clients, arn: str) -> dict[str, Any]:
    attributes = client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    return {"TopicName": arn.rpartition(":")[2], "DisplayName": attributes.get("DisplayName")}


def _table(client: Clients, name: str) -> dict[str, Any]:
    table = client("dynamodb").describe_table(TableName=name)["Table"]
    tags = client("dynamodb").list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    billing = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    units = ("ReadCapacityUnits", "WriteCapacityUnits")
    throughput = {unit: table["ProvisionedThroughput"][unit] for unit in units}
    return {
        "TableName": name,
        "BillingMode": billing,
        "AttributeDefinitions": table["AttributeDefinitions"],
        "KeySchema": table["KeySchema"],
        "ProvisionedThroughput": throughput if billing == "PROVISIONED" else None,
        "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled"),
        "Tags": _own(tags),
    }


def _bucket(client: Clients, name: str) -> dict[str, Any]:
    client("s3").head_bucket(Bucket=name)
    status = client("s3").get_bucket_versioning(Bucket=name).get("Status")
    try:
        tags = client("s3").get_bucket_tagging(Bucket=name)["TagSet"]
    except ClientError:  # this is how S3 says that there are none
        tags = []
    return {
        "BucketName": name,
        "VersioningConfiguration": {"Status": status} if status else None,
        "Tags": _own(tags),
    }


def _log_group(client: Clients, name: str) -> dict[str, Any]:
    groups = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    group = next(one for one in groups if one["logGroupName"] == name)
    return {"LogGroupName": name, "RetentionInDays": group.get("retentionInDays")}


def _role(client: Clients, name: str) -> dict[str, Any]:
    role = client("iam").get_role(RoleName=name)["Role"]
    inline = client("iam").list_role_policies(RoleName=name)["PolicyNames"]
    policies = [client("iam").get_role_policy(RoleName=name, PolicyName=one) for one in inline]
    attached = client("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {
        "RoleName": name,
        "Description": role.get("Description"),
        "MaxSessionDuration": role["MaxSessionDuration"],
        "AssumeRolePolicyDocument": role["AssumeRolePolicyDocument"],
        "ManagedPolicyArns": [one["PolicyArn"] for one in attached],
        "Policies": [
            {"PolicyName": one["PolicyName"], "PolicyDocument": one["PolicyDocument"]} for one in policies
        ],
    }


def _function(client: Clients, name: str) -> dict[str, Any]:
    settings = client("lambda").get_function_configuration(FunctionName=name)
    plain = ("Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "Architectures")
    return {"FunctionName": name, **{key: settings.get(key) for key in (*plain, "Environment")}}


def _vpc(client: Clients, id_: str) -> dict[str, Any]:
    return {"CidrBlock": client("ec2").describe_vpcs(VpcIds=[id_])["Vpcs"][0]["CidrBlock"]}


def _subnet(client: Clients, id_: str) -> dict[str, Any]:
    found = client("ec2").describe_subnets(SubnetIds=[id_])["Subnets"][0]
    return {name: found[name] for name in ("CidrBlock", "AvailabilityZone", "VpcId")}


def _own(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    """The tags that a template set, by key; CloudFormation adds some of its own."""
    kept = [one for one in tags if not one["Key"].startswith("aws:")]
    return sorted(kept, key=lambda one: one["Key"])


READERS: Mapping[str, Callable[[Clients, str], dict[str, Any]]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::EC2::Subnet": _subnet,
    "AWS::EC2::VPC": _vpc,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::Function": _function,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SSM::Parameter": _parameter,
}

DEFAULTS: Mapping[tuple[str, str], str] = {
    ("AWS::DynamoDB::Table", "BillingMode"): "PROVISIONED",
    ("AWS::IAM::Role", "MaxSessionDuration"): "3600",
    ("AWS::Lambda::Function", "MemorySize"): "128",
    ("AWS::Lambda::Function", "Timeout"): "3",
    ("AWS::SQS::Queue", "DelaySeconds"): "0",
    ("AWS::SQS::Queue", "VisibilityTimeout"): "30",
}
"""(type, property) -> the value that its documentation states for a template without it."""
