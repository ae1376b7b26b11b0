"""`skafu drift` over real HTTP: what somebody changed by hand is told with the line that says what it should be."""

from __future__ import annotations

import json

import pytest

from faulty import denied, faulty
from test_deploy import QUEUE, TWO

pytestmark = pytest.mark.slow

QUEUE_FILE = "stacks/platform/queue/template.yaml"


def test_only_what_stands_and_differs_is_drift(deployable):
    estate = deployable(TWO)
    none = estate.run("drift")
    estate.run("deploy")
    estate.write({QUEUE_FILE: QUEUE.replace("86400", "90000")})  # declared since, and not deployed

    run = estate.run("drift")
    told = [one for one in estate.events() if one["event"] == "drift"]
    estate.write({"stacks/applications/reader/stack.yaml": "template: [\n"})
    unread = estate.run("drift")

    assert (none.code, run.code, unread.code) == (1, 0, 2), run.stdout + run.stderr
    assert "NOTHING STANDS  0 stacks as deployed, 0 resources compared, 2 never deployed" in none.stdout
    assert run.stdout.endswith("NO DRIFT  2 stacks as deployed, 2 resources compared\n")
    assert [(one["drifted"], one["checked"], one["apart"]) for one in told] == [([], 1, []), ([], 1, [])]
    assert "not read: stacks/applications/reader/stack.yaml" in unread.stderr


def test_what_was_changed_past_skafu_is_told_with_where_a_person_edits_it(deployable, ministack):
    estate = deployable(TWO)
    estate.run("deploy")
    sqs = estate.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})
    estate.client("ssm").delete_parameter(Name="/orders/source")
    by_hand = estate.run("drift")
    _updated(estate.client("cloudformation"))
    estate.client("cloudformation").delete_stack(StackName="made-development-reader")
    past_skafu = estate.run("drift")
    with faulty(ministack) as proxy:
        proxy.fault = lambda request, _: (
            denied("cloudformation:DetectStackDrift") if request.action == "DetectStackDrift" else None
        )
        refused = estate.run("drift", "queue", URL=proxy.url)

    assert (by_hand.code, past_skafu.code, refused.code) == (1, 1, 3), by_hand.stdout + by_hand.stderr
    assert f"~ Queue  AWS::SQS::Queue  {QUEUE_FILE}:2" in by_hand.stdout
    assert "MessageRetentionPeriod  expected 86400, is 60  (line 6)" in by_hand.stdout
    assert "- Where  AWS::SSM::Parameter" in by_hand.stdout
    assert "somebody deleted it (/orders/source)" in by_hand.stdout
    assert "DRIFTED  2 of 2 stacks not as deployed" in by_hand.stdout
    text = " ".join(past_skafu.stdout.split())
    assert "CloudFormation does not hold the template that run" in text
    assert "gave it: Resources.Queue.Properties.MessageRetentionPeriod" in text
    assert "does not hold the tags that run" in text
    assert "it does not stand; run" in text
    assert "NOT COMPARED  development/us-east-1/queue" in refused.stdout
    assert "cloudformation:DetectStackDrift" in refused.stdout
    assert "INCOMPLETE" in refused.stdout


def _updated(cloud):
    """Give CloudFormation another template and other tags, as somebody at its console would."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}
    cloud.update_stack(
        StackName="made-development-queue",
        TemplateBody=json.dumps({"Resources": {"Queue": queue}}),
        Tags=[{"Key": "Owner", "Value": "somebody"}],
    )
    waiter = cloud.get_waiter("stack_update_complete")
    waiter.wait(StackName="made-development-queue", WaiterConfig={"Delay": 0.1})
