"""Deploying on a bad day: the network, AWS, other people and this machine fail, and nothing is lost or done twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
from collections import Counter

import pytest

import generated
from faulty import BROKEN, DROPPED, EXPIRED, LOST, THROTTLED, UNAVAILABLE, Fault, denied, faulty

pytestmark = pytest.mark.slow

QUICK = {"AWS_MAX_ATTEMPTS": "3"}
"""So that what is given up is given up soon."""


def small(count=3):
    return generated.estate(count, resources=1)


@pytest.fixture
def proxied(deployable, ministack):
    """An estate whose way to the endpoint can fail: (files, fault) -> estate, proxy."""
    opened = []

    def made(files, fault=lambda *_: None):
        way = faulty(ministack)
        proxy = way.__enter__()
        opened.append(way)
        proxy.fault = fault
        estate = deployable(files)
        return estate, proxy

    yield made
    for way in opened:
        way.__exit__(None, None, None)


@pytest.mark.parametrize(
    "fault",
    [THROTTLED, DROPPED, LOST, BROKEN, UNAVAILABLE],
    ids=["throttled", "dropped", "lost", "500", "503"],
)
def test_the_first_request_of_every_kind_may_fail(proxied, fault):
    estate, proxy = proxied(small(), lambda _, count: fault if count == 1 else None)

    run = estate.run("deploy", URL=proxy.url)

    assert run.code == 0, run.stdout + run.stderr
    assert {one["StackStatus"] for one in estate.stacks().values()} == {"CREATE_COMPLETE"}
    assert len(estate.stacks()) == 3
    assert {"CreateChangeSet", "ExecuteChangeSet", "DescribeStacks", "S3 PUT"} <= set(proxy.seen)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(EXPIRED, "expired", id="expired"),
        pytest.param(denied("cloudformation:CreateChangeSet"), "cloudformation:CreateChangeSet", id="denied"),
        pytest.param(BROKEN, "InternalFailure", id="broken for good"),
    ],
)
def test_what_aws_refuses_fails_the_stack_with_its_reason_and_skips_what_is_behind_it(proxied, fault, said):
    files = generated.estate(4, resources=1)
    estate, proxy = proxied(files, lambda request, _: fault if request.action == "CreateChangeSet" else None)

    run = estate.run("deploy", URL=proxy.url, **QUICK)

    assert run.code == 3
    assert said in run.stdout.replace("\n", " ")
    assert "failed" in estate.results().values()
    assert "done" not in estate.results().values()
    assert estate.stacks() == {}


def test_the_wrong_account_is_refused_before_anything_is_written(proxied):
    estate, proxy = proxied(small())

    run = estate.run("deploy", "--as-administrator", URL=proxy.url, AWS_ACCESS_KEY_ID="999999999999")

    assert run.code == 3
    assert "999999999999" in run.stderr
    assert set(proxy.seen) <= {"GetCallerIdentity"}


def test_a_change_set_that_turned_obsolete_is_made_and_judged_anew(proxied):
    queue = generated.stack("platform", "only", [], resources=1)
    estate, proxy = proxied({**generated.BASE, **queue})
    estate.run("deploy")
    cloud = estate.client("cloudformation")
    template = json.dumps(cloud.get_template(StackName="made-development-only")["TemplateBody"])

    def meddle(request, count):
        if request.action == "ExecuteChangeSet" and count == 1:
            cloud.update_stack(
                StackName="made-development-only",
                TemplateBody=template,
                Tags=[{"Key": "by", "Value": "hand"}],
            )
            cloud.get_waiter("stack_update_complete").wait(
                StackName="made-development-only", WaiterConfig={"Delay": 0.1}
            )

    proxy.fault = meddle
    file = "stacks/platform/only/template.yaml"
    estate.write({file: queue[file].replace("86400", "90000")})

    run = estate.run("deploy", URL=proxy.url)

    assert run.code == 0, run.stdout + run.stderr
    told = Counter(one["event"] for one in estate.events() if one.get("stack"))
    assert told["change-set-made"] == 2
    assert told["plan-decided"] == 2
    stood = estate.stack("made-development-only")
    assert stood["StackStatus"] == "UPDATE_COMPLETE"
    assert "by" not in {one["Key"] for one in stood["Tags"]}


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("stacks/platform/only/template.yaml", "86400", "90000", "its template changed"),
        (
            "stacks/platform/only/stack.yaml",
            "environments",
            "termination_protection: true\nenvironments",
            "its settings changed",
        ),
        ("policies/queues_retained.py", "86400", "1", "policies changed"),
        ("validators/thresholds.yaml", "high", "critical", "validators changed"),
    ],
)
def test_what_is_edited_between_approval_and_execution_is_not_executed(proxied, file, old, new, said):
    files = {**generated.BASE, **generated.stack("platform", "only", [], resources=1)}
    estate, proxy = proxied(files)

    def edit(request, _):
        if request.action == "CreateChangeSet":
            path = estate.root / file
            path.write_text(path.read_text().replace(old, new))

    proxy.fault = edit
    run = estate.run("deploy", URL=proxy.url)

    assert run.code == 3
    assert said in run.stdout.replace("\n        ", " ")
    assert "ExecuteChangeSet" not in proxy.seen
    assert "execution-requested" not in {one["event"] for one in estate.events()}


def test_of_two_deployments_at_once_one_is_told_who_the_other_is(proxied):
    estate, proxy = proxied(small())
    begun, go_on = threading.Event(), threading.Event()

    def hold(request, count):
        if request.action == "CreateChangeSet" and count == 1:
            begun.set()
            go_on.wait(60)

    proxy.fault = hold
    first = estate.start("deploy", URL=proxy.url)
    assert begun.wait(60)
    second = estate.run("deploy")
    go_on.set()
    first.communicate(timeout=60)

    assert second.code == 3
    assert "is deploying development" in second.stderr
    assert first.returncode == 0
    assert set(estate.results(0).values()) == {"done"}


def test_a_lock_that_was_left_behind_is_shown_and_can_be_broken(proxied):
    estate, proxy = proxied(small())
    process = estate.start("deploy", URL=proxy.url)
    _kill_after(proxy, process, 14)
    process.communicate(timeout=60)
    proxy.fault = lambda *_: None
    run = _begun(estate)

    held = estate.run("lock", "list")
    broken = estate.run("lock", "break", "development", "--yes")
    free = estate.run("lock", "list")

    assert (held.code, broken.code, free.code) == (0, 0, 0)
    assert f"(run {run}, " in held.stdout
    assert held.stdout.rstrip().endswith("its owner is gone")
    assert "is broken." in broken.stdout
    assert free.stdout == f"development in workloads ({estate.account}) us-east-1  free\n"
    assert [one["run"] for one in estate.events() if one["event"] == "lock-broken"] == [run]


def test_a_run_killed_at_any_of_twenty_moments_goes_on_and_does_nothing_twice(proxied):
    """Each process is killed after some more requests than the one before had; the last one comes to the end."""
    estate, proxy = proxied(generated.estate(30, resources=1))
    chance = random.Random(20)  # noqa: S311 - moments
    killed, run = 0, ""
    for _ in range(20):
        process = estate.start("deploy", *(("--resume", run) if run else ()), URL=proxy.url)
        _kill_after(proxy, process, chance.randint(4, 24))
        process.communicate(timeout=60)
        if process.returncode != -signal.SIGKILL:
            break
        killed += 1
        run = _begun(estate)
        proxy.fault = lambda *_: None
    proxy.fault = lambda *_: None

    last = estate.run("deploy", "--resume", run, URL=proxy.url)

    assert killed == 20
    assert last.code == 0, last.stdout + last.stderr
    assert set(estate.results().values()) == {"done"}
    events = [one for one in estate.events() if one["event"] == "stack-done"]
    assert sorted(Counter(one["stack"] for one in events).values()) == [1] * 30
    assert set(_created(estate).values()) == {1}


def test_a_run_that_came_to_its_end_is_not_resumed(deployable):
    estate = deployable(small())
    estate.run("deploy")

    again = estate.run("deploy", "--resume", estate.run_folder.name)
    none = estate.run("deploy", "--resume", "20260101T000000Z-000000")
    other = estate.run("deploy", "--resume", estate.run_folder.name, "--env", "development")

    assert (again.code, none.code, other.code) == (2, 2, 2)
    assert "Give nothing beside --resume" in other.stderr
    assert "came to its end" in again.stderr
    assert "20260101T000000Z-000000" in none.stderr


def test_a_run_is_not_resumed_with_other_stacks_than_it_approved(proxied):
    estate, proxy = proxied(small())
    process = estate.start("deploy", URL=proxy.url)
    _kill_after(proxy, process, 14)
    process.communicate(timeout=60)
    proxy.fault = lambda *_: None
    run = _begun(estate)
    file = next((estate.root / "stacks").rglob("template.yaml"))
    file.write_text(file.read_text().replace("86400", "90000"))

    resumed = estate.run("deploy", "--resume", run)

    assert resumed.code == 2
    assert f"is not what run {run} approved" in resumed.stderr


def test_a_full_disk_stops_everything_before_it_is_begun(deployable):
    estate = deployable(generated.estate(12, resources=1))

    little_room = 'ulimit -f 60; exec "$0" "$@"'
    with subprocess.Popen(
        ["bash", "-c", little_room, estate.skafu, "deploy", "--endpoint", estate.url, "--together", "1"],
        cwd=estate.root,
        env={**os.environ, **estate.credentials},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        _, stderr = process.communicate(timeout=120)

    assert process.returncode == 4
    assert b"record" in stderr
    assert b"Traceback" not in stderr
    asked = [one["stack"] for one in estate.events() if one["event"] == "change-set-requested"]
    assert 0 < len(asked) < 12
    assert len(estate.stacks()) <= len(asked)
    assert estate.run("deploy").code == 0


def test_an_endpoint_that_dies_in_the_middle_ends_the_run_and_a_later_one_completes_it(proxied):
    estate, proxy = proxied(generated.estate(12, resources=1))

    def die(_, __):
        if sum(proxy.seen.values()) > 40:
            proxy.dead = True
        return DROPPED if proxy.dead else None

    proxy.fault = die
    run = estate.run("deploy", URL=proxy.url, **QUICK)
    later = estate.run("deploy")

    assert run.code == 3
    assert {"failed", "skipped"} & set(estate.results(0).values())
    assert later.code == 0, later.stdout + later.stderr
    assert set(_created(estate).values()) == {1}


def test_ctrl_c_lets_what_is_under_way_end_and_begins_nothing_more(proxied):
    estate, proxy = proxied(generated.estate(12, resources=1))
    process = None

    def interrupt(request, count):
        if request.action == "ExecuteChangeSet" and count == 1:
            process.send_signal(signal.SIGINT)

    proxy.fault = interrupt
    process = estate.start("deploy", "--together", "2", URL=proxy.url)
    _, stderr = process.communicate(timeout=60)
    run = estate.run_folder.name
    proxy.fault = lambda *_: None
    resumed = estate.run("deploy", "--resume", run)

    assert process.returncode == 130
    assert f"skafu deploy --resume {run}" in stderr.decode()
    assert resumed.code == 0, resumed.stdout + resumed.stderr
    assert set(estate.results().values()) == {"done"}


def _kill_after(proxy, process, requests):
    """Kill a process the moment it has sent so many requests; the last one may have arrived or not."""
    before = sum(proxy.seen.values())

    def fault(_, __):
        if sum(proxy.seen.values()) - before >= requests:
            process.kill()
            return Fault(0, arrived=random.random() < 0.5)  # noqa: S311 - either must do
        return None

    proxy.fault = fault


def _begun(estate):
    """The run that has begun to deploy, if there is one."""
    for folder in estate.runs:
        if '"deploy-started"' in (folder / "events.jsonl").read_text("utf-8"):
            return folder.name
    return ""


def _created(estate):
    """Stack -> how often CloudFormation began to create it."""
    cloud = estate.client("cloudformation")
    return {
        name: sum(
            one["ResourceStatus"] == "CREATE_IN_PROGRESS" and one["LogicalResourceId"] == name
            for one in cloud.describe_stack_events(StackName=name)["StackEvents"]
        )
        for name in estate.stacks()
    }
