"""Runs that never get to an end of their own: wrong use, nowhere to write, nobody to read, a signal."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from skafu.record import read, report_of

pytestmark = pytest.mark.slow

STORE = "stacks/platform/store/stack.yaml"
TEMPLATE = "stacks/platform/store/template.yaml"
ID = "staging/us-east-1/store"
SLEEPING = """\
'Takes its time.'
import time
from skafu.sdk import policy
@policy(severity="high", resources=["*"])
def check(bucket):
    time.sleep(4)
    return []
"""

ENDLESS = """\
'Does not end.'
import time
from pathlib import Path
from skafu.sdk import validator
@validator(severity="high")
def check(estate):
    Path("begun").touch()
    time.sleep(50)
    return []
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["validate", "stor"], 'skafu: there is no stack "stor". Did you mean "store"?\n'),
        (
            ["validate", "--env", "stagin"],
            'skafu: no stack goes to an environment "stagin". Did you mean "staging"?\n',
        ),
        (["validate", "--root", "nowhere"], "skafu: there is no folder nowhere\n"),
        (
            ["validate", "--output", "stacks/accounts.yaml/report.json"],
            "skafu: stacks/accounts.yaml/report.json cannot be written: stacks/accounts.yaml is not a folder\n",
        ),
        (
            ["show", "store", "--env", "nope"],
            'skafu: no stack goes to an environment "nope". Known: staging.\n',
        ),
        (
            ["validate", "--root", "policies"],
            (
                "skafu: there is no folder stacks/ in policies/, so there is nothing to judge. Run skafu in the root of "
                "a repository that has one, or judge single templates with `skafu scan TEMPLATE`.\n"
            ),
        ),
    ],
)
def test_a_wrong_use_is_one_sentence_and_exit_code_2(estate, arguments, said):
    run = estate().run(*arguments)
    assert (run.code, run.stdout, run.stderr) == (2, "", said)


def test_stacks_without_a_stack_are_refused(estate):
    run = estate({STORE: None}).judge()
    assert (run.code, run.stdout) == (2, "")
    assert run.stderr == (
        "skafu: stacks/ holds no stack.yaml, so there is nothing to judge. "
        "A stack is a folder stacks/<layer>/<name>/ with a stack.yaml and a template.\n"
    )


def test_a_run_that_cannot_be_recorded_is_not_started(estate):
    tried = estate({"reports": "a file, not a folder"})
    run = tried.judge()
    assert (run.code, run.stdout) == (4, "")
    assert run.stderr.startswith("skafu: the record of this run cannot be written to ")
    assert run.stderr.endswith(": Not a directory. skafu judges nothing that it cannot record.\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_file_that_may_not_be_read_is_bad_input(estate):
    tried = estate()
    (tried.root / TEMPLATE).chmod(0)
    run = tried.judge()
    assert run.told == [f"{TEMPLATE}:1:1: the file cannot be read: Permission denied"]
    assert (run.code, run.gate) == (2, "blocked")


def test_scanning_what_is_no_template_is_bad_input(estate):
    tried = estate({"list.yaml": "[1]\n", "empty.yaml": "Resources: {}\n"})
    run = tried.run("scan", "list.yaml", "empty.yaml", "gone.yaml", "--format", "json")
    assert run.told == [
        (
            "empty.yaml:1:1: Resources in empty.yaml is empty, so there is nothing to judge "
            "CloudFormation takes no template without a resource."
        ),
        "gone.yaml:1:1: the file does not exist",
        "list.yaml:1:1: the file must hold a mapping at its top",
    ]
    assert (run.code, run.gate) == (2, "blocked")


def test_a_reader_that_goes_away_gets_no_traceback_and_no_approval(estate):
    with estate().start("validate") as process:
        process.stdout.close()
        stderr = process.stderr.read().decode()
    assert process.returncode in {1, 4}
    assert stderr == ""


def waiting(estate):
    """A run that is in the middle of a policy, and its log."""
    tried = estate({"policies/more.py": SLEEPING})
    process = tried.start("validate", "--format", "json")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = list(tried.root.glob("reports/runs/*/events.jsonl"))
        if found and "stack-resolved" in found[0].read_text():
            return process, found[0]
        time.sleep(0.05)
    raise AssertionError(process.communicate())


def test_a_killed_run_leaves_a_record_that_says_so(estate):
    process, log = waiting(estate)
    process.kill()
    process.communicate()
    with log.open(encoding="utf-8") as lines:
        report = report_of(read(lines, "events.jsonl"))
    assert process.returncode == -signal.SIGKILL
    assert (report.gate, report.reasons) == ("blocked", ("the run did not finish, so nothing is approved",))
    assert [(str(one.id), one.gate) for one in report.stacks] == [(ID, "blocked")]


def test_a_stopped_run_says_so_and_approves_nothing(estate):
    process, _ = waiting(estate)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, b"")
    assert stderr.decode().strip() == "skafu: stopped before the end. Nothing is approved."


def test_a_run_stopped_in_the_middle_of_a_validator_does_not_wait_for_it(estate):
    tried = estate({"validators/endless.py": ENDLESS})
    process = tried.start("validate", "--format", "json")
    end = time.monotonic() + 30
    while not (tried.root / "begun").exists() and time.monotonic() < end:
        time.sleep(0.05)
    stopped = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert (process.communicate(timeout=60)[0], process.returncode) == (b"", 130)
    assert time.monotonic() - stopped < 20


def test_the_exit_code_does_not_depend_on_the_format(estate):
    tried = estate({"validators/linting.yaml": "judge: cfnlint\n"})
    runs = {format_: tried.run("validate", "--format", format_, "-o", "out") for format_ in ("json", "sarif")}
    assert {run.code for run in runs.values()} == {2}
    assert json.loads((tried.root / "out").read_text())["version"] == "2.1.0"
