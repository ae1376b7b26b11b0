"""From a policy and a stack to what the policy says."""

from __future__ import annotations

import sys

import pytest

from skafu.sdk import Account, Environment, Stack, Unknown, Violation, plan_policy, policy, stack_policy
from skafu.sdk.plan_cases import changes_of
from skafu.sdk.running import run, run_plan


def stack(**resources):
    bodies = {name: {"Type": "AWS::S3::Bucket", "Properties": found} for name, found in resources.items()}
    return Stack(
        "production/us-east-1/a",
        "a",
        "platform",
        Environment("production"),
        Account("production", "123456789014"),
        "us-east-1",
        template={"Resources": bodies},
    )


def on_buckets(check):
    return policy(severity="low", resources=["AWS::S3::Bucket"])(check)


@on_buckets
def public(bucket):
    if bucket.get("Public") == "yes":
        yield bucket.violation("It is public.", at="Public")
    if bucket.get("Open") == "yes":
        yield bucket.violation("It is open.", at="Open")


def test_each_resource_is_asked_about():
    ruling = run(public, stack(A={"Public": "yes"}, B={}, C={"Open": "yes"}))

    assert [(one.logical_id, one.message) for one in ruling.violations] == [
        ("A", "It is public."),
        ("C", "It is open."),
    ]
    assert ruling.unanswered == ruling.failures == ()


def test_an_unknown_value_leaves_this_resource_unanswered_and_keeps_what_was_found():
    late = Unknown("the bucket is late", path=("Resources", "A", "Properties", "Open"))
    ruling = run(public, stack(A={"Public": "yes", "Open": late}, B={"Open": "yes"}))

    assert [one.logical_id for one in ruling.violations] == ["A", "B"]
    assert [(one.logical_id, one.path, one.reason) for one in ruling.unanswered] == [
        ("A", ("Resources", "A", "Properties", "Open"), "the bucket is late")
    ]


def test_an_unknown_value_that_is_yielded_does_not_end_the_policy():
    @on_buckets
    def both(bucket):
        if isinstance(bucket.get("Public"), Unknown):
            yield bucket.get("Public")
        yield bucket.violation("It is a bucket.")

    ruling = run(both, stack(A={"Public": Unknown("late")}))

    assert len(ruling.violations) == len(ruling.unanswered) == 1


def test_a_policy_that_raises_fails_at_this_resource_with_its_line():
    @on_buckets
    def careless(bucket):
        if bucket.properties["Public"]:
            yield bucket.violation("It is public.")

    ruling = run(careless, stack(A={}, B={"Public": "yes"}))

    (failure,) = ruling.failures
    assert (failure.logical_id, failure.reason) == ("A", "KeyError: 'Public'")
    assert failure.line == careless.check.__code__.co_firstlineno + 2
    assert [one.logical_id for one in ruling.violations] == ["B"]


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (lambda _: ["text"], "it must yield violations with a message, it yielded 'text'"),
        (lambda bucket: [bucket.violation("")], "it must yield violations with a message"),
        (lambda _: None, "it must yield violations, it returned None"),
        (lambda _: sys.exit(0), "SystemExit: 0"),
    ],
)
def test_anything_else_than_violations_is_a_failure(check, reason):
    ruling = run(on_buckets(check), stack(A={}))

    assert reason in ruling.failures[0].reason
    assert ruling.violations == ()


def test_a_stack_policy_is_asked_once():
    @stack_policy(severity="low")
    def few(asked):
        yield asked.violation(f"There are {len(asked.resources())} buckets.", at="Resources")

    assert [one.message for one in run(few, stack(A={}, B={})).violations] == ["There are 2 buckets."]


def test_no_resource_of_the_kind_is_no_violation():
    ruling = run(public, stack())

    assert ruling.violations == ruling.unanswered == ruling.failures == ()


def test_a_policy_that_catches_everything_does_not_pass_what_cannot_be_known():
    @on_buckets
    def careless(bucket):
        try:
            if bucket.get("Public") == "yes":
                yield bucket.violation("It is public.", at="Public")
        except:  # noqa: E722, S110
            pass

    ruling = run(careless, stack(A={"Public": Unknown("it is made later", path=("P",))}, B={"Public": "yes"}))
    assert [one.logical_id for one in ruling.violations] == ["B"]
    (failure,) = ruling.failures
    assert (failure.logical_id, failure.reason) == (
        "A",
        "it caught what tells that P is not known; catch Exception at most",
    )


def table(properties):
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


def changes(**after):
    return changes_of(
        {"before": {"T": table({})}, "after": {"T": table(after), "B": {"Type": "AWS::S3::Bucket"}}}
    )


def test_a_policy_about_plans_is_asked_about_each_change_of_its_types():
    @plan_policy(severity="high", resources=["AWS::DynamoDB::*"])
    def told(change):
        yield change.violation(f"{change.logical_id}: {change.action.value}.", at="X", severity="low")

    (violation,) = run_plan(told, changes(X=1)).violations

    assert violation == Violation(
        "T: modify.", "", "T", ("Resources", "T", "Properties", "X"), 0, severity="low"
    )


def test_a_policy_about_plans_that_needs_a_late_value_is_not_answered():
    @plan_policy(severity="high")
    def named(change):
        if change.after.get("Name") == "x":
            yield change.violation("It is x.")

    ruling = run_plan(named, changes(Name={"Ref": "Later"}))

    assert [(one.logical_id, one.path) for one in ruling.unanswered] == [
        ("T", ("Resources", "T", "Properties", "Name"))
    ]
    assert ruling.violations == ruling.failures == ()


def test_a_policy_about_plans_that_fails_has_failed_there_and_the_rest_is_heard():
    @plan_policy(severity="high")
    def broken(change):
        yield change.violation(f"{change.before.type}.")

    ruling = run_plan(broken, changes(X=1))

    assert [(one.logical_id, one.reason.partition(":")[0]) for one in ruling.failures] == [
        ("B", "AttributeError")
    ]
    assert [one.logical_id for one in ruling.violations] == ["T"]


@pytest.mark.parametrize(
    ("severity", "reason"),
    [
        ("critical", "ValueError: a violation cannot be critical if its policy is high"),
        ("bad", "ValueError: 'bad' is not a valid Severity"),
    ],
)
def test_a_violation_is_not_worse_than_its_policy_says(severity, reason):
    @plan_policy(severity="high", resources=["AWS::DynamoDB::Table"])
    def worse(change):
        yield change.violation("It is bad.", severity=severity)

    ruling = run_plan(worse, changes(X=1))

    assert (ruling.violations, [one.reason for one in ruling.failures]) == ((), [reason])
