"""`skafu policy new` and `skafu policy test`, as an author uses them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
POLICY = "policies/buckets_named.py"
CASES = "policies/buckets_named.cases.yaml"
THREE = """\
- name: a name
  resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: kept}}}
  expect: []

- name: no name
  resources: {Bucket: {Type: AWS::S3::Bucket}}
  expect:
    - {resource: Bucket, message: has no name}

- name: a name that only deployment tells
  resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Name}}}
  expect: not_evaluated
"""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--resource", "AWS::DynamoDB::Table", "--severity", "high"],
        ["--resource", "AWS::IAM::*", "--resource", "AWS::S3::Bucket"],
        ["--resource", "*"],
        ["--stack", "--severity", "critical"],
        ["--plan"],
        ["--plan", "--resource", "AWS::DynamoDB::*", "--resource", "AWS::S3::Bucket"],
    ],
)
def test_what_new_writes_passes_its_cases_bites_and_is_formatted(estate, arguments):
    here = estate({CASES: THREE})
    told = here.run("policy", "new", "things-right", *arguments)
    tested = here.run("policy", "test")
    judged = here.judge()

    assert told.code == 0
    assert told.stdout.startswith("✓ policies/things_right.py\n✓ policies/things_right.cases.yaml\n\nNext: ")
    assert (tested.code, tested.stdout.split(",")[:2]) == (0, ["✓ 2 policies", " 6 cases"])
    assert {one["status"] for one in judged.report["outcomes"]} == {"ran"}
    for check in (["check"], ["format", "--check"]):
        ruff = [
            Path(sys.executable).with_name("ruff"),
            *check,
            "--stdin-filename",
            "policies/things_right.py",
            "-",
        ]
        code = (here.root / "policies/things_right.py").read_bytes()
        assert subprocess.run(ruff, input=code, cwd=ROOT, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Things"], "a policy cannot be called 'Things': its name is words in lower case joined by dashes"),
        (["../things"], "a policy cannot be called '../things'"),
        (["things-"], "a policy cannot be called 'things-'"),
        (["buckets-named"], f"{POLICY} is there already; choose another name"),
        (["buckets_named"], f"{POLICY} is there already"),
        (["deep-one"], "policies/more/deep_one.py is there already"),
        (["left-over"], "policies/left_over.cases.yaml is there already"),
        (["things", "--resource", "S3 Bucket"], "'S3 Bucket' is not a pattern of resource types"),
        (
            ["things", "--stack", "--resource", "AWS::S3::Bucket"],
            "--stack and --resource exclude one another",
        ),
        (["things", "--stack", "--plan"], "--stack and --plan exclude one another"),
    ],
)
def test_new_refuses_in_one_sentence_and_writes_nothing(estate, arguments, message):
    here = estate({"policies/more/deep_one.py": "", "policies/left_over.cases.yaml": ""})
    before = sorted(here.root.rglob("*"))
    run = here.run("policy", "new", *arguments)

    assert (run.code, run.stdout) == (2, "")
    assert run.stderr.startswith(f"skafu: {message}")
    assert len(run.stderr.splitlines()) == 1
    assert sorted(here.root.rglob("*")) == before


def test_new_refuses_outside_of_a_repository(estate, tmp_path_factory):
    run = estate().run("policy", "new", "things", "--root", str(tmp_path_factory.mktemp("elsewhere")))

    assert run.code == 2
    assert "is no repository of skafu: it has no folder stacks/" in run.stderr


def test_a_right_policy_is_one_line(estate):
    assert estate({CASES: THREE}).run("policy", "test").stdout == "✓ 1 policy, 3 cases, 6 mutants, 3 killed\n"


def test_without_mutation_only_the_cases_run(estate):
    run = estate({CASES: THREE}).run("policy", "test", "--no-mutate")

    assert (run.code, run.stdout) == (0, "✓ 1 policy, 3 cases\n")


def test_a_wrong_case_shows_what_was_expected_what_was_said_and_where(estate):
    run = estate({CASES: THREE.replace("has no name", "is nameless").replace("kept", '""')}).run(
        "policy", "test"
    )

    assert run.code == 1
    assert run.stdout == (
        "✗ buckets-named\n"
        "  policies/buckets_named.cases.yaml:1  a name\n"
        "    + said      Bucket at (all of it): The bucket has no name.\n"
        "  policies/buckets_named.cases.yaml:5  no name\n"
        "    - expected  Bucket at (all of it): is nameless  (line 8)\n"
        "    + said      Bucket at (all of it): The bucket has no name.\n"
        "✗ 1 policy, 3 cases; 1 policy is not right\n"
    )


def test_a_policy_that_never_bites_tells_what_was_tried(estate):
    toothless = '"""Buckets are good."""\nfrom skafu.sdk import policy\n\n\n@policy(severity="low", resources=["*"])\ndef check(bucket):\n    if bucket.get("A") == bucket.get("B") == 1:\n        yield bucket.violation("It is bad.")\n'
    cases = """\
- {name: good, resources: {X: {Type: AWS::S3::Bucket, Properties: {C: true}}}, expect: []}
- {name: bad, resources: {X: {Type: AWS::S3::Bucket, Properties: {A: 1, B: 1}}}, expect: [{resource: X}]}
- {name: nothing, expect: []}
"""
    run = estate({POLICY: toothless, CASES: cases}).run("policy", "test")

    assert run.code == 1
    assert run.stdout == (
        "✗ buckets-named\n"
        "  never bites: 6 mutants of 1 passing case, none was a violation\n"
        "    resources.X is removed\n"
        "    resources.X.Properties is removed\n"
        "    resources.X.Properties.C is removed\n"
        "    resources.X.Properties.C is false, not true\n"
        "    resources.X.Properties.A is as in the case at line 2\n"
        "    resources.X.Properties.B is as in the case at line 2\n"
        "✗ 1 policy, 3 cases, 6 mutants, 0 killed; 1 policy is not right\n"
    )


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({}, 1, "there is no policies/buckets_named.cases.yaml"),
        ({CASES: THREE.split("\n\n", maxsplit=1)[0]}, 1, "no case states a violation"),
        ({CASES: THREE + "- name: x\n"}, 2, f"{CASES}:13: case 4 needs name and expect"),
        ({CASES: "\t"}, 2, f"{CASES}:1: "),
        (
            {CASES: THREE, "policies/old.cases.yaml": ""},
            2,
            "policies/old.cases.yaml:1: there is no policy beside it",
        ),
        (
            {CASES: THREE, "policies/bad.py": "1 / 0"},
            4,
            "policies/bad.py:1: ZeroDivisionError: division by zero",
        ),
        ({CASES: THREE, "policies/bad.py": "import os; os._exit(0)"}, 4, "the policy ended with exit code 0"),
        (
            {
                CASES: THREE.replace("BucketName: kept", "BucketName: kept").replace(
                    "{Bucket:", "{Other: {Type: X}, Bucket:"
                )
            },
            0,
            "✓ 1 policy",
        ),
        ({CASES: "- wrong", "policies/bad.py": "1 / 0"}, 2, f"{CASES}:1: case 1 needs"),
        ({POLICY: None, "policies/waivers.yaml": "waivers: []\n"}, 4, "there is no policy in policies/"),
    ],
)
def test_the_exit_code_tells_wrong_cases_from_bad_files_and_failing_policies(estate, changes, code, told):
    run = estate(changes).run("policy", "test")

    assert told in run.stdout + run.stderr
    assert run.code == code


@pytest.mark.parametrize("name", ["buckets-named", "buckets_named", POLICY, CASES])
def test_a_policy_is_named_by_its_id_or_by_its_file(estate, name):
    here = estate({CASES: THREE, "policies/bad.py": "1 / 0"})

    assert here.run("policy", "test", name).stdout.startswith("✓ 1 policy, 3 cases")


def test_a_policy_that_is_not_there_is_bad_usage(estate):
    run = estate({CASES: THREE}).run("policy", "test", "bucket-named")

    assert (run.code, run.stdout) == (2, "")
    assert run.stderr == 'skafu: there is no policy "bucket-named". Did you mean "buckets-named"?\n'


VALIDATOR = "validators/tiers_named.py"
TIERS = "validators/tiers_named.cases.yaml"
TIERED = {
    VALIDATOR: '"""Stacks have a tier."""\nfrom skafu.sdk import validator\n\n\n@validator(severity="low")\ndef check(estate):\n    for stack in estate.stacks:\n        if not stack.tier:\n            yield stack.violation("It has no tier.", at="tier")\n',
    TIERS: "- {name: tier, stacks: {a/b/c: {tier: normal}}, expect: []}\n"
    "- {name: none, stacks: {a/b/c: {}}, expect: [{stack: a/b/c, at: tier, message: no tier}]}\n",
}


def test_validators_are_held_to_their_cases_with_the_policies(estate):
    here = estate({CASES: THREE, **TIERED})

    assert here.run("policy", "test").stdout == ("✓ 1 policy, 1 validator, 5 cases, 11 mutants, 5 killed\n")
    assert here.run("policy", "test", "--no-mutate").stdout == "✓ 1 policy, 1 validator, 5 cases\n"
    assert here.judge().report["outcomes"][-1] == {
        "validator": "tiers-named",
        "status": "ran",
        "reason": "",
    }


@pytest.mark.parametrize("name", ["tiers-named", "tiers_named", VALIDATOR, TIERS])
def test_a_validator_is_named_by_its_id_or_by_its_file(estate, name):
    assert (
        estate({CASES: THREE, **TIERED})
        .run("policy", "test", name)
        .stdout.startswith("✓ 1 validator, 2 cases, ")
    )


def test_a_policy_and_a_validator_that_are_not_right_are_counted_apart(estate):
    wrong = {TIERS: TIERED[TIERS].replace("no tier", "tierless")}
    run = estate({CASES: THREE.replace("has no name", "is nameless"), **TIERED, **wrong}).run(
        "policy", "test"
    )

    assert run.code == 1
    assert run.stdout.splitlines()[-5:] == [
        "✗ tiers-named",
        f"  {TIERS}:2  none",
        "    - expected  a/b/c at tier: tierless",
        "    + said      a/b/c at tier: It has no tier.",
        "✗ 1 policy, 1 validator, 5 cases; 1 policy and 1 validator are not right",
    ]


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({TIERS: None}, 1, f"there is no {TIERS}"),
        ({TIERS: "- {name: a}\n"}, 2, f"{TIERS}:1: case 1 needs name and expect"),
        (
            {"validators/old.cases.yaml": "- {name: a, expect: []}\n"},
            2,
            "validators/old.cases.yaml:1: there is no validator beside it",
        ),
        ({VALIDATOR: "1 / 0"}, 4, f"{VALIDATOR}:1: ZeroDivisionError: division by zero"),
    ],
)
def test_the_exit_code_tells_of_validators_what_it_tells_of_policies(estate, changes, code, told):
    here = estate({CASES: THREE, **TIERED})
    here.write(changes)
    run = here.run("policy", "test")

    assert told in run.stdout + run.stderr
    assert run.code == code
