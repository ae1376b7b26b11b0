"""Cases beside a policy tell a right policy from a wrong one."""

from __future__ import annotations

import pytest

from skafu.sdk import policy, stack_policy
from skafu.sdk.case_text import CasesError
from skafu.sdk.cases import differences, lacking, read_cases
from skafu.sdk.comparing import Difference


@policy(severity="low", resources=["AWS::S3::Bucket"])
def public(bucket):
    if bucket.get("Public") == bucket.environment.get("public"):
        yield bucket.violation("It is public.", at="Public")


def says(resources, expect):
    text = f"- name: a\n  environment: {{public: 'yes'}}\n  resources: {resources}\n  expect: {expect}\n"
    return differences(public, read_cases(text)[0])


PUBLIC = "{A: {Type: 'AWS::S3::Bucket', Properties: {Public: 'yes'}}}"
PRIVATE = "{A: {Type: 'AWS::S3::Bucket', Properties: {Public: 'no'}}}"
LATE = "{A: {Type: 'AWS::S3::Bucket', Properties: {Public: {Ref: X}}}}"
SHORT = "{A: {Type: 'AWS::S3::Bucket', Properties: {Public: !Ref X}}}"
OTHER = "{A: {Type: 'AWS::SQS::Queue'}}"


@pytest.mark.parametrize(
    ("resources", "expect"),
    [
        (PUBLIC, "[{resource: A, at: Public, message: public}]"),
        (PRIVATE, "[]"),
        (LATE, "not_evaluated"),
        (SHORT, "not_evaluated"),
        (OTHER, "[]"),
    ],
)
def test_a_policy_that_says_what_is_expected_has_no_differences(resources, expect):
    assert says(resources, expect) == []


FOUND = "A at Public: It is public."


@pytest.mark.parametrize(
    ("resources", "expect", "found"),
    [
        (PUBLIC, "[]", [Difference("", FOUND, 1)]),
        (PRIVATE, "[{resource: A, at: Public}]", [Difference("A at Public: (any message)", "", 4)]),
        (
            PUBLIC,
            "[{resource: A, at: Other}]",
            [Difference("A at Other: (any message)", "", 4), Difference("", FOUND, 1)],
        ),
        (
            PUBLIC,
            "[{resource: B, at: Public}]",
            [Difference("B at Public: (any message)", "", 4), Difference("", FOUND, 1)],
        ),
        (
            PUBLIC,
            "\n    - {resource: A, at: Public, message: private}",
            [Difference("A at Public: private", FOUND, 5)],
        ),
        (
            PUBLIC,
            "[{resource: A, at: Public}, {resource: A, at: Public}]",
            [Difference("A at Public: (any message)", "", 4)],
        ),
        (
            LATE,
            "[]",
            [Difference("an answer", "not_evaluated: Resources.A.Properties.Public is not known", 1)],
        ),
        (PRIVATE, "not_evaluated", [Difference("not_evaluated", "no violation", 1)]),
        (PUBLIC, "not_evaluated", [Difference("not_evaluated", FOUND, 1)]),
    ],
)
def test_a_difference_tells_what_was_expected_what_was_said_and_at_which_line(resources, expect, found):
    assert says(resources, expect) == found


def test_an_expected_violation_takes_the_one_that_matches_and_leaves_the_others_their_place():
    @policy(severity="low", resources=["*"])
    def twice(resource):
        yield resource.violation("first", at="A")
        yield resource.violation("second", at="A")

    text = """
- name: a
  resources: {X: {Type: T}}
  expect:
    - {resource: X, at: A, message: third}
    - {resource: X, at: A, message: first}
"""

    assert differences(twice, read_cases(text)[0]) == [Difference("X at A: third", "X at A: second", 5)]


def test_a_policy_that_fails_is_no_difference_of_opinion():
    @policy(severity="low", resources=["*"])
    def fails(resource):
        raise KeyError(resource.logical_id)

    (difference,) = differences(fails, read_cases("[{name: a, resources: {X: {Type: T}}, expect: []}]")[0])

    assert difference.failed
    assert difference.said == "KeyError: 'X'"
    assert difference.line == fails.check.__code__.co_firstlineno + 2


def test_values_are_read_as_templates_are():
    text = """
- name: a
  resources:
    Off: {Type: T, Properties: {Version: 2012-10-17, Codes: {200: ok}, At: !GetAtt A.B, In: !Sub ["${X}", {X: !Ref Y}]}}
  expect: []
"""
    properties = read_cases(text)[0].stack.resources()[0].properties

    assert read_cases(text)[0].stack.resources()[0].logical_id == "Off"
    assert properties["Version"] == "2012-10-17"
    assert properties["Codes"] == {"200": "ok"}
    assert properties["At"].expression == {"Fn::GetAtt": ["A", "B"]}
    assert properties["In"].expression == {"Fn::Sub": ["${X}", {"X": {"Ref": "Y"}}]}


def test_a_case_and_what_it_expects_know_their_lines():
    text = "- {name: a, expect: []}\n\n- name: b\n  expect:\n    - {at: x}\n\n    - {at: y}\n"

    assert [(case.line, case.expect_lines) for case in read_cases(text)] == [(1, ()), (3, (5, 7))]


def test_the_stack_shares_nothing_with_what_was_written():
    case = read_cases("[{name: a, environment: &x {b: {c: 1}}, tags: *x, expect: []}]")[0]
    case.stack.environment.settings["b"]["c"] = 2

    assert case.written["environment"] == {"b": {"c": 1}}
    assert case.stack.tags == {"b": {"c": 1}}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "a list of at least one case"),
        ("[]", 1, "a list of at least one case"),
        ("a: b", 1, "a list of at least one case"),
        ("\n- {name: a}", 2, "case 1 needs name and expect"),
        ("[{name: a, expect: [], template: {}}]", 1, "case 1 needs name and expect"),
        ("[a]", 1, "case 1 needs name and expect"),
        ("[{name: a, expect: passes}]", 1, "a: expect is a list of violations or not_evaluated"),
        ("- name: a\n  expect:\n  - {at: x}\n  - {logical_id: A}", 4, "a: an expected violation has"),
        ("- name: a\n  expect:\n  - {at: x, message: 1}", 3, "is text; put it in quotes"),
        ("- {name: a, expect: []}\n- {name: a, expect: []}", 2, "the case at line 1 has the same name"),
        ("- name: a\n  expect: []\n  expect: []", 3, "expect is written twice"),
        ("- name: a\n - b", 2, "it is not YAML"),
        ("- name: a\n  tags: {x: !Ref\n  expect: []", 3, "it is not YAML"),
        ("- name: a\n  expect: \x07", 1, "it is not YAML"),
        ("- {name: a, expect: [], resources: [A]}", 1, "a: resources is a mapping"),
        ("- {name: a, expect: [], resources: {A: {}}}", 1, "a: the resource A has no Type"),
        ("- {name: a, expect: [], resources: {A: {Type: !Ref B}}}", 1, "a: the resource A has no Type"),
        ("- {name: a, expect: [], tags: !Ref A}", 1, "a: tags is a mapping"),
        ("- {name: a, expect: [], tier: 1}", 1, "a: tier is text"),
        ("- {name: a, expect: [], account: {owner: x}}", 1, "a: account may have"),
        ("- &a {name: a, expect: [], tags: *a}", 1, "it holds itself"),
        ("- {name: a, expect: [], tags: {[x]: y}}", 1, "a key is text"),
        ("- " + "[" * 3000 + "]" * 3000, 1, "it is nested too deeply"),
    ],
)
def test_a_file_that_holds_no_cases_says_where_and_why(text, line, reason):
    with pytest.raises(CasesError, match=reason) as caught:
        read_cases(text)
    assert caught.value.line == line


@stack_policy(severity="low")
def queued(stack):
    if stack.resources("AWS::SQS::Queue"):
        yield stack.violation("It has a queue.")


PASSES = "- {name: pass, resources: {A: {Type: 'AWS::S3::Bucket'}}, expect: []}\n"
FAILS = "- {name: fail, resources: {A: {Type: 'AWS::SQS::Queue'}}, expect: [{message: queue}]}\n"
UNKNOWN = "- {name: unknown, expect: not_evaluated}\n"
NOTHING = "- {name: nothing, resources: {A: {Type: 'AWS::SNS::Topic'}}, expect: []}\n"
QUEUED = "- {name: queued, resources: {A: {Type: 'AWS::SQS::Queue'}}, expect: []}\n"


@pytest.mark.parametrize(
    ("rule", "text", "missing"),
    [
        (public, PASSES + FAILS + UNKNOWN, []),
        (public, PASSES + FAILS + NOTHING, []),
        (public, PASSES + FAILS, ["no case shows"]),
        (public, FAILS + UNKNOWN, ["no case passes"]),
        (public, PASSES + UNKNOWN, ["no case states"]),
        (public, UNKNOWN, ["no case passes", "no case states"]),
        (queued, NOTHING + FAILS, []),
        (queued, QUEUED + FAILS, ["no case shows"]),
        (queued, QUEUED + FAILS + UNKNOWN, []),
        (queued, "- {name: a, expect: [{at: x}]}\n- {name: b, expect: []}", ["no case shows"]),
    ],
)
def test_every_answer_of_a_policy_has_a_case(rule, text, missing):
    found = lacking(rule, read_cases(text))

    assert len(found) == len(missing)
    assert all(one.startswith(start) for one, start in zip(found, missing, strict=True))
