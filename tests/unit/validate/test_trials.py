"""Policies and validators against their cases, with a real child process: nothing they do reaches skafu."""

from __future__ import annotations

import pytest

from skafu.validate.policy_files import policy_files, validator_files
from skafu.validate.trials import orphans, try_rules

pytestmark = pytest.mark.slow

CASES = """\
- name: private
  resources: {A: {Type: AWS::S3::Bucket, Properties: {Public: false}}}
  expect: []

- name: public
  resources: {A: {Type: AWS::S3::Bucket, Properties: {Public: true}}}
  expect: [{resource: A, at: Public}]

- name: nobody knows
  resources: {A: {Type: AWS::S3::Bucket, Properties: {Public: !Ref Late}}}
  expect: not_evaluated
"""


def policy(*lines):
    body = "\n    ".join(lines)
    return (
        '"""Buckets are private."""\nfrom skafu.sdk import policy\n\n\n'
        f'@policy(severity="low", resources=["AWS::S3::Bucket"])\ndef check(bucket):\n    {body}\n'
    )


PRIVATE = policy("if bucket.flag('Public'):", "    yield bucket.violation('It is public.', at='Public')")


@pytest.fixture
def trial(tmp_path):
    """Tries a policy, with `CASES` beside it, after a good one and before another."""

    def tried(text, cases=CASES, *, mutate=True):
        files = {
            "a_good.py": PRIVATE,
            "a_good.cases.yaml": CASES,
            "z_good.py": PRIVATE,
            "z_good.cases.yaml": CASES,
        }
        files |= {"tried.py": text} | ({"tried.cases.yaml": cases} if cases is not None else {})
        for name, content in files.items():
            path = tmp_path / "policies" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, "utf-8")
        before, found, after = try_rules(tmp_path, policy_files(tmp_path), mutate=mutate, limit=1.5)
        assert (before.good, after.good) == (True, True)
        return found

    return tried


def test_a_good_policy_with_all_its_cases_has_nothing_to_be_told(trial):
    found = trial(PRIVATE)

    assert found.good
    assert (found.id, found.file, len(found.cases)) == ("tried", "policies/tried.py", 3)
    assert (found.bites.cases, found.bites.mutants, found.bites.killed) == (1, 5, 2)


def test_a_policy_about_plans_is_tried_as_the_others_are(trial):
    kept = PRIVATE.replace("policy", "plan_policy").replace("bucket.flag('Public')", "bucket.loses")
    cases = """\
- {name: kept, before: {A: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}}, expect: []}
- {name: lost, before: {A: {Type: AWS::S3::Bucket}}, expect: [{resource: A, at: Public, message: public}]}
- {name: other, before: {A: {Type: AWS::SQS::Queue}}, expect: []}
"""
    right, wrong = trial(kept, cases), trial(kept, cases.replace("Retain", "Delete"))

    assert right.good
    assert (right.bites.cases, right.bites.mutants, right.bites.killed) == (1, 8, 7)
    assert [case.name for case in wrong.wrong] == ["kept"]


def test_without_mutation_there_is_no_word_about_biting(trial):
    assert trial(PRIVATE, mutate=False).bites is None


def test_a_case_that_says_otherwise_is_told_with_its_place(trial):
    found = trial(PRIVATE, CASES.replace("at: Public", "at: Private"))

    assert [(case.file, case.line, case.name) for case in found.wrong] == [
        ("policies/tried.cases.yaml", 5, "public")
    ]
    assert (found.failed, found.bites) == (False, None)


def test_a_policy_that_fails_is_told_at_its_own_line(trial):
    found = trial(policy("yield bucket.properties['Name']"))

    assert found.failed
    assert [(one.said, one.line) for one in found.cases[0].differences] == [("KeyError: 'Name'", 7)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("while True: pass", "the policy did not answer within 1.5 s and was killed."),
        ("import os; os._exit(0)", "the policy ended with exit code 0 and said nothing"),
        (
            "import sys; sys.stdout.write('bye'); import os; os.kill(os.getpid(), 9)",
            "the policy was ended by SIGKILL",
        ),
    ],
)
def test_a_policy_that_hangs_or_dies_costs_only_itself(trial, line, reason):
    found = trial(policy(line))

    assert found.failed
    assert [(case.name, case.crashed[: len(reason)]) for case in found.cases] == [("private", reason)]


def test_a_policy_that_hangs_at_a_mutant_is_told_apart_from_one_that_hangs_at_a_case(trial):
    found = trial(
        policy(
            "while not bucket.has('Public'): pass",
            "if bucket.flag('Public'):",
            "    yield bucket.violation('It is.', at='Public')",
        )
    )

    assert found.wrong[0].crashed.startswith(
        "with something in it broken, the policy did not answer within 1.5 s"
    )


def test_what_a_policy_prints_and_raises_to_leave_changes_nothing_for_others(trial):
    assert trial(PRIVATE + "\nprint('{\"id\": 1}')\n").good
    assert trial(policy("print('{}')", "raise SystemExit(0)")).failed


def test_a_policy_that_cannot_be_read_says_where(trial):
    assert trial("import nowhere\n").problem == (
        "policies/tried.py:1: ModuleNotFoundError: No module named 'nowhere'"
    )


def test_cases_that_cannot_be_read_say_where(trial):
    assert trial(PRIVATE, CASES + "- wrong\n").unreadable.startswith(
        "policies/tried.cases.yaml:12: case 4 needs"
    )
    assert trial(PRIVATE, "a: [").unreadable.startswith("policies/tried.cases.yaml:")


def test_a_policy_without_cases_or_without_one_for_each_answer_lacks_them(trial):
    assert trial(PRIVATE, None).lacking == ("there is no policies/tried.cases.yaml",)
    (lacking,) = trial(PRIVATE, CASES.split("\n\n- name: nobody", maxsplit=1)[0]).lacking
    assert "not_evaluated" in lacking


def test_a_policy_that_minds_nothing_that_is_broken_is_toothless(trial):
    teeth = policy(
        "if bucket.get('Public') is True and bucket.get('Evil'):",
        "    yield bucket.violation('It is.', at='Public')",
    )
    cases = CASES.replace("Public: true", "Public: true, Evil: 1").replace(
        "Public: !Ref Late", "Public: true, Evil: !Ref Late"
    )
    found = trial(teeth, cases)

    assert not found.wrong
    assert found.toothless
    assert found.bites.mutants == len(found.bites.survivors) == 6


def test_cases_with_nothing_beside_them_are_orphans(tmp_path):
    (tmp_path / "policies" / "deep").mkdir(parents=True)
    (tmp_path / "validators").mkdir()
    (tmp_path / "policies" / "deep" / "gone.cases.yaml").touch()
    (tmp_path / "policies" / "there.cases.yaml").touch()
    (tmp_path / "validators" / "there.cases.yaml").touch()

    assert orphans(tmp_path, ["policies/there.py"]) == [
        "policies/deep/gone.cases.yaml",
        "validators/there.cases.yaml",
    ]


TIERED = """\
- {name: a tier, stacks: {production/r/api: {tier: normal}}, expect: []}
- {name: no tier, stacks: {production/r/api: {}}, expect: [{stack: production/r/api, at: tier}]}
"""


def validator(*lines):
    body = "\n    ".join(lines)
    return (
        '"""Stacks have a tier."""\nfrom skafu.sdk import validator\n\n\n'
        f'@validator(severity="low")\ndef check(estate):\n    {body}\n'
    )


HELD = validator("yield from (one.violation('No tier.', at='tier') for one in estate.stacks if not one.tier)")


@pytest.fixture
def tried_validator(tmp_path):
    """Tries a validator with its cases."""

    def tried(text, cases=TIERED, *, mutate=True):
        (tmp_path / "validators").mkdir()
        (tmp_path / "validators" / "tried.py").write_text(text, "utf-8")
        (tmp_path / "validators" / "checkov.yaml").write_text("judge: checkov\n", "utf-8")
        if cases is not None:
            (tmp_path / "validators" / "tried.cases.yaml").write_text(cases, "utf-8")
        (found,) = try_rules(tmp_path, validator_files(tmp_path), mutate=mutate, limit=1.5)
        return found

    return tried


def test_a_good_validator_has_nothing_to_be_told(tried_validator):
    found = tried_validator(HELD)

    assert found.good
    assert (found.id, found.file, found.kind.name) == ("tried", "validators/tried.py", "validator")
    assert (len(found.cases), found.bites.cases, found.bites.killed) == (2, 1, 2)


def test_a_validator_that_says_otherwise_or_fails_is_told_with_its_place(tried_validator):
    found = tried_validator(HELD, TIERED.replace("at: tier", "at: tags"))

    assert [(case.file, case.line) for case in found.wrong] == [("validators/tried.cases.yaml", 2)]
    assert not found.failed


@pytest.mark.parametrize(
    ("text", "cases", "told"),
    [
        (HELD, None, "there is no validators/tried.cases.yaml"),
        (HELD, TIERED.splitlines()[0], "no case states a violation"),
        (HELD, "- {name: a, expect: [], tier: x}", "validators/tried.cases.yaml:1: case 1 needs"),
        ("1 / 0", TIERED, "validators/tried.py:1: ZeroDivisionError"),
        (validator("while True: pass"), TIERED, "the validator did not answer within 1.5 s"),
        (validator("return 1"), TIERED, "TypeError: 'int' object is not iterable"),
    ],
)
def test_a_validator_that_cannot_be_held_to_its_cases_says_why(tried_validator, text, cases, told):
    found = tried_validator(text, cases)
    said = [found.problem, found.unreadable, *found.lacking]
    said += [case.crashed for case in found.cases]
    said += [one.said for case in found.cases for one in case.differences]

    assert not found.good
    assert any(one.startswith(told) for one in said), said


def test_a_validator_that_minds_nothing_that_is_broken_is_toothless(tried_validator):
    cases = """\
- {name: good, environments: {dev: {a: b}}, expect: []}
- {name: bad, stacks: {x/y/z: {tier: evil, layer: evil}}, expect: [{stack: x/y/z}]}
"""
    text = validator(
        "yield from (one.violation('x') for one in estate.stacks if len(estate.environments) == 1)"
    )
    found = tried_validator(text, cases)

    assert not found.wrong
    assert found.toothless
    assert found.bites.mutants == len(found.bites.survivors)
