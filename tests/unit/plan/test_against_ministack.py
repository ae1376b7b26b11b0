"""The predictor against the change sets of MiniStack, for types whose update behaviour MiniStack knows.

MiniStack says `Conditional` of every property of a type whose behaviour it does not know; those are not compared here.
"""

from __future__ import annotations

import json
import time

import boto3
import pytest
from botocore.config import Config

from skafu.aws.embedded.server import embedded
from skafu.plan import changes, predict

pytestmark = pytest.mark.slow

PATIENCE = 60.0  # seconds for a stack to settle, on a machine that has much else to do


@pytest.fixture(scope="module")
def cloudformation(tmp_path_factory):
    with embedded(tmp_path_factory.mktemp("ministack")) as url:
        yield boto3.session.Session().client(
            "cloudformation",
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="111122223333",
            aws_secret_access_key="made-up",  # noqa: S106 - on purpose, and good for nothing
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )


def settled(look, done):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if done(found):
            return found
        time.sleep(0.02)
    pytest.fail("it did not settle")


QUEUE = "{Queue: {Type: AWS::SQS::Queue, %s}, Note: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !GetAtt Queue.Arn}}}"
TABLE = (
    "{Table: {Type: AWS::DynamoDB::Table, %sProperties: {TableName: %s, BillingMode: PAY_PER_REQUEST,"
    " AttributeDefinitions: [{AttributeName: %s, AttributeType: S}], KeySchema: [{AttributeName: %s, KeyType: HASH}]}}}"
)
ROLE = (
    "{Role: {Type: AWS::IAM::Role, Properties: {Path: %s, AssumeRolePolicyDocument: {Version: '2012-10-17', Statement:"
    " [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}}}}"
)
KEPT = "UpdateReplacePolicy: Retain, "
SIMPLE = "{A: {Type: AWS::SQS::Queue%s}, B: {Type: AWS::SNS::Topic}}"

PAIRS = {
    "named-anew": (QUEUE % "Properties: {QueueName: q-1}", QUEUE % "Properties: {QueueName: q-2}"),
    "key-schema": (TABLE % ("", "t-1", "a", "a"), TABLE % ("", "t-1", "b", "b")),
    "table-name": (TABLE % ("", "t-2", "a", "a"), TABLE % ("", "t-3", "a", "a")),
    "table-kept": (TABLE % (KEPT, "t-4", "a", "a"), TABLE % (KEPT, "t-5", "a", "a")),
    "role-path": (ROLE % "/a/", ROLE % "/b/"),
    "removed": (SIMPLE % "", "{B: {Type: AWS::SNS::Topic}}"),
    "removed-kept": (SIMPLE % ", DeletionPolicy: Retain", "{B: {Type: AWS::SNS::Topic}}"),
    "added": ("{B: {Type: AWS::SNS::Topic}}", SIMPLE % ""),
    "policy": (SIMPLE % "", SIMPLE % ", DeletionPolicy: Retain"),
    "metadata": (SIMPLE % ", Metadata: {a: 1}", SIMPLE % ", Metadata: {a: 2}"),
    "depends-on": (SIMPLE % "", SIMPLE % ", DependsOn: B"),
    "type": (SIMPLE % "", "{A: {Type: AWS::SNS::Topic}, B: {Type: AWS::SNS::Topic}}"),
    "tags": (
        SIMPLE % ", Properties: {Tags: [{Key: a, Value: b}]}",
        SIMPLE % ", Properties: {Tags: [{Key: a, Value: c}]}",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_prediction_is_what_the_change_set_says(name, cloudformation, stack, schemas):
    before, after = (stack(f"Resources: {text}") for text in PAIRS[name])
    was, becomes = before.template.plain(), after.template.plain()
    stack_name = {"StackName": name}
    capabilities = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    cloudformation.create_stack(**stack_name, TemplateBody=json.dumps(was), **capabilities)
    made = settled(
        lambda: cloudformation.describe_stacks(**stack_name)["Stacks"][0]["StackStatus"],
        lambda status: not status.endswith("IN_PROGRESS"),
    )
    assert made == "CREATE_COMPLETE"
    cloudformation.create_change_set(
        **stack_name,
        ChangeSetName="one",
        ChangeSetType="UPDATE",
        TemplateBody=json.dumps(becomes),
        **capabilities,
    )
    found = settled(
        lambda: cloudformation.describe_change_set(
            **stack_name, ChangeSetName="one", IncludePropertyValues=True
        ),
        lambda answer: answer["Status"] in {"CREATE_COMPLETE", "FAILED"},
    )
    said = changes(after, found.get("Changes", []), was, becomes)
    assert [shown(one) for one in predict(after, was, becomes, schemas)] == [shown(one) for one in said]
    assert (found["Status"] == "FAILED") == (said == ())


def shown(change):
    """What a change set of MiniStack can tell of a change; the ids of what stands are its own."""
    details = [(one.path, one.before, one.after, one.replacement, one.cause) for one in change.details]
    return (change.logical_id, change.type, change.action, change.replacement, change.kept, details)
