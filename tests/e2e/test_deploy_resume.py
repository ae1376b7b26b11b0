"""Deploying that was broken off, or that nobody watches to its end: what goes on, and what is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

import generated
from faulty import denied, faulty

pytestmark = pytest.mark.slow

CHAIN = {
    **generated.BASE,
    **generated.stack("foundation", "one", [], resources=1),
    **generated.stack("platform", "two", ["one"], resources=1),
    **generated.stack("platform", "three", ["two"], resources=1),
}
ONLY = {**generated.BASE, **generated.stack("platform", "only", [], resources=1)}

FAILING = '''\
"""It cannot be said."""

from skafu.sdk import plan_policy


@plan_policy(severity="high", resources=["AWS::SQS::Queue"])
def check(change):
    raise ValueError("no idea")
'''


@pytest.fixture
def proxied(deployable, ministack):
    """An estate whose way to the endpoint can fail: files -> estate, proxy."""
    with faulty(ministack) as proxy:

        def made(files):
            return deployable(files), proxy

        yield made


def killed(estate, proxy, action, number=1, command=("deploy",)):
    """The id of a run that is killed the moment it has sent a request for the so manieth time."""
    running = []

    def kill(request, count):
        if request.action == action and count == number:
            running[0].kill()

    proxy.fault = kill
    running.append(estate.start(*command, URL=proxy.url))
    running[0].communicate(timeout=60)
    proxy.fault = lambda *_: None
    assert running[0].returncode == -signal.SIGKILL
    return estate.run_folder.name


def piped(estate, line, **environment):
    """A line of bash in which `$0` is skafu and `$1` the endpoint."""
    done = subprocess.run(
        ["bash", "-c", line, estate.skafu, estate.url],
        cwd=estate.root,
        env={**os.environ, **estate.credentials, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def edited(estate, change):
    """Put other events in the place of those that are recorded."""
    log = estate.run_folder / "events.jsonl"
    log.write_text("".join(f"{json.dumps(one)}\n" for one in change(estate.events())))


def test_a_run_whose_resume_finds_no_endpoint_can_still_be_resumed(proxied):
    estate, proxy = proxied(CHAIN)
    run = killed(estate, proxy, "ExecuteChangeSet")

    proxy.dead = True
    dead = estate.run("deploy", "--resume", run, AWS_MAX_ATTEMPTS="1")
    ended = {one["event"] for one in estate.events()} & {"deploy-finished"}
    proxy.dead = False
    again = estate.run("deploy", "--resume", run)

    assert dead.code == 3
    assert f"skafu deploy --resume {run}" in dead.stderr
    assert not ended
    assert again.code == 0, again.stdout + again.stderr
    assert set(estate.results().values()) == {"done"}


def test_a_first_run_that_gets_no_lock_has_begun_nothing_and_ends_as_failed(proxied):
    estate, proxy = proxied(ONLY)
    proxy.dead = True

    run = estate.run("deploy", URL=proxy.url, AWS_MAX_ATTEMPTS="1")

    assert run.code == 3
    assert estate.events()[-1]["event"] == "deploy-finished"
    assert estate.events()[-1]["result"] == "failed"


def test_a_finished_stack_that_was_deleted_meanwhile_is_made_again(proxied):
    estate, proxy = proxied(CHAIN)
    run = killed(estate, proxy, "ExecuteChangeSet", 2)
    cloud = estate.client("cloudformation")
    cloud.delete_stack(StackName="made-development-one")
    cloud.get_waiter("stack_delete_complete").wait(
        StackName="made-development-one", WaiterConfig={"Delay": 0.1}
    )

    resumed = estate.run("deploy", "--resume", run)

    assert resumed.code == 0, resumed.stdout + resumed.stderr
    assert {one["StackStatus"] for one in estate.stacks().values()} == {"CREATE_COMPLETE"}
    assert len(estate.stacks()) == 3
    assert estate.events()[-1]["counts"] == {"created": 3}


def test_a_record_that_says_a_stack_is_done_is_not_believed_where_another_stands(proxied):
    estate, proxy = proxied(CHAIN)
    run = killed(estate, proxy, "CreateChangeSet", 2)

    def pasted(events):
        ends = [one for one in events if one["event"] in {"read-back", "stack-done"}]
        return [*events, *({**one, "stack": "development/us-east-1/two"} for one in ends)]

    edited(estate, pasted)
    resumed = estate.run("deploy", "--resume", run)

    assert resumed.code == 0, resumed.stdout + resumed.stderr
    assert {name: one["StackStatus"] for name, one in estate.stacks().items()} == {
        f"made-development-{name}": "CREATE_COMPLETE" for name in ("one", "two", "three")
    }


def test_a_run_that_was_killed_behind_its_last_stack_counts_what_it_had_done(proxied):
    estate, proxy = proxied(CHAIN)
    run = killed(estate, proxy, "S3 DELETE")

    resumed = estate.run("deploy", "--resume", run)

    assert resumed.code == 0, resumed.stdout + resumed.stderr
    assert "DONE  3 stacks created" in resumed.stdout
    end = estate.events()[-1]
    assert (end["event"], end["result"], end["counts"]) == ("deploy-finished", "done", {"created": 3})


def test_a_destruction_that_was_killed_behind_its_last_stack_counts_what_it_had_done(proxied):
    estate, proxy = proxied(ONLY)
    estate.run("deploy")
    run = killed(estate, proxy, "S3 DELETE", command=("destroy", "--env", "development", "--yes"))

    resumed = estate.run("destroy", "--resume", run)

    assert resumed.code == 0, resumed.stdout + resumed.stderr
    end = estate.events()[-1]
    assert (end["event"], end["result"], end["counts"]) == ("deploy-finished", "done", {"deleted": 1})


def test_a_record_that_was_edited_is_refused_with_its_line(proxied):
    estate, proxy = proxied(CHAIN)
    run = killed(estate, proxy, "ExecuteChangeSet")
    line = next(
        number for number, one in enumerate(estate.events(), 1) if one["event"] == "change-set-requested"
    )

    def without_token(events):
        del events[line - 1]["token"]
        return events

    edited(estate, without_token)
    resumed = estate.run("deploy", "--resume", run)

    assert resumed.code == 2
    assert f"{run}/events.jsonl:{line}:" in resumed.stderr
    assert "this event change-set-requested has no token" in resumed.stderr


@pytest.mark.parametrize("name", ["20260101T000000Z-000000", "../..", "."])
def test_a_run_that_is_not_known_names_the_list_of_runs(deployable, name):
    run = deployable(ONLY).run("deploy", "--resume", name)

    assert run.code == 2
    assert run.stderr == f'skafu: there is no run "{name}". `skafu history list` names them.\n'


@pytest.mark.parametrize(
    "line",
    [
        '"$0" deploy --endpoint "$1" | head -2; exit ${PIPESTATUS[0]}',
        '"$0" deploy --endpoint "$1" >/dev/full',
        '"$0" deploy --endpoint "$1" 2>&-',
    ],
    ids=["head", "full", "no errors"],
)
def test_a_deployment_goes_on_to_its_end_whether_or_not_anybody_reads_of_it(deployable, line):
    estate = deployable(CHAIN)

    code, _, stderr = piped(estate, line)

    assert (code, stderr) == (0, "")
    assert len(estate.stacks()) == 3
    assert estate.events()[-1]["result"] == "done"


def test_a_terminal_of_no_columns_is_one_of_the_usual_width(deployable):
    code, stdout, _ = piped(deployable(ONLY), '"$0" deploy --endpoint "$1"', COLUMNS="0", LINES="0")

    assert code == 0
    assert stdout.startswith("APPROVED  1 stack\n")
    assert stdout.endswith("DONE  1 stack created\n")


@pytest.mark.parametrize("command", ["deploy", "plan"])
def test_a_plan_that_no_judge_could_judge_is_blocked_and_says_that_a_judge_failed(deployable, command):
    estate = deployable({**ONLY, "policies/fails.py": FAILING})

    run = estate.run(command)

    assert run.code == 4
    assert "no idea" in run.stdout
    assert estate.events()[-1]["result"] == "blocked"


@pytest.mark.parametrize(
    ("action", "said"),
    [("ListStacks", "nobody can say which stacks"), ("S3 DELETE", "goes stale by itself")],
)
def test_what_is_denied_behind_the_last_stack_is_told_and_changes_no_result(proxied, action, said):
    estate, proxy = proxied(CHAIN)
    proxy.fault = lambda request, _: denied(action) if request.action == action else None

    run = estate.run("deploy", URL=proxy.url)

    assert run.code == 0
    assert proxy.seen[action]
    assert "DONE  3 stacks created" in run.stdout
    assert said in (run.stdout + run.stderr).replace("\n", " ")
    assert estate.events()[-1]["result"] == "done"


def test_ctrl_c_shows_what_was_done_and_how_to_go_on(proxied):
    estate, proxy = proxied(CHAIN)
    running = []

    def interrupt(request, count):
        if request.action == "ExecuteChangeSet" and count == 1:
            running[0].send_signal(signal.SIGINT)

    proxy.fault = interrupt
    running.append(estate.start("deploy", URL=proxy.url))
    stdout, stderr = running[0].communicate(timeout=60)

    assert running[0].returncode == 130
    assert "BROKEN OFF" in stdout.decode()
    assert f"skafu deploy --resume {estate.run_folder.name}" in stderr.decode()
