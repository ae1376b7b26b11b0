"""A second deployment over real HTTP: what is found by comparing, and what only a change set can tell."""

from __future__ import annotations

import json

import pytest

import generated
from faulty import faulty

pytestmark = pytest.mark.slow

NAME = "made-development-queue"

PROTECTED = """\
template: template.yaml
environments: [development]
termination_protection: true
tags: {Owner: platform}
"""

QUEUE = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
      MessageRetentionPeriod: 86400
"""

STORED = """\
Parameters:
  Name: {Type: "AWS::SSM::Parameter::Value<String>", Default: /queue/name}
Resources:
  Copy:
    Type: AWS::SSM::Parameter
    Properties: {Name: /copy, Type: String, Value: !Ref Name}
"""

FILES = {
    **generated.BASE,
    "stacks/platform/queue/stack.yaml": PROTECTED,
    "stacks/platform/queue/template.yaml": QUEUE,
}


def test_what_stands_as_declared_is_found_without_a_change_set(deployable, ministack):
    estate = deployable(FILES)
    estate.run("deploy")

    with faulty(ministack) as proxy:
        again = estate.run("deploy", URL=proxy.url)

    assert again.code == 0, again.stdout + again.stderr
    assert {"DescribeStacks", "GetTemplate"} <= set(proxy.seen)
    assert not {"CreateChangeSet", "ExecuteChangeSet", "UpdateStack"} & set(proxy.seen)
    about = [one for one in estate.events() if one.get("stack", "").endswith("/queue")]
    told = {one["event"]: one for one in about}
    assert (told["stack-done"]["result"], told["stack-done"]["by"]) == ("unchanged", "comparison")
    assert [told["read-back"][name] for name in ("template", "parameters", "tags")] == ["same"] * 3
    assert "sealed" in told


def test_protection_that_somebody_took_away_is_given_back_though_nothing_else_changed(deployable):
    estate = deployable(FILES)
    estate.run("deploy")
    estate.client("cloudformation").update_termination_protection(
        StackName=NAME, EnableTerminationProtection=False
    )

    again = estate.run("deploy")

    assert again.code == 0, again.stdout + again.stderr
    assert estate.stack(NAME)["EnableTerminationProtection"]


def test_what_somebody_changed_in_the_stack_by_hand_is_changed_back(deployable):
    estate = deployable(FILES)
    estate.run("deploy")
    cloud = estate.client("cloudformation")
    held = json.dumps(cloud.get_template(StackName=NAME)["TemplateBody"])
    cloud.update_stack(
        StackName=NAME, TemplateBody=held.replace("86400", "90000"), Tags=[{"Key": "by", "Value": "hand"}]
    )
    cloud.get_waiter("stack_update_complete").wait(StackName=NAME, WaiterConfig={"Delay": 0.1})

    again = estate.run("deploy")

    assert again.code == 0, again.stdout + again.stderr
    results = [one["result"] for one in estate.events() if one["event"] == "stack-done"]
    assert results == ["updated"]
    assert estate.stack(NAME)["Tags"] == [
        {"Key": "Owner", "Value": "platform"},
        {"Key": "skafu:stack", "Value": "made/development/us-east-1/queue"},
    ]


def test_a_value_that_cloudformation_fetches_is_fetched_again(deployable):
    estate = deployable(
        {
            **generated.BASE,
            "stacks/platform/copy/stack.yaml": "template: template.yaml\nenvironments: [development]\n",
            "stacks/platform/copy/template.yaml": STORED,
        }
    )
    parameters = estate.client("ssm")
    parameters.put_parameter(Name="/queue/name", Type="String", Value="orders")
    first = estate.run("deploy")
    parameters.put_parameter(Name="/queue/name", Type="String", Value="invoices", Overwrite=True)

    again = estate.run("deploy")

    assert (first.code, again.code) == (0, 0), first.stdout + again.stdout
    assert parameters.get_parameter(Name="/copy")["Parameter"]["Value"] == "invoices"
