"""Cases of a policy about plans: what stands and what will stand become changes."""

from __future__ import annotations

import pytest

from skafu.sdk import Action, Replacement, Unknown, plan_policy
from skafu.sdk.case_text import CasesError
from skafu.sdk.plan_cases import changes_of, plan_differences, plan_lacking, read_plan_cases

TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::S3::Bucket"


def body(type_=TABLE, /, properties=None, **attributes):
    return {"Type": type_, **attributes} | ({"Properties": properties} if properties else {})


def changed(before=None, after=None, **said):
    sides = {"before": before, "after": after}
    written = {side: {"A": one} for side, one in sides.items() if one is not None}
    return [
        (one.action.value, one.replacement.value, one.kept, one.type.rpartition("::")[2])
        for one in changes_of({**written, "changes": {"A": said}} if said else written)
    ]


KEEP = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (changed(None, body()), [("add", "never", False, "Table")]),
        (changed(body(), None), [("remove", "never", False, "Table")]),
        (changed(body(**KEEP), None), [("remove", "never", True, "Table")]),
        (changed(body(), body()), []),
        (changed(body(), body(properties={"X": 1})), [("modify", "never", False, "Table")]),
        (changed(body(), body(), replacement="always"), [("modify", "always", False, "Table")]),
        (changed(body(), body(**KEEP), replacement="maybe"), [("modify", "maybe", True, "Table")]),
        (changed(body(**KEEP), body(), replacement="always"), [("modify", "always", False, "Table")]),
        (changed(body(), body(), replacement="always", kept=True), [("modify", "always", True, "Table")]),
        (changed(body(), body(), action="dynamic"), [("dynamic", "maybe", False, "Table")]),
        (changed(None, body(), action="import"), [("import", "never", False, "Table")]),
        (
            changed(body(), body(BUCKET)),
            [("remove", "never", False, "Table"), ("add", "never", False, "Bucket")],
        ),
        (
            changed(body(), body(BUCKET, **KEEP)),
            [("remove", "never", True, "Table"), ("add", "never", False, "Bucket")],
        ),
    ],
)
def test_what_differs_is_a_change_unless_the_case_says_otherwise(found, expected):
    assert found == expected


def test_a_change_knows_both_sides_what_differs_and_the_whole_plan():
    (change,) = changes_of(
        {
            "environment": {"name": "staging"},
            "before": {"A": body(properties={"X": 1, "Same": 1}), "B": body()},
            "after": {
                "A": body(properties={"Y": {"Ref": "B"}, "Same": 1}, DeletionPolicy="Retain"),
                "B": body(),
            },
        }
    )

    assert [(one.path, one.before) for one in change.details] == [
        ("DeletionPolicy", None),
        ("Properties.X", 1),
        ("Properties.Y", None),
    ]
    late = change.after.get("Y")
    assert isinstance(late, Unknown)
    assert (late.path, late.kind) == (("Resources", "A", "Properties", "Y"), TABLE)
    assert (change.before.get("X"), change.environment.name, change.account.name) == (1, "staging", "staging")
    assert (change.plan.kind, change.plan.actions, change.plan.physical_ids) == (
        "update",
        {"A": Action.MODIFY},
        {"case-A": "A"},
    )
    assert [one.logical_id for one in change.stack.resources()] == ["A", "B"]


@pytest.mark.parametrize(
    ("change", "loses"),
    [
        (changes_of({"after": {"A": body()}}), False),
        (changes_of({"before": {"A": body()}}), True),
        (changes_of({"before": {"A": body(**KEEP)}}), False),
        (changes_of({"before": {"A": body()}, "after": {"A": body(X=1)}}), False),
        (
            changes_of(
                {"before": {"A": body()}, "after": {"A": body()}, "changes": {"A": {"action": "dynamic"}}}
            ),
            True,
        ),
    ],
)
def test_what_is_removed_or_replaced_and_not_kept_is_lost(change, loses):
    assert change[0].loses is loses


def test_a_first_creation_is_another_kind_of_plan():
    assert [one.plan.kind for one in changes_of({"after": {"A": body()}})] == ["create"]
    assert [one.plan.kind for one in changes_of({"after": {"A": body()}, "kind": "update"})] == ["update"]


@plan_policy(severity="high", resources=[TABLE])
def replaced(change):
    if change.replacement is Replacement.ALWAYS:
        yield change.violation("It is replaced.", at="X")
    elif change.after is not None and change.after.get("X") == "bad":
        yield change.violation("It is bad.", at="X")


CASE = """\
- name: a
  before: {A: {Type: AWS::DynamoDB::Table}}
  after: {A: {Type: AWS::DynamoDB::Table, Properties: {X: %s}}}
  changes: {A: {replacement: %s}}
  expect: %s
"""


@pytest.mark.parametrize(
    ("value", "replacement", "expect", "found"),
    [
        ("good", "never", "[]", []),
        ("good", "always", "[{resource: A, at: X, message: replaced}]", []),
        ("!Ref B", "never", "not_evaluated", []),
        ("good", "never", "[{resource: A, at: X}]", ["A at X: (any message)"]),
        ("bad", "never", "[]", [""]),
    ],
)
def test_a_policy_is_held_against_what_its_case_expects(value, replacement, expect, found):
    (case,) = read_plan_cases(CASE % (value, replacement, expect))

    assert [one.expected for one in plan_differences(replaced, case)] == found


PASSES = "- {name: p, before: {A: {Type: AWS::DynamoDB::Table}}, after: {A: {Type: AWS::DynamoDB::Table, X: 1}}, expect: []}\n"
FAILS = "- {name: f, after: {A: {Type: AWS::DynamoDB::Table}}, expect: [{resource: A}]}\n"
LATE = "- {name: l, after: {A: {Type: AWS::DynamoDB::Table}}, expect: not_evaluated}\n"
OTHER = "- {name: o, after: {A: {Type: AWS::S3::Bucket}}, expect: []}\n"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (PASSES + FAILS + LATE, []),
        (PASSES + FAILS + OTHER, []),
        (PASSES + FAILS, ["no case shows"]),
        (LATE, ["no case passes", "no case states"]),
    ],
)
def test_every_answer_of_a_policy_has_a_case(text, missing):
    found = plan_lacking(replaced, read_plan_cases(text))

    assert [one[: len(start)] for one, start in zip(found, missing, strict=True)] == missing


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- {name: a, expect: [], resources: {}}", "case 1 needs name and expect"),
        ("- {name: a, expect: [], before: []}", "a: before is a mapping"),
        ("- {name: a, expect: [], after: {A: {}}}", "a: the resource A has no Type"),
        ("- {name: a, expect: [], tier: 1}", "a: tier is text"),
        ("- {name: a, expect: [], kind: none}", "a: kind is one of create, update, import"),
        (
            "- {name: a, expect: [], changes: {A: {}}}",
            "changes names A, which is neither in before nor in after",
        ),
        (
            "- {name: a, expect: [], after: {A: {Type: T}}, changes: {A: {lost: true}}}",
            "what changes says of A has",
        ),
        (
            "- {name: a, expect: [], after: {A: {Type: T}}, changes: {A: {kept: 'yes'}}}",
            "kept of A is one of true, false",
        ),
        (
            "- {name: a, expect: [], after: {A: {Type: T}}, changes: {A: {action: delete}}}",
            "action of A is one of add, modify, remove, import, dynamic",
        ),
    ],
)
def test_a_file_that_holds_no_cases_says_why(text, reason):
    with pytest.raises(CasesError, match=reason):
        read_plan_cases(text)
