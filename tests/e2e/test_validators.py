"""Validators of the team's own, over a whole estate, as people run them."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

ID = "staging/us-east-1/store"
WATCH = "stacks/observability/watch/"
TWO = {
    f"{WATCH}stack.yaml": "template: template.yaml\nenvironments: [staging]\ndepends_on: [store]\ntier: normal\n",
    f"{WATCH}template.yaml": "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Ref AWS::Region\n",
}


def validator(*body, severity="high"):
    head = f'"""Watchers watch.\n\nSee to it.\n"""\n\nfrom skafu.sdk import Unknown, validator\n\n\n@validator(severity="{severity}")\ndef check(estate):\n'
    return head + "".join(f"    {line}\n" for line in body)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(
            "yield estate.stacks[1].violation('No watch.', at='depends_on')",
            [f"{WATCH}stack.yaml:3:1: No watch. See to it."],
            id="about a stack's declaration",
        ),
        pytest.param(
            "yield from (one.violation('Named.', at='TopicName') for one in estate.resources('AWS::SNS::*'))",
            [f"{WATCH}template.yaml:5:7: Named. See to it."],
            id="about a resource",
        ),
        pytest.param(
            "yield estate.environments[0].violation('Here.', at='region', fix='Move.')",
            ["stacks/environments/staging.yaml:3:1: Here. Move."],
            id="about an environment",
        ),
        pytest.param(
            "yield estate.accounts[0].violation('Whose?', at='access')",
            ["stacks/accounts.yaml:6:5: Whose? See to it."],
            id="about an account",
        ),
        pytest.param(
            "yield estate.violation(estate.text('stacks/accounts.yaml')[:12], file='stacks/accounts.yaml', line=2)",
            ["stacks/accounts.yaml:2:1: estate: tiny See to it."],
            id="about a line of a file",
        ),
        pytest.param(
            "yield estate.stacks[1].violation('Old.', file='stacks/accounts.yaml', line=3)",
            ["stacks/accounts.yaml:3:1: Old. See to it."],
            id="about a line of a file that concerns one stack",
        ),
        pytest.param(
            "yield estate.stacks[0].violation(' '.join([estate.stacks[1].needs[0].kind, estate.stacks[1].needs[0].target]))",
            [f"stacks/platform/store/template.yaml:1:1: depends_on {ID} See to it."],
            id="about who needs whom",
        ),
    ],
)
def test_a_violation_stands_where_a_person_edits(estate, body, told):
    run = estate({**TWO, "validators/watched.py": validator(body)}).judge()
    assert run.told == told
    assert (run.code, run.gate) == (1, "blocked")
    assert {(one["tool"], one["rule"]) for one in run.report["findings"]} == {("validators", "watched")}


def test_a_violation_about_a_file_blocks_the_stack_that_it_concerns(estate):
    body = "yield estate.stacks[1].violation('Old.', file='stacks/accounts.yaml', line=3)"
    run = estate({**TWO, "validators/watched.py": validator(body)}).judge()
    assert {one["id"]: one["gate"] for one in run.report["stacks"]} == {
        ID: "approved",
        "staging/us-east-1/watch": "blocked",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            validator("raise ValueError('no')"),
            "validators/watched.py:11: watched failed: ValueError: no",
            id="raises",
        ),
        pytest.param(
            validator("return None"),
            "validators/watched.py:9: watched failed: TypeError: 'NoneType' object is not iterable",
            id="says nothing",
        ),
        pytest.param(
            validator("yield 'x'"),
            "validators/watched.py:9: watched failed: TypeError: it must yield violations with a message, it yielded 'x'",
            id="says something else",
        ),
        pytest.param(
            validator("__import__('os')._exit(0)"),
            "validators/watched.py: skafu.validate.policies_child ended with exit code 0 and said nothing",
            id="ends the judge",
        ),
        pytest.param(
            validator("yield estate.environments[0].violation('x')", "estate.text('../x')"),
            "validators/watched.py:12: watched failed: ValueError: ../x lies outside of stacks, policies, validators",
            id="reads what nobody watches",
        ),
        pytest.param(
            validator("estate.text('stacks/left.pyc')"),
            "validators/watched.py:11: watched failed: ValueError: stacks/left.pyc is what a tool left behind",
            id="reads what does not count as a change",
        ),
        pytest.param(
            validator("yield estate.violation('x', file='../x')"),
            "validators/watched.py:9: watched failed: ValueError: '../x' is no path of a file in the repository",
            id="names a file that is not of the repository",
        ),
        pytest.param(
            validator("yield estate.violation('x', file='')"),
            "validators/watched.py:9: watched failed: ValueError: '' is no path of a file in the repository",
            id="names no file",
        ),
        pytest.param(
            validator("yield estate.violation('x', file='x', line=0)"),
            "validators/watched.py:9: watched failed: ValueError: there is no line 0",
            id="names a line that cannot be",
        ),
        pytest.param(
            validator("yield estate.violation('x', file=5)"),
            "validators/watched.py:9: watched failed: TypeError: the file of a violation must be text, it is 5",
            id="names a file by a number",
        ),
        pytest.param(
            validator("yield estate.stacks[0].violation('x', fix=5)"),
            "validators/watched.py:9: watched failed: TypeError: the fix of a violation must be text, it is 5",
            id="says what to do in a number",
        ),
        pytest.param(
            validator("yield estate.stacks[0].environment.__class__('nowhere').violation('x')"),
            "validators/watched.py: 'nowhere'",
            id="names an environment that is not there",
        ),
        pytest.param(
            "def check(:\n", "validators/watched.py:1: SyntaxError: invalid syntax", id="is no Python"
        ),
        pytest.param(
            "'Nothing.'\n",
            "validators/watched.py:1: there is no function with @validator in it",
            id="is none",
        ),
        pytest.param(
            '"""A policy."""\nfrom skafu.sdk import stack_policy\n\n\n@stack_policy(severity="low")\ndef check(stack):\n    yield\n',
            "validators/watched.py:5: it is no validator: that is a function with @validator",
            id="is a policy",
        ),
        pytest.param(
            validator("yield estate.stacks[0].violation('x')")
            .replace("validator\n", "validator as v\n")
            .replace("@validator", "@v")
            + '@v(severity="low")\ndef check(estate):\n    return []\n',
            "validators/watched.py:12: it holds 2 validators; one file is one validator",
            id="hides another under its name",
        ),
    ],
)
def test_a_validator_that_fails_blocks_every_stack(estate, text, reason):
    run = estate({**TWO, "validators/watched.py": text}).judge()
    assert run.reasons[-1] == f"watched could not do its work: {reason}"
    assert (run.code, run.gate, run.stderr) == (4, "blocked", "")
    assert {one["gate"] for one in run.report["stacks"]} == {"blocked"}


UNKNOWN = {
    **TWO,
    f"{WATCH}template.yaml": "Resources:\n  Other: {Type: AWS::SNS::Topic}\n  Topic:\n    Type: AWS::SNS::Topic\n"
    "    Properties:\n      TopicName: !GetAtt Other.TopicName\n",
}


def test_a_value_that_nobody_knows_must_be_faced(estate):
    body = "yield from (one.violation('x') for one in estate.resources('AWS::SNS::*') if one.get('TopicName') == 'x')"
    run = estate({**UNKNOWN, "validators/watched.py": validator(body)}).judge()
    (reason,) = run.reasons
    assert reason.startswith(
        "watched could not do its work: validators/watched.py:11: watched failed: it used Resources.Topic."
    )
    assert reason.endswith("test for isinstance(value, Unknown) first")
    assert run.code == 4


def test_a_value_that_nobody_knows_may_be_stated(estate):
    body = "yield from (one.get('TopicName') for one in estate.resources('AWS::SNS::*') if one.logical_id == 'Topic')"
    run = estate({**UNKNOWN, "validators/watched.py": validator(body)}).judge()
    (one,) = run.report["not_evaluated"]
    assert (one["rule"], one["logical_id"], one["file"], one["line"]) == (
        "watched",
        "Topic",
        f"{WATCH}template.yaml",
        6,
    )
    assert run.code == 0


def test_what_was_not_asked_for_is_compared_with_and_not_reported(estate):
    body = "yield from (one.violation(str(len(estate.stacks))) for one in estate.stacks)"
    run = estate({**TWO, "validators/watched.py": validator(body)}).judge("store")
    assert [(one["message"], one["stacks"]) for one in run.report["findings"]] == [("2", [ID])]


def test_a_stack_that_cannot_be_judged_makes_the_estate_incomplete(estate):
    broken = {
        f"{WATCH}template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
    }
    body = "yield estate.stacks[0].violation(f'{estate.complete} {len(estate.stacks)}')"
    run = estate({**TWO, **broken, "validators/watched.py": validator(body)}).judge()
    assert "False 1" in {one["message"] for one in run.report["findings"]}
    assert run.gate == "blocked"
