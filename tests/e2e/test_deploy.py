"""`skafu deploy` over real HTTP: what stands afterwards, what is recorded, and what is never done."""

from __future__ import annotations

import base64
import json
import time

import pytest

import generated

pytestmark = pytest.mark.slow

QUEUE = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
      MessageRetentionPeriod: 86400
Outputs:
  Id:
    Value: !GetAtt Queue.Arn
"""

READER = """\
Parameters:
  Source: {Type: String}
Resources:
  Where:
    Type: AWS::SSM::Parameter
    Properties:
      Name: /orders/source
      Type: String
      Value: !Sub "from ${Source}"
"""

TWO = {
    **generated.BASE,
    "stacks/platform/queue/stack.yaml": """\
template: template.yaml
environments: [development]
termination_protection: true
stack_policy: policy.json
tags: {Owner: platform, Environment: "${environment.name}"}
""",
    "stacks/platform/queue/policy.json": json.dumps(
        {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
    ),
    "stacks/platform/queue/template.yaml": QUEUE,
    "stacks/applications/reader/stack.yaml": """\
template: template.yaml
environments: [development]
parameters:
  Source: ${stacks.queue.outputs.Id}
""",
    "stacks/applications/reader/template.yaml": READER,
}

QUEUES_NOT_LOST = '''\
"""No queue is lost."""

from skafu.sdk import plan_policy


@plan_policy(severity="high", resources=["AWS::SQS::Queue"])
def check(change):
    if change.loses:
        yield change.violation("The messages in it are lost.")
'''


def test_what_was_approved_stands_and_a_second_run_changes_nothing(deployable):
    estate = deployable(TWO)

    first = estate.run("deploy")
    again = estate.run("deploy")

    assert (first.code, again.code) == (0, 0), first.stdout + first.stderr + again.stdout
    assert "DONE  2 stacks created" in first.stdout
    assert "NOTHING TO DO  2 stacks unchanged" in again.stdout
    queue = estate.stack("made-development-queue")
    assert queue["StackStatus"] == "CREATE_COMPLETE"
    assert queue["EnableTerminationProtection"]
    assert {one["Key"]: one["Value"] for one in queue["Tags"]} == {
        "Owner": "platform",
        "Environment": "development",
        "skafu:stack": "made/development/us-east-1/queue",
    }
    assert estate.client("cloudformation").get_stack_policy(StackName="made-development-queue")[
        "StackPolicyBody"
    ]
    source = estate.client("ssm").get_parameter(Name="/orders/source")["Parameter"]["Value"]
    assert source == f"from arn:aws:sqs:us-east-1:{estate.account}:orders"


def test_the_record_alone_tells_what_happened(deployable):
    estate = deployable(TWO)
    estate.run("deploy")

    events = estate.events()

    about = [one["event"] for one in events if one.get("stack") == "development/us-east-1/reader"]
    after_judging = about[about.index("stack-started") :]
    assert [one for one in after_judging if one != "resource"] == [
        "stack-started",
        "sealed",
        "change-set-requested",
        "change-set-made",
        "planned",
        "plan-decided",
        "sealed",
        "execution-requested",
        "read-back",
        "stack-done",
    ]
    requested = next(
        one for one in events if one["event"] == "change-set-requested" and "reader" in one["stack"]
    )
    submitted = json.loads((estate.run_folder / requested["file"]).read_text("utf-8"))
    held = estate.client("cloudformation").get_template(StackName="made-development-reader")["TemplateBody"]
    assert json.loads(json.dumps(held)) == submitted
    read_back = next(one for one in events if one["event"] == "read-back" and "reader" in one["stack"])
    assert (read_back["template"], read_back["parameters"], read_back["tags"]) == ("same", "same", "same")


def test_nothing_is_deployed_that_the_gate_blocks(deployable):
    estate = deployable({**TWO, "stacks/platform/queue/template.yaml": QUEUE.replace("86400", "60")})

    run = estate.run("deploy")

    assert run.code == 1
    assert "queues-retained" in run.stdout
    assert estate.stacks() == {}
    assert "deploy-started" not in {one["event"] for one in estate.events()}


def test_a_change_is_planned_and_deployed_and_outputs_flow_on(deployable):
    estate = deployable(TWO)
    estate.run("deploy")
    estate.write({"stacks/platform/queue/template.yaml": QUEUE.replace("orders", "invoices")})

    run = estate.run("deploy")

    assert run.code == 0, run.stdout + run.stderr
    source = estate.client("ssm").get_parameter(Name="/orders/source")["Parameter"]["Value"]
    assert source.endswith(":invoices")
    planned = {one["stack"]: one["plan"]["changes"] for one in estate.events() if one["event"] == "planned"}
    (queue,) = planned["development/us-east-1/queue"]
    (reader,) = planned["development/us-east-1/reader"]
    assert (queue["action"], queue["replacement"]) == ("modify", "always")
    assert (reader["action"], reader["replacement"]) == ("modify", "never")


FAILING = {
    **TWO,
    "stacks/platform/doomed/stack.yaml": "template: template.yaml\nenvironments: [development]\n",
    "stacks/platform/doomed/template.yaml": """\
Resources:
  Handle:
    Type: AWS::CloudFormation::WaitConditionHandle
  Never:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref Handle, Timeout: "1", Count: 1}
Outputs:
  Id: {Value: !Ref Handle}
""",
    "stacks/applications/behind/stack.yaml": """\
template: template.yaml
environments: [development]
parameters: {Source: "${stacks.doomed.outputs.Id}"}
""",
    "stacks/applications/behind/template.yaml": READER.replace("/orders/source", "/behind"),
    "stacks/applications/further/stack.yaml": """\
template: template.yaml
environments: [development]
depends_on: [behind]
""",
    "stacks/applications/further/template.yaml": QUEUE.replace("orders", "further"),
}


def test_a_failure_stops_its_dependants_only_and_the_stack_can_be_recovered(deployable):
    estate = deployable(FAILING)

    failed = estate.run("deploy")
    stuck = estate.run("deploy", "doomed")
    estate.write({"stacks/platform/doomed/template.yaml": QUEUE.replace("orders", "mended")})
    mended = estate.run("deploy", "--recover")

    assert failed.code == 3
    assert "Never (AWS::CloudFormation::WaitCondition): " in failed.stdout
    assert estate.results(0) == {
        "behind": "skipped",
        "doomed": "failed",
        "further": "skipped",
        "queue": "done",
        "reader": "done",
    }
    assert stuck.code == 3
    assert "ROLLBACK_COMPLETE" in stuck.stdout
    assert "--recover" in stuck.stdout
    assert mended.code == 0, mended.stdout + mended.stderr
    assert {name: one["StackStatus"] for name, one in estate.stacks().items()} == {
        f"made-development-{name}": "CREATE_COMPLETE"
        for name in ("behind", "doomed", "further", "queue", "reader")
    }


def test_a_plan_that_loses_data_is_blocked_and_leaves_nothing_behind(deployable):
    estate = deployable({**TWO, "policies/queues_not_lost.py": QUEUES_NOT_LOST})
    estate.run("deploy")
    estate.write({"stacks/platform/queue/template.yaml": QUEUE.replace("orders", "invoices")})

    run = estate.run("deploy")

    assert run.code == 1
    assert "queues-not-lost" in run.stdout
    assert estate.results() == {"queue": "blocked", "reader": "skipped"}
    assert estate.stack("made-development-queue")["StackStatus"] == "CREATE_COMPLETE"
    left = estate.client("cloudformation").list_change_sets(StackName="made-development-queue")["Summaries"]
    assert [one for one in left if one["ExecutionStatus"] != "EXECUTE_COMPLETE"] == []


def test_a_first_plan_that_is_blocked_leaves_no_stack_in_review(deployable):
    policy = '''\
"""No queue is made on a Sunday."""

from skafu.sdk import plan_policy


@plan_policy(severity="high", resources=["AWS::SQS::Queue"])
def check(change):
    yield change.violation("It is Sunday.")
'''
    estate = deployable({**TWO, "policies/never_on_sundays.py": policy})

    run = estate.run("deploy")

    assert run.code == 1
    assert estate.stacks() == {}


def test_a_stack_that_needs_one_that_does_not_stand_says_so(deployable):
    estate = deployable(TWO)

    alone = estate.run("deploy", "reader")
    with_it = estate.run("deploy", "reader", "--with-needs")

    assert alone.code == 3
    assert "it needs development/us-east-1/queue, which does not stand" in " ".join(alone.stdout.split())
    assert with_it.code == 0
    assert set(estate.stacks()) == {"made-development-queue", "made-development-reader"}


def test_a_stack_of_the_administrators_is_left_to_them(deployable):
    estate = deployable(
        {
            **TWO,
            "stacks/platform/queue/stack.yaml": "template: template.yaml\nenvironments: [development]\nadministered: true\n",
        }
    )

    refused = estate.run("deploy")
    estate.run("deploy", "queue", "--as-administrator", AWS_ACCESS_KEY_ID=estate.account)
    deployed = estate.run("deploy")

    assert refused.code == 3
    assert "--as-administrator" in refused.stdout
    assert deployed.code == 0, deployed.stdout
    left = [one["reason"] for one in estate.events() if one["event"] == "stack-left"]
    assert left == ["only an administrator deploys it (administered: true); it is what is declared"]


def test_what_nothing_declares_is_told_and_deleted_only_when_asked(deployable):
    estate = deployable(TWO)
    estate.run("deploy")
    for file in ("stack.yaml", "template.yaml"):
        (estate.root / "stacks/applications/reader" / file).unlink()

    told = estate.run("deploy")
    pruned = estate.run("deploy", "--prune", "--yes")

    assert (told.code, pruned.code) == (0, 0), pruned.stdout + pruned.stderr
    assert "made-development-reader" in told.stdout
    assert set(estate.stacks()) == {"made-development-queue"}


def test_existing_resources_are_taken_over_where_that_is_asked_for(deployable):
    template = """\
Resources:
  Topic:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties: {BucketName: was-there-before}
"""
    estate = deployable(
        {
            **generated.BASE,
            "stacks/platform/store/stack.yaml": "template: template.yaml\nenvironments: [development]\n",
            "stacks/platform/store/template.yaml": template,
            "import.yaml": "Topic: {BucketName: was-there-before}\n",
        }
    )
    estate.client("s3").create_bucket(Bucket="was-there-before")

    run = estate.run("deploy", "store", "--import", "import.yaml")

    assert run.code == 0, run.stdout + run.stderr
    assert estate.stack("made-development-store")["StackStatus"] == "IMPORT_COMPLETE"
    assert [one["result"] for one in estate.events() if one["event"] == "stack-done"] == ["imported"]


CODE = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
  Function:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: greet, Runtime: python3.12, Handler: app.greet, Role: !GetAtt Role.Arn, Code: src}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: inner.yaml, Parameters: {Name: inside}}
"""

INNER = """\
Parameters: {Name: {Type: String}}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !Ref Name}
"""


def test_code_nested_templates_and_long_templates_go_through_the_bucket(deployable):
    many = "".join(
        f"  P{number}:\n    Type: AWS::SSM::Parameter\n    Properties: {{Name: /many/{number}, Type: String, Value: {'x' * 400}}}\n"
        for number in range(120)
    )
    estate = deployable(
        {
            **generated.BASE,
            "stacks/platform/code/stack.yaml": "template: template.yaml\nenvironments: [development]\ncapabilities: [CAPABILITY_IAM]\n",
            "stacks/platform/code/template.yaml": CODE,
            "stacks/platform/code/inner.yaml": INNER,
            "stacks/platform/code/src/app.py": "def greet(event, context):\n    return 'hello'\n",
            "stacks/platform/long/stack.yaml": "template: template.yaml\nenvironments: [development]\n",
            "stacks/platform/long/template.yaml": f"Resources:\n{many}",
        }
    )

    first = estate.run("deploy")
    digest = {one["key"]: one["new"] for one in estate.events() if one["event"] == "artifact-stored"}
    again = estate.run("deploy")
    (estate.root / "stacks/platform/code/src/app.py").write_text(
        "def greet(event, context):\n    return 'bye'\n"
    )
    changed = estate.run("deploy")

    assert first.code == 0, first.stdout + first.stderr
    assert set(digest.values()) == {True}
    objects = {one["Key"] for one in estate.client("s3").list_objects_v2(Bucket=estate.bucket)["Contents"]}
    assert digest.keys() < objects
    assert len([key for key in objects if key.startswith("templates/")]) == 2
    assert "made-development-long" in estate.stacks()
    assert estate.client("sns").list_topics()["Topics"] == [
        {"TopicArn": f"arn:aws:sns:us-east-1:{estate.account}:inside"}
    ]
    assert "NOTHING TO DO  2 stacks unchanged" in again.stdout
    assert "1 updated, 1 unchanged" in changed.stdout
    code = estate.client("lambda").get_function(FunctionName="greet")["Configuration"]
    (stored,) = [one["sha256"] for one in estate.events() if one["event"] == "artifact-stored" and one["new"]]
    assert base64.b64decode(code["CodeSha256"]).hex() == stored


def test_settings_of_a_stack_are_planned_judged_recorded_and_set(deployable):
    policy = '''\
"""No stack is unprotected."""

from skafu.sdk import plan_policy


@plan_policy(severity="high", resources=["AWS::CloudFormation::Stack"])
def check(change):
    if change.after is not None and not change.after.get("EnableTerminationProtection", default=True):
        yield change.violation("The stack could be deleted.", at="EnableTerminationProtection")
'''
    estate = deployable(TWO)
    estate.run("deploy")
    file = "stacks/platform/queue/stack.yaml"
    estate.write(
        {
            file: TWO[file].replace("protection: true", "protection: false"),
            "policies/stacks_protected.py": policy,
        }
    )

    blocked = estate.run("deploy")
    still = estate.stack("made-development-queue")["EnableTerminationProtection"]
    (estate.root / "policies/stacks_protected.py").unlink()
    allowed = estate.run("deploy")

    assert (blocked.code, still) == (1, True)
    assert "stacks-protected" in blocked.stdout
    assert allowed.code == 0, allowed.stdout
    assert "1 updated, 1 unchanged" in allowed.stdout
    assert not estate.stack("made-development-queue")["EnableTerminationProtection"]
    assert [one["settings"] for one in estate.events() if one["event"] == "settings-set"] == [
        ["termination protection off"]
    ]


def test_a_blocked_plan_changes_no_stack_policy(deployable):
    estate = deployable({**TWO, "policies/queues_not_lost.py": QUEUES_NOT_LOST})
    estate.run("deploy")
    file = "stacks/platform/queue/policy.json"
    estate.write(
        {
            file: TWO[file].replace("Update:*", "Update:Modify"),
            "stacks/platform/queue/template.yaml": QUEUE.replace("orders", "invoices"),
        }
    )

    run = estate.run("deploy")

    assert run.code == 1
    held = estate.client("cloudformation").get_stack_policy(StackName="made-development-queue")[
        "StackPolicyBody"
    ]
    assert "Update:*" in held


def test_a_stack_that_failed_with_something_in_it_is_recovered_only_if_its_removal_passes(deployable):
    estate = deployable({**TWO, "policies/queues_not_lost.py": QUEUES_NOT_LOST})
    cloud = estate.client("cloudformation")
    broken = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": "Queue"},
            "Never": {
                "Type": "AWS::CloudFormation::WaitCondition",
                "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "1", "Count": 1},
            },
        }
    }
    cloud.create_stack(
        StackName="made-development-queue", TemplateBody=json.dumps(broken), OnFailure="DO_NOTHING"
    )
    deadline = time.monotonic() + 30
    while estate.stack("made-development-queue")["StackStatus"] != "CREATE_FAILED":
        assert time.monotonic() < deadline
        time.sleep(0.1)

    run = estate.run("deploy", "--recover")

    assert run.code == 1, run.stdout + run.stderr
    assert "queues-not-lost" in run.stdout
    assert estate.stack("made-development-queue")["StackStatus"] == "CREATE_FAILED"


def test_a_need_that_failed_does_not_stand(deployable):
    estate = deployable(FAILING)
    estate.run("deploy")

    run = estate.run("deploy", "behind")

    assert run.code == 3
    assert "it needs development/us-east-1/doomed, which is in ROLLBACK_COMPLETE" in " ".join(
        run.stdout.split()
    )
