"""`skafu plan` over real HTTP, and without anybody: what is foretold, what blocks, and that nothing is left behind."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

import generated
from faulty import denied, faulty
from test_deploy import QUEUE, TWO

pytestmark = pytest.mark.slow

QUEUE_FILE = "stacks/platform/queue/template.yaml"

NOT_LOST = '''\
"""No queue is lost."""

from skafu.sdk import plan_policy


@plan_policy(severity="high", resources=["AWS::SQS::Queue"])
def check(change):
    if change.loses:
        yield change.violation("The messages in it are lost.")
'''


def plans(run):
    """Stack -> kind, what happens, and whom it waits for."""
    return {
        one["stack"].rsplit("/", 1)[-1]: (
            one["kind"],
            [f"{change['action']} {change['logical_id']}" for change in one["changes"]],
            [waiting.rsplit("/", 1)[-1] for waiting in one["waiting"]],
        )
        for one in json.loads(run.stdout)["plans"]
    }


def test_nothing_stands_so_the_first_is_asked_about_and_the_others_are_foretold(deployable):
    estate = deployable(TWO)

    run = estate.run("plan", "--format", "json")

    assert run.code == 0, run.stdout + run.stderr
    assert plans(run) == {
        "queue": ("create", ["add Queue"], []),
        "reader": ("create", ["add Where"], ["queue"]),
    }
    assert json.loads(run.stdout)["gate"] == "approved"
    assert estate.stacks() == {}
    assert estate.client("s3").list_buckets()["Buckets"] == []
    assert estate.events()[-1]["event"] == "deploy-finished"


def test_a_change_is_shown_with_its_line_and_what_reads_its_outputs_is_foretold(deployable):
    estate = deployable(TWO)
    estate.run("deploy")

    same = estate.run("plan")
    estate.write({QUEUE_FILE: QUEUE.replace("orders", "invoices")})
    changed = estate.run("plan")
    estate.write({"policies/queues_not_lost.py": NOT_LOST})
    forbidden = estate.run("plan", "--offline")

    assert (same.code, changed.code, forbidden.code) == (0, 0, 1), changed.stdout + forbidden.stderr
    assert "2 stacks unchanged: queue, reader in development/us-east-1" in same.stdout
    assert same.stdout.endswith("APPROVED  2 plans\n")
    text = " ".join(changed.stdout.split())
    assert f"-/+ Queue AWS::SQS::Queue {QUEUE_FILE}:2" in text
    assert 'QueueName "orders" -> "invoices" forces replacement' in text
    assert "output Id of development/us-east-1/queue" in text
    assert "what it reads of other stacks will be another" in text
    left = estate.client("cloudformation").list_change_sets(StackName="made-development-queue")["Summaries"]
    assert [one for one in left if one["ExecutionStatus"] != "EXECUTE_COMPLETE"] == []
    assert estate.stack("made-development-queue")["StackStatus"] == "CREATE_COMPLETE"
    assert "queues-not-lost" in forbidden.stdout
    assert "PLAN BLOCKED  development/us-east-1/queue" in forbidden.stdout
    assert "predicted against the last deployment (run " in forbidden.stdout


def test_a_plan_that_a_policy_forbids_is_blocked_and_leaves_no_stack_in_review(deployable):
    never = NOT_LOST.replace("if change.loses:", "if change.action:")
    estate = deployable({**TWO, "policies/queues_not_lost.py": never})

    run = estate.run("plan")

    assert run.code == 1, run.stdout + run.stderr
    assert "PLAN BLOCKED  development/us-east-1/queue" in run.stdout
    assert "BLOCKED  2 plans, 1 blocked as planned" in run.stdout
    assert estate.stacks() == {}


def test_what_the_judges_block_has_no_plan_and_the_others_have_theirs(deployable):
    other = generated.stack("platform", "other", [], resources=1)
    estate = deployable({**TWO, **other, QUEUE_FILE: QUEUE.replace("86400", "60")})

    run = estate.run("plan")

    assert run.code == 1
    assert "queues-retained" in run.stdout
    assert "development/us-east-1/other  create  1 added" in run.stdout
    assert "its change set exists once queue stands" in run.stdout
    assert "BLOCKED  development/us-east-1/queue" in run.stdout
    assert "BLOCKED  2 plans, 1 blocked by the judges" in run.stdout


def test_an_account_that_cannot_be_reached_is_an_error_and_never_a_plan(deployable, ministack):
    estate = deployable(TWO)
    with faulty(ministack) as proxy:
        proxy.fault = lambda request, _: (
            denied("sts:GetCallerIdentity") if request.action == "GetCallerIdentity" else None
        )
        run = estate.run("plan", URL=proxy.url, AWS_MAX_ATTEMPTS="2")

    assert run.code == 3
    assert "NOT PLANNED  development/us-east-1/queue" in run.stdout
    assert "INCOMPLETE  0 plans, 2 not planned" in run.stdout
    assert set(proxy.seen) <= {"GetCallerIdentity", "AssumeRole"}


def test_a_stack_that_is_stuck_says_what_to_do(deployable):
    estate = deployable({**generated.BASE, **generated.stack("platform", "only", [], resources=1)})
    cloud = estate.client("cloudformation")
    doomed = {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Never": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "1", "Count": 1},
        },
    }
    cloud.create_stack(StackName="made-development-only", TemplateBody=json.dumps({"Resources": doomed}))
    while estate.stack("made-development-only")["StackStatus"] != "ROLLBACK_COMPLETE":
        time.sleep(0.1)

    run = estate.run("plan")

    assert run.code == 3
    assert "ROLLBACK_COMPLETE" in run.stdout
    assert "With --recover, skafu deletes it first" in " ".join(run.stdout.split())


def test_a_template_for_the_bucket_is_foretold_until_there_is_one(deployable):
    many = "".join(
        f"  Queue{index}:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: {'long-' * 10}{index}\n"
        for index in range(420)
    )
    files = {
        **generated.BASE,
        "stacks/platform/big/stack.yaml": "template: template.yaml\nenvironments: [development]\n",
        "stacks/platform/big/template.yaml": f"Resources:\n{many}",
    }
    estate = deployable(files)

    run = estate.run("plan", "--format", "json")

    assert run.code == 0, run.stdout + run.stderr
    (plan,) = json.loads(run.stdout)["plans"]
    assert (plan["kind"], len(plan["changes"])) == ("create", 420)
    assert "which is not there yet: this is a prediction" in plan["others"][0]
    assert estate.client("s3").list_buckets()["Buckets"] == []


def git(estate, *arguments):
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *who, *arguments], cwd=estate.root, check=True, capture_output=True)


def test_a_revision_is_compared_with_what_lies_here_and_nobody_is_asked(deployable):
    estate = deployable(TWO)
    git(estate, "init", "--initial-branch", "main")
    git(estate, "add", ".")
    git(estate, "commit", "--message", "first")
    estate.write({QUEUE_FILE: QUEUE.replace("86400", "90000")})
    (estate.root / "stacks/applications/reader/stack.yaml").unlink()

    run = estate.run("plan", "--offline", "--against", "main", URL="http://127.0.0.1:9")
    bad = estate.run("plan", "--offline", "--against", "no-such")

    assert run.code == 0, run.stdout + run.stderr
    text = " ".join(run.stdout.split())
    assert "predicted against main (" in text
    assert "MessageRetentionPeriod 86400 -> 90000 (line 6)" in text
    assert "made-development-reader is not declared any more" in text
    assert "Edits that no commit holds" in run.stderr
    assert bad.code == 2
    assert 'Git has no revision "no-such" here' in bad.stderr
    assert [one for one in (estate.root / ".git").iterdir() if one.name in {"worktrees", "index.lock"}] == []


def test_what_cannot_be_compared_is_one_clear_error(deployable, tmp_path_factory):
    estate = deployable(TWO)

    never = estate.run("plan", "--offline")
    outside = estate.run("plan", "--offline", "--against", "main")
    git(estate, "init", "--initial-branch", "main")
    git(estate, "add", ".")
    git(estate, "commit", "--message", "first")
    git(estate, "commit", "--allow-empty", "--message", "second")
    clone = tmp_path_factory.mktemp("clone")
    git(estate, "clone", "--depth", "1", f"file://{estate.root}", str(clone))
    estate.root = clone
    shallow = estate.run("plan", "--offline", "--against", "HEAD~1")
    typed = estate.run("plan", "--against", "main")

    assert {one.code for one in (never, outside, shallow, typed)} == {2}
    assert "no deployment of what is asked for" in never.stderr
    assert "--against origin/main" in never.stderr
    assert "is in no Git repository" in outside.stderr
    assert "this clone is shallow" in shallow.stderr
    assert "add --offline" in typed.stderr
