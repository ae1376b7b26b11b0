"""`skafu destroy` over real HTTP: what goes, in which order, what is refused, and what is never begun."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess

import pytest

import generated
from faulty import LOST, denied, faulty
from test_deploy import QUEUE, TWO

pytestmark = pytest.mark.slow

OPEN = {**TWO, "stacks/platform/queue/stack.yaml": "template: template.yaml\nenvironments: [development]\n"}
"""The estate of two, without termination protection."""

KEPT = {
    **OPEN,
    "stacks/platform/queue/template.yaml": QUEUE.replace(
        "Type: AWS::SQS::Queue", "Type: AWS::SQS::Queue\n    DeletionPolicy: Retain"
    ),
}


def stand(estate, *names, **more):
    """Let stacks stand that were not deployed in this test; only their names matter."""
    cloud = estate.client("cloudformation")
    for name in names:
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}
        body = json.dumps({"Resources": {"Queue": queue}, **more})
        cloud.create_stack(StackName=f"made-development-{name}", TemplateBody=body)
        waiter = cloud.get_waiter("stack_create_complete")
        waiter.wait(StackName=f"made-development-{name}", WaiterConfig={"Delay": 0.05})


def order(estate):
    return [one["stack"].rsplit("/", 1)[-1] for one in estate.events() if one["event"] == "stack-done"]


def test_dependants_go_first_and_what_is_kept_is_listed_before_and_after(deployable):
    estate = deployable(KEPT)
    estate.run("deploy")

    nobody = estate.run("destroy", "--env", "development")
    run = estate.run("destroy", "--env", "development", "--yes")
    gone = order(estate)
    kept = [one["kept"] for one in estate.events() if one["event"] == "stack-done"]
    told = {one["event"] for one in estate.events()}
    again = estate.run("destroy", "--env", "development", "--yes")

    assert (nobody.code, run.code, again.code) == (2, 0, 0), run.stdout + run.stderr + again.stderr
    assert "nobody is here to confirm it" in nobody.stderr
    assert re.search(r"^DONE .*2.* deleted$", run.stdout, re.MULTILINE)
    assert run.stderr.count("development/us-east-1/queue  Queue  AWS::SQS::Queue  ") == 2
    assert gone == ["reader", "queue"]
    assert [len(one) for one in kept] == [0, 1]
    assert told >= {"lock-taken", "lock-released", "deploy-finished"}
    assert estate.stacks() == {}
    assert re.search(r"^NOTHING TO DO .*2.* absent$", again.stdout, re.MULTILINE)


@pytest.mark.parametrize(("answer", "code"), [("development", 0), ("staging", 2)])
def test_a_person_types_the_name_of_the_environment(deployable, answer, code):
    estate = deployable(OPEN)
    stand(estate, "queue")

    run, text = typed(estate, answer, "destroy", "--env", "development")

    assert run == code, text
    assert "Type development to delete them" in text
    assert len(estate.stacks()) == (0 if code == 0 else 1)


def typed(estate, answer, *arguments):
    """The command on a terminal, answered once: its exit code, and what it showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [estate.skafu, *arguments, "--endpoint", estate.url],
        cwd=estate.root,
        env={**os.environ, **estate.credentials},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        text, _ = process.communicate(timeout=60)
    os.close(ours)
    return process.returncode, text.decode()


def test_nothing_goes_as_long_as_one_may_not(deployable):
    estate = deployable(OPEN)
    stand(estate, "queue", "reader")
    estate.client("cloudformation").update_termination_protection(
        StackName="made-development-queue", EnableTerminationProtection=True
    )

    run = estate.run("destroy", "--env", "development", "--yes", "--as-administrator", **own(estate))

    assert run.code == 1
    assert "termination protection is on" in run.stdout
    assert "termination_protection: false" in run.stdout
    assert estate.results() == {"queue": "failed", "reader": "left"}
    assert len(estate.stacks()) == 2
    assert "execution-requested" not in {one["event"] for one in estate.events()}


def own(estate):
    """The credentials of an administrator of the account."""
    return {"AWS_ACCESS_KEY_ID": estate.account}


def test_what_others_need_stays_unless_they_go_too_and_what_cannot_go_says_why(deployable, ministack):
    estate = deployable({**OPEN, "stacks/platform/queue/template.yaml": QUEUE.replace("86400", "60")})
    stand(estate, "queue", "reader")

    alone = estate.run("destroy", "queue", "--yes")
    with faulty(ministack) as proxy:
        proxy.fault = lambda request, _: (
            denied("cloudformation:DeleteStack") if request.action == "DeleteStack" else None
        )
        denied_run = estate.run("destroy", "--env", "development", "--yes", URL=proxy.url)
    ended = estate.results()
    both = estate.run("destroy", "queue", "--yes", "--with-dependants")  # although the judges would block it

    assert (alone.code, denied_run.code, both.code) == (1, 3, 0), both.stdout + both.stderr
    text = " ".join(alone.stdout.split())
    assert "development/us-east-1/reader needs it, and stands" in text
    assert "--with-dependants" in text
    assert "cloudformation:DeleteStack" in denied_run.stdout
    assert ended == {"queue": "left", "reader": "failed"}
    assert estate.stacks() == {}


def test_what_a_stack_outside_of_the_estate_imports_stays(deployable):
    estate = deployable(OPEN)
    stand(estate, "queue", Outputs={"Id": {"Value": "orders", "Export": {"Name": "orders-id"}}})
    imported = {"Type": "String", "Value": {"Fn::ImportValue": "orders-id"}}
    outside = {"Resources": {"Where": {"Type": "AWS::SSM::Parameter", "Properties": imported}}}
    cloud = estate.client("cloudformation")
    cloud.create_stack(StackName="theirs", TemplateBody=json.dumps(outside))
    cloud.get_waiter("stack_create_complete").wait(StackName="theirs", WaiterConfig={"Delay": 0.05})

    run = estate.run("destroy", "--env", "development", "--yes")

    assert run.code == 1, run.stdout + run.stderr
    assert "its export orders-id is imported by theirs" in " ".join(run.stdout.split())
    assert set(estate.stacks()) == {"made-development-queue", "theirs"}


def test_an_administrators_stack_is_left_and_keeps_what_it_needs(deployable):
    reader = "stacks/applications/reader/stack.yaml"
    estate = deployable({**OPEN, reader: f"{OPEN[reader]}administered: true\n"})
    stand(estate, "queue", "reader")

    refused = estate.run("destroy", "--env", "development", "--yes")
    done = estate.run("destroy", "--env", "development", "--yes", "--as-administrator", **own(estate))

    assert (refused.code, done.code) == (1, 0), done.stdout + done.stderr
    assert "administered: true" in refused.stdout
    assert estate.stacks() == {}


def test_a_run_that_was_killed_goes_on(deployable, ministack):
    estate = deployable(generated.estate(6, resources=1))
    stand(estate, *(folder.parent.name for folder in (estate.root / "stacks").rglob("template.yaml")))
    with faulty(ministack) as proxy:
        process = estate.start("destroy", "--env", "development", "--yes", "--together", "1", URL=proxy.url)

        def kill(request, count):
            if request.action == "DeleteStack" and count == 3:
                process.kill()
                return LOST
            return None

        proxy.fault = kill
        process.communicate(timeout=60)
        proxy.fault = lambda *_: None
        left = len(estate.stacks())
        resumed = estate.run("destroy", "--resume", estate.run_folder.name, URL=proxy.url)

    assert left == 3
    assert resumed.code == 0, resumed.stdout + resumed.stderr
    assert set(estate.results().values()) == {"done"}
    assert estate.stacks() == {}


def test_it_is_told_what_to_destroy(deployable):
    run = deployable(OPEN).run("destroy", "--yes")

    assert run.code == 2
    assert "Name what to destroy" in run.stderr
