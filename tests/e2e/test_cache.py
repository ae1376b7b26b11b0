"""What a second run asks again, seen by a policy that counts how often it is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

COUNTING = r'''"""Counts."""

from pathlib import Path

from skafu.sdk import stack_policy


@stack_policy(severity="high")
def check(stack):
    with Path("asked").open("a") as file:
        file.write(f"{stack.name}\n")
    if Path("broken").exists():
        raise ValueError("broken")
    if stack.template["Resources"].get("Second"):
        yield stack.violation("There is a second one.")
'''
OTHER = {
    "stacks/platform/other/stack.yaml": "template: template.yaml\nenvironments: [staging]\n",
    "stacks/platform/other/template.yaml": "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n",
}
OTHER_TEMPLATE = "stacks/platform/other/template.yaml"
TEMPLATE = "stacks/platform/store/template.yaml"
SECOND = "Resources:\n  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: a}}\n  Second: {Type: AWS::SNS::Topic}\n"


@pytest.fixture
def counting(estate, tmp_path_factory):
    """The estate, and a function that judges it and says which stacks the policy was asked about."""
    cache = tmp_path_factory.mktemp("cache") / "skafu"
    tried = estate({"policies/counting.py": COUNTING, **OTHER})
    asked = tried.root / "asked"

    def judge(*arguments):
        asked.unlink(missing_ok=True)
        run = tried.judge(*arguments, SKAFU_CACHE=str(cache))
        return run, asked.read_text().split() if asked.exists() else []

    judge.write = tried.write
    judge.root = tried.root
    judge.cache = cache
    return judge


BOTH = ["other", "store"]


def test_an_unchanged_estate_is_not_judged_again_and_reported_the_same(counting):
    first, second, third = counting(), counting("--no-cache"), counting()
    assert (first[1], second[1], third[1]) == (BOTH, BOTH, [])
    assert first[0].code == 0
    assert first[0] == second[0] == third[0]


def test_the_record_of_a_run_that_asked_nobody_has_every_event(counting):
    counting()
    counting()
    logs = sorted(counting.root.glob("reports/runs/*/events.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    events = [[json.loads(line) for line in log.read_text().splitlines()] for log in logs]
    first, second = (sorted(json.dumps(e) for e in run if e["event"] != "run-started") for run in events)
    assert first == second
    assert len([one for one in second if '"outcome"' in one]) == 4


def test_nothing_is_kept_without_the_cache(counting):
    counting("--no-cache")
    assert not counting.cache.exists()
    assert counting()[1] == BOTH


def test_a_change_in_one_stack_asks_about_that_one(counting):
    counting()
    counting.write({TEMPLATE: SECOND})
    run, asked = counting()
    assert (run.code, asked) == (1, ["store"])
    assert [one["rule"] for one in run.report["findings"]] == ["counting"]
    assert counting()[1] == []


def test_a_line_more_moves_the_findings(counting):
    counting.write({TEMPLATE: SECOND})
    before = counting()[0].report["findings"]
    counting.write({TEMPLATE: "# a line more\n" + SECOND})
    after = counting()[0].report["findings"]
    assert [after[0]["line"] - before[0]["line"], after[0]["fingerprint"]] == [1, before[0]["fingerprint"]]


def test_a_policy_that_was_edited_judges_again(counting):
    counting()
    counting.write({"policies/counting.py": COUNTING.replace('"high"', '"low"')})
    assert counting()[1] == BOTH


def test_what_failed_is_tried_again(counting):
    counting.write({"broken": ""})
    failed, asked = counting()
    assert (failed.code, asked) == (4, BOTH)
    counting.write({"broken": None})
    mended, asked = counting()
    assert (mended.code, asked) == (0, BOTH)


def test_waivers_are_read_and_held_against_the_day_in_every_run(counting):
    counting.write({TEMPLATE: SECOND})
    assert counting()[0].code == 1
    waiver = {
        "id": "W-2026-001",
        "rule": "counting",
        "stacks": ["store"],
        "resources": ["*"],
        "owner": "the platform team",
        "approver": "the security team",
        "reason": "A second topic is what this test is about.",
        "ticket": "PLAT-1",
        "expires": "2999-12-31",
    }
    counting.write({"policies/waivers.yaml": json.dumps({"waivers": [waiver]})})
    assert [(run.code, asked) for run, asked in (counting(), counting())] == [(0, []), (0, [])]
    counting.write({"policies/waivers.yaml": json.dumps({"waivers": [{**waiver, "expires": "2020-01-01"}]})})
    assert [(run.code, asked) for run, asked in (counting(), counting())] == [(1, []), (1, [])]


def test_a_threshold_is_no_reason_to_judge_again(counting):
    counting.write({TEMPLATE: SECOND})
    assert counting()[0].code == 1
    counting.write({"validators/thresholds.yaml": "default: critical\n"})
    run, asked = counting()
    assert (run.code, asked) == (0, [])


@pytest.mark.parametrize("damage", [lambda _: b"", lambda content: content[:-3], lambda content: content * 2])
def test_a_cache_of_broken_entries_is_an_empty_one(counting, damage):
    first = counting()
    for file in counting.cache.rglob("*"):
        if file.is_file():
            file.write_bytes(damage(file.read_bytes()))
    again = counting()
    assert again == first
    assert counting()[1] == []


def test_part_of_an_estate_is_a_question_of_its_own(counting):
    assert counting("store")[1] == ["store"]
    everything, asked = counting()
    assert (len(everything.report["stacks"]), asked) == (2, ["other"])
    assert [one["id"] for one in counting("store")[0].report["stacks"]] == ["staging/us-east-1/store"]


def test_code_beside_the_stacks_is_looked_at_each_time(counting):
    function = "{Type: 'AWS::Serverless::Function', Properties: {CodeUri: ../../../code, Handler: a.b, Runtime: python3.12}}"
    template = f"Transform: AWS::Serverless-2016-10-31\nResources: {{F: {function}}}\n"
    counting.write({"code/a.py": "1", OTHER_TEMPLATE: template})
    before = counting()[0].report["stacks"]
    assert counting()[1] == []
    counting.write({"code/a.py": "2"})
    run, asked = counting()
    digests = [
        one["digest"] == other["digest"] for one, other in zip(before, run.report["stacks"], strict=True)
    ]
    assert (asked, digests) == (["other"], [False, True])


def test_a_template_beside_the_stacks_is_looked_at_each_time(counting):
    topic = "Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: a}}}\n"
    declared = "template: ../../../templates/topic.yaml\nenvironments: [staging]\n"
    outside = {"templates/topic.yaml": topic, "stacks/platform/other/stack.yaml": declared}
    counting.write({**outside, OTHER_TEMPLATE: None})
    before = counting()[0].report["stacks"]
    assert counting()[1] == []
    counting.write({"templates/topic.yaml": topic.replace("Topic:", "Second:")})
    run, asked = counting()
    assert (asked, [one["rule"] for one in run.report["findings"]]) == (["other"], ["counting"])
    assert run.report["stacks"] != before


def test_code_of_a_plain_function_beside_the_stacks_is_looked_at_each_time(counting):
    function = "{Type: 'AWS::Lambda::Function', Properties: {Code: ../../../code, Handler: a.b, Role: r}}"
    counting.write({"code/a.py": "1", OTHER_TEMPLATE: f"Resources: {{F: {function}}}\n"})
    before = counting()[0].report["stacks"]
    assert counting()[1] == []
    counting.write({"code/a.py": "2"})
    run, asked = counting()
    same = [one["digest"] == other["digest"] for one, other in zip(before, run.report["stacks"], strict=True)]
    assert (asked, same) == (["other"], [False, True])


UNUSUAL = {
    "a stack among what tools leave": (
        {"stacks/platform/__pycache__/odd/stack.yaml": "template: template.yaml\nenvironments: [staging]\n"},
        "stacks/platform/__pycache__/odd/template.yaml",
    ),
    "a template that is called as byte code": (
        {"stacks/platform/odd/stack.yaml": "template: t.pyc\nenvironments: [staging]\n"},
        "stacks/platform/odd/t.pyc",
    ),
}


@pytest.mark.parametrize(("more", "template"), UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_read_is_looked_at_again_wherever_it_stands(counting, more, template):
    counting.write({**more, template: "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"})
    assert counting()[0].code == 0
    counting.write({template: SECOND})
    run, asked = counting()
    assert (run.code, asked) == (1, ["odd"])


def test_a_validator_among_what_tools_leave_is_asked_again_when_it_changes(counting):
    text = (
        "'Says.'\nfrom skafu.sdk import validator\n"
        "@validator(severity='high')\ndef check(estate):\n    return [one.violation('No.') for one in estate.stacks[:{}]]\n"
    )
    counting.write({"validators/__pycache__/says.py": text.format(0)})
    assert counting()[0].code == 0
    counting.write({"validators/__pycache__/says.py": text.format(1)})
    assert counting()[0].code == 1


def test_two_runs_at_once_share_a_cache(counting):
    command = [Path(sys.executable).with_name("skafu"), "validate", "--format", "json"]
    shared = {**os.environ, "SKAFU_CACHE": str(counting.cache)}
    runs = [subprocess.Popen(command, cwd=counting.root, env=shared, stdout=subprocess.PIPE) for _ in "ab"]
    told = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert told[0] == told[1]
    assert counting()[1] == []


def test_a_scan_that_finds_all_its_answers_imports_no_judge_and_parses_nothing(estate, tmp_path_factory):
    tried = estate({"serverless.yaml": SERVERLESS})
    shared = {"SKAFU_CACHE": str(tmp_path_factory.mktemp("cache"))}
    arguments = ["scan", TEMPLATE, "serverless.yaml", "--format", "json"]
    first = tried.run(*arguments, **shared)
    assert (first.report["gate"], sorted(first.report["tool"])) == (
        "blocked",
        ["cfn-lint", "checkov", "skafu"],
    )
    second = tried.run(*arguments, **shared, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rsplit("|", 1)[-1].strip() for line in second.stderr.splitlines()}
    assert second.stdout == first.stdout
    assert "skafu.cli.judging" in loaded
    assert (
        loaded & {"cfnlint", "checkov", "samtranslator", "yaml", "jsonschema", "networkx", "subprocess"}
        == set()
    )


SERVERLESS = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Clerk:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, Handler: clerk.run, InlineCode: "def run(*_): pass", Policies: [AdministratorAccess]}
"""
