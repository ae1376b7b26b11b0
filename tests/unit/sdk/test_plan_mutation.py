"""What a policy about plans lets pass is broken in one place at a time."""

from __future__ import annotations

import copy

import yaml

from skafu.sdk import Replacement, plan_policy
from skafu.sdk.mutation import Bites
from skafu.sdk.plan_cases import changes_of, read_plan_cases
from skafu.sdk.plan_mutation import plan_bites, plan_grafts, plan_intruders, plan_mutants

TABLE, BUCKET, QUEUE = "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue"


def case_of(expect=(), **parts):
    return read_plan_cases(yaml.safe_dump([{"name": "a", "expect": list(expect), **parts}]))[0]


def table(**properties):
    return {"Type": TABLE, "Properties": properties}


MODIFIED = {"before": {"A": table(X=True)}, "after": {"A": table(X=False)}}


def test_the_change_itself_is_broken_and_then_every_value_of_it():
    assert [what for what, _ in plan_mutants(case_of(**MODIFIED, environment={"name": "x"}))] == [
        "changes.A.action is remove",
        "changes.A.action is dynamic",
        "changes.A.replacement is maybe",
        "changes.A.replacement is always",
        "changes.A.kept is true",
        "after.A.Type is 'Custom::Other'",
        "before.A is removed",
        "before.A.Properties is removed",
        "before.A.Properties.X is removed",
        "before.A.Properties.X is false, not true",
        "after.A is removed",
        "after.A.Properties is removed",
        "after.A.Properties.X is removed",
        "after.A.Properties.X is true, not false",
        "environment.name is removed",
        "environment.name is ''",
        "environment.name is '*'",
        "environment.name is 'other'",
    ]


def test_what_is_added_has_no_replacement_to_break_and_no_type():
    assert [what for what, _ in plan_mutants(case_of(after={"A": table()}))] == [
        "changes.A.action is remove",
        "changes.A.action is dynamic",
        "changes.A.kept is true",
        "after.A is removed",
        "after.A.Properties is removed",
    ]


def test_every_mutant_is_a_plan_and_leaves_the_case_as_it_was():
    case = case_of(
        before={"A": table(X=[1, {"Ref": "B"}]), "B": table(), "C": {"Type": BUCKET}},
        after={"A": table(X=[2]), "B": table(), "D": {"Type": BUCKET}},
        changes={"A": {"replacement": "always", "kept": True}, "C": {"kept": True}},
        tier="critical",
    )
    other = case_of(
        [{"resource": "Z"}], before={"Z": table(Y=1)}, after={"Z": table(Y=2), "Q": {"Type": QUEUE}}
    )
    before = copy.deepcopy(case.written)
    found = [*plan_mutants(case), *plan_grafts(case, [other]), *plan_intruders(case, [other])]

    assert case.written == before
    assert len({what for what, _ in found}) == len(found)
    for what, mutant in found:
        assert mutant.written != before, what
        assert isinstance(changes_of(mutant.written), tuple)


def test_a_graft_takes_what_a_violating_case_says_of_the_same_type():
    other = case_of(
        [{"resource": "Z"}],
        before={"Z": table(X=True)},
        after={"Z": table(X=False, Y=5)},
        changes={"Z": {"replacement": "always"}},
    )

    assert [what for what, _ in plan_grafts(case_of(**MODIFIED), [other])] == [
        "after.A.Properties.Y is as in the case at line 1",
        "changes.A.replacement is as in the case at line 1",
    ]


def test_an_intruder_brings_its_whole_change():
    other = case_of([{"resource": "Z"}], before={"Z": {"Type": QUEUE}, "A": {"Type": BUCKET}})

    ((what, mutant),) = plan_intruders(case_of(**MODIFIED), [other])

    assert what == "Z changes, as in the case at line 1"
    assert mutant.written["before"] == {"A": table(X=True), "Z": {"Type": QUEUE}}


def bitten(check, *cases):
    return sum((plan_bites(check, case, cases) for case in cases), Bites())


def test_a_policy_bites_that_minds_what_was_broken():
    @plan_policy(severity="low", resources=[TABLE])
    def check(change):
        if change.replacement is Replacement.ALWAYS:
            yield change.violation("It is replaced.")

    found = bitten(check, case_of(**MODIFIED))

    assert (found.cases, found.killed) == (1, 1)
    assert "changes.A.kept is true" in found.survivors


def test_a_policy_that_minds_nothing_never_bites():
    @plan_policy(severity="low")
    def check(change):
        if change.type == "AWS::Misspelt::Table":
            yield change.violation("It is wrong.")

    assert bitten(check, case_of(**MODIFIED)).killed == 0


def test_a_policy_that_nothing_passing_is_about_bites_where_a_violating_change_is_added():
    @plan_policy(severity="low", resources=[QUEUE])
    def check(change):
        yield change.violation("It changes.")

    wrong = case_of([{"resource": "Z"}], after={"Z": {"Type": QUEUE}})

    assert bitten(check, case_of(**MODIFIED), wrong).killed == 1
