"""Two templates -> what would change. The replacements are those that AWS's template reference documents."""

from __future__ import annotations

import pytest

from skafu.model.change import KNOWN_AFTER_APPLY, Action, Replacement
from skafu.plan import moving_outputs, nested_templates, predict

NEVER, MAYBE, ALWAYS = Replacement
LATER = f'"{KNOWN_AFTER_APPLY}"'
TRUST = "{Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}"
CODE = "Runtime: python3.12, Handler: app.run, Role: 'arn:aws:iam::111122223333:role/r'"


@pytest.fixture
def between(stack, schemas):
    """Two texts -> the changes from one to the other."""

    def run(before, after, **more):
        was = stack(before).template.plain() if before else None
        becomes = stack(after)
        return predict(becomes, was, becomes.template.plain(), schemas, **more)

    return run


@pytest.mark.parametrize(
    ("type_", "before", "after", "expected"),
    [
        ("AWS::DynamoDB::Table", "{TableName: a}", "{TableName: b}", {"TableName": ALWAYS}),
        (
            "AWS::DynamoDB::Table",
            "{BillingMode: PROVISIONED}",
            "{BillingMode: PAY_PER_REQUEST}",
            {"BillingMode": NEVER},
        ),
        (
            "AWS::DynamoDB::Table",
            "{KeySchema: [{AttributeName: a, KeyType: HASH}]}",
            "{KeySchema: [{AttributeName: b, KeyType: HASH}]}",
            {"KeySchema[0].AttributeName": MAYBE},
        ),
        (
            "AWS::Lambda::Function",
            f"{{FunctionName: a, {CODE}}}",
            f"{{FunctionName: b, {CODE}}}",
            {"FunctionName": ALWAYS},
        ),
        ("AWS::Lambda::Function", "{Timeout: 3}", "{Timeout: 4}", {"Timeout": NEVER}),
        ("AWS::S3::Bucket", "{BucketName: a}", "{BucketName: b}", {"BucketName": ALWAYS}),
        ("AWS::S3::Bucket", "{}", "{BucketName: b}", {"BucketName": ALWAYS}),
        (
            "AWS::Cognito::UserPool",
            "{Schema: [{Name: a}]}",
            "{Schema: [{Name: a}, {Name: b}]}",
            {"Schema[1]": NEVER},
        ),
        (
            "AWS::Cognito::UserPoolClient",
            "{GenerateSecret: false}",
            "{GenerateSecret: true}",
            {"GenerateSecret": ALWAYS},
        ),
        (
            "AWS::RDS::DBInstance",
            "{DBInstanceIdentifier: a, Engine: mysql, AllocatedStorage: 20}",
            "{DBInstanceIdentifier: b, Engine: postgres, AllocatedStorage: 30}",
            {"DBInstanceIdentifier": ALWAYS, "Engine": MAYBE, "AllocatedStorage": NEVER},
        ),
        (
            "AWS::KMS::Key",
            "{EnableKeyRotation: true}",
            "{EnableKeyRotation: false}",
            {"EnableKeyRotation": NEVER},
        ),
        ("AWS::ApiGateway::RestApi", "{Name: a}", "{Name: b}", {"Name": NEVER}),
        (
            "AWS::IAM::Role",
            f"{{RoleName: a, Path: /a/, AssumeRolePolicyDocument: {TRUST}}}",
            f"{{RoleName: b, Path: /b/, AssumeRolePolicyDocument: {TRUST}}}",
            {"RoleName": ALWAYS, "Path": ALWAYS},
        ),
        (
            "AWS::EC2::VPC",
            "{CidrBlock: 10.0.0.0/16, InstanceTenancy: default, EnableDnsSupport: true}",
            "{CidrBlock: 10.1.0.0/16, InstanceTenancy: dedicated, EnableDnsSupport: false}",
            {"CidrBlock": ALWAYS, "InstanceTenancy": MAYBE, "EnableDnsSupport": NEVER},
        ),
        ("My::Own::Type", "{Size: 1}", "{Size: 2}", {"Size": MAYBE}),
        ("Custom::Thing", "{ServiceToken: a, Size: 1}", "{ServiceToken: a, Size: 2}", {"Size": NEVER}),
    ],
)
def test_a_changed_property_replaces_its_resource_where_aws_says_so(
    between, resource, type_, before, after, expected
):
    (change,) = between(resource(type_, before), resource(type_, after))
    assert {one.path.removeprefix("Properties."): one.replacement for one in change.details} == expected
    assert (change.action, change.replacement) == (
        Action.MODIFY,
        max(expected.values(), key=list(Replacement).index),
    )


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("AWS::SQS::Queue", "{DelaySeconds: 1}", '{DelaySeconds: "1"}'),
        (
            "AWS::S3::Bucket",
            '{VersioningConfiguration: {Status: "Enabled"}}',
            "{VersioningConfiguration: {Status: Enabled}}",
        ),
        ("AWS::IAM::Role", "{ManagedPolicyArns: [a, b]}", "{ManagedPolicyArns: [b, a]}"),
    ],
)
def test_what_means_the_same_changes_nothing(between, resource, type_, before, after):
    assert between(resource(type_, before), resource(type_, after)) == ()


def test_what_only_depends_on_others_anew_changes_nothing(between):
    before = "Resources: {A: {Type: AWS::SQS::Queue}, B: {Type: AWS::SNS::Topic}}"
    after = "Resources: {A: {Type: AWS::SQS::Queue, DependsOn: B}, B: {Type: AWS::SNS::Topic}}"
    assert between(before, after) == ()


def test_another_order_in_a_set_that_decides_about_a_replacement_is_not_called_harmless(between, resource):
    before = resource("AWS::Lambda::LayerVersion", "{CompatibleRuntimes: [python3.11, python3.12]}")
    after = resource("AWS::Lambda::LayerVersion", "{CompatibleRuntimes: [python3.12, python3.11]}")
    (change,) = between(before, after)
    assert change.replacement is MAYBE


def test_everything_is_added_where_nothing_stands(between):
    (change,) = between(None, "Resources: {A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}}")
    assert (change.action, change.before, change.details) == (Action.ADD, None, ())
    assert change.after == {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 1}}
    assert (change.location.file, change.location.line) == ("stacks/platform/shop/template.yaml", 1)


@pytest.mark.parametrize(
    ("type_", "policy", "kept"),
    [
        ("AWS::SQS::Queue", "", False),
        ("AWS::SQS::Queue", "DeletionPolicy: Delete", False),
        ("AWS::SQS::Queue", "DeletionPolicy: Retain", True),
        ("AWS::SQS::Queue", "DeletionPolicy: RetainExceptOnCreate", True),
        ("AWS::SQS::Queue", "DeletionPolicy: {Ref: AnyWord}", False),
        ("AWS::SQS::Queue", "UpdateReplacePolicy: Retain", False),
        ("AWS::EC2::Volume", "DeletionPolicy: Snapshot", True),
        ("AWS::RDS::DBCluster", "", True),
        ("AWS::RDS::DBInstance", "", True),
        ("AWS::RDS::DBInstance", "Properties: {DBClusterIdentifier: c}", False),
        ("AWS::RDS::DBInstance", "DeletionPolicy: Delete", False),
    ],
)
def test_a_removed_resource_is_kept_as_its_deletion_policy_says(stack, schemas, type_, policy, kept):
    before = {
        "Resources": stack(f"Resources: {{A: {{Type: {type_}, {policy}}}}}").source.plain()["Resources"]
    }
    after = stack("Resources: {B: {Type: AWS::SNS::Topic}}")
    removed = predict(after, before, after.template.plain(), schemas)[0]
    assert (removed.logical_id, removed.action, removed.kept, removed.loses) == (
        "A",
        Action.REMOVE,
        kept,
        not kept,
    )


@pytest.mark.parametrize(
    ("policy", "kept"),
    [("", False), ("UpdateReplacePolicy: Retain,", True), ("DeletionPolicy: Retain,", False)],
)
def test_a_replaced_resource_is_kept_as_its_update_replace_policy_says(between, policy, kept):
    text = "Resources: {{A: {{Type: AWS::SQS::Queue, {policy} Properties: {{QueueName: {name}}}}}}}"
    (change,) = between(text.format(policy=policy, name="a"), text.format(policy=policy, name="b"))
    assert (change.kept, change.loses) == (kept, not kept)


def test_a_logical_id_that_goes_to_another_type_is_a_removal_and_an_addition(between):
    old, new = between(
        "Resources: {A: {Type: AWS::DynamoDB::Table}}", "Resources: {A: {Type: AWS::SQS::Queue}}"
    )
    assert (old.action, old.type, old.loses) == (Action.REMOVE, "AWS::DynamoDB::Table", True)
    assert (new.action, new.type) == (Action.ADD, "AWS::SQS::Queue")


NETWORK = """
    Resources:
      Vpc:
        Type: AWS::EC2::VPC
        Properties: {CidrBlock: %s}
      Net:
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}
      Queue:
        Type: AWS::SQS::Queue
        Properties: {Tags: [{Key: vpc, Value: !Sub "in ${Vpc} and ${Net}"}]}
      Far:
        Type: AWS::SSM::Parameter
        Properties: {Type: String, Value: !GetAtt Queue.Arn}
    Outputs:
      Net: {Value: !Ref Net}
      Queue: {Value: !Ref Queue}
"""


def test_a_replaced_resource_pulls_those_along_that_refer_to_it(between, stack):
    before, after = NETWORK % "10.0.0.0/16", NETWORK % "10.1.0.0/16"
    found = {one.logical_id: one for one in between(before, after)}
    assert {name: one.replacement for name, one in found.items()} == {
        "Vpc": ALWAYS,
        "Net": ALWAYS,
        "Queue": NEVER,
    }
    (followed,) = found["Net"].details
    assert (followed.path, followed.before, followed.after, followed.cause) == (
        "Properties.VpcId",
        None,
        LATER,
        "Vpc",
    )
    (tag,) = found["Queue"].details
    assert (tag.path, tag.cause) == ("Properties.Tags[0].Value", "Vpc, Net")
    plain = [stack(text).template.plain() for text in (before, after)]
    assert moving_outputs(*plain, found.values()) == {"Net"}


def test_what_may_be_replaced_may_replace_what_refers_to_it(between):
    text = """
        Resources:
          Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, InstanceTenancy: %s}}
          Net: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc}}
    """
    found = between(text % "default", text % "dedicated")
    assert [one.replacement for one in found] == [MAYBE, MAYBE]


@pytest.mark.parametrize(
    ("attribute", "moves"),
    [("Arn", False), ("LatestVersionNumber", True), ("DefaultVersionNumber", True)],
)
def test_an_attribute_that_tells_the_version_moves_in_place_and_an_arn_does_not(between, attribute, moves):
    text = """
        Resources:
          Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {ImageId: %s}}}
          Note: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !GetAtt Template.%s}}
    """
    found = between(text % ("ami-1", attribute), text % ("ami-2", attribute))
    assert [one.logical_id for one in found] == (["Note", "Template"] if moves else ["Template"])


def test_a_parameter_whose_value_comes_from_a_moving_output_moves_what_uses_it(between):
    text = """
        Parameters: {Name: {Type: "AWS::SSM::Parameter::Value<String>", Default: /name}}
        Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}
    """
    assert between(text, text) == ()
    (change,) = between(text, text, moving={"Name": "output Q of production/us-east-1/queues"})
    assert (change.replacement, change.details[0].after) == (MAYBE, LATER)
    assert change.details[0].cause == "parameter Name, output Q of production/us-east-1/queues"


def test_a_changed_value_is_placed_where_a_person_wrote_it(stack, schemas):
    text = """
        Parameters:
          Days: {Type: Number}
        Resources:
          Log:
            Type: AWS::Logs::LogGroup
            Properties:
              RetentionInDays: !Ref Days
              KmsKeyId: %s
    """
    before, after = stack(text % "a", given={"Days": 7}), stack(text % "b", given={"Days": 30})
    (change,) = predict(after, before.template.plain(), after.template.plain(), schemas)
    key, days = change.details
    assert (key.path, key.cause, key.location.line) == ("Properties.KmsKeyId", "", 8)
    assert (days.before, days.after, days.cause) == ("7", "30", "parameter Days")
    assert (days.location.file, days.location.line) == ("stacks/platform/shop/stack.yaml", 5)


OUTER = """
    Resources:
      Child:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: "https://s3.amazonaws.com/skafu-artifacts/%s"}
"""
INNER = """
    Resources:
      Queue:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: %s
"""


def nesting(stack, bare, name, digest):
    inner = bare(INNER % name, "stacks/platform/shop/inner.yaml", digest=digest)
    return stack(OUTER % digest, nested=[inner])


def test_what_changes_in_a_nested_stack_is_told_at_its_own_template(stack, bare, schemas):
    before, after = nesting(stack, bare, "a", "a" * 64), nesting(stack, bare, "b", "b" * 64)
    plain = before.template.plain()
    found = predict(after, plain, after.template.plain(), schemas, nested=nested_templates([before]))
    assert [(one.logical_id, one.replacement) for one in found] == [("Child", NEVER), ("Child.Queue", ALWAYS)]
    assert str(found[1].location) == "stacks/platform/shop/inner.yaml:2:3"
    assert predict(before, plain, plain, schemas) == ()


def test_anything_can_happen_in_a_nested_stack_whose_old_template_nobody_has(stack, bare, schemas):
    before, after = nesting(stack, bare, "a", "a" * 64), nesting(stack, bare, "b", "b" * 64)
    _, inside = predict(after, before.template.plain(), after.template.plain(), schemas)
    assert (inside.logical_id, inside.action, inside.loses) == ("Child.Queue", Action.DYNAMIC, True)


def test_a_nested_stack_hands_on_what_becomes_another(stack, bare, schemas):
    inner = bare(
        """
        Parameters: {Net: {Type: String}}
        Resources:
          Card:
            Type: AWS::EC2::NetworkInterface
            Properties: {SubnetId: !Ref Net}
        Outputs: {Card: {Value: !Ref Card}}
        """,
        "stacks/platform/shop/inner.yaml",
        digest="e" * 64,
    )
    text = """
        Resources:
          Net:
            Type: AWS::EC2::Subnet
            Properties: {VpcId: v, CidrBlock: %s}
          Child:
            Type: AWS::CloudFormation::Stack
            Properties:
              TemplateURL: "https://s3.amazonaws.com/skafu-artifacts/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
              Parameters: {Net: !Ref Net}
          Note:
            Type: AWS::SSM::Parameter
            Properties: {Type: String, Value: !GetAtt Child.Outputs.Card}
    """
    before, after = (stack(text % block, nested=[inner]) for block in ("10.0.0.0/24", "10.0.1.0/24"))
    was, becomes = before.template.plain(), after.template.plain()
    found = {one.logical_id: one for one in predict(after, was, becomes, schemas)}
    assert {name: one.replacement for name, one in found.items()} == {
        "Child": NEVER,
        "Child.Card": MAYBE,
        "Net": ALWAYS,
        "Note": NEVER,
    }
    assert found["Child.Card"].details[0].cause == "parameter Net"
    assert found["Note"].details[0].cause == "Child.Outputs.Card"


def test_a_template_of_any_shape_that_stands_is_read_without_a_crash(stack, schemas):
    after = stack("Resources: {A: {Type: AWS::SQS::Queue}}")
    for before in (
        {},
        {"Resources": []},
        {"Resources": {"A": 5}},
        {"Resources": {"A": {"Properties": []}}},
        "text",
    ):
        assert [one.action for one in predict(after, before, after.template.plain(), schemas)][
            -1
        ] is Action.ADD
