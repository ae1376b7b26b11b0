"""What a policy lets pass is broken in one place at a time."""

from __future__ import annotations

import copy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skafu.sdk import policy, stack_policy
from skafu.sdk.case_values import is_unknown
from skafu.sdk.cases import read_cases
from skafu.sdk.mutation import Bites, bites, grafts, intruders, mutants

BUCKET = "AWS::S3::Bucket"


def case_of(**parts):
    return read_cases(yaml.safe_dump([{"name": "a", "expect": [], **parts}]))[0]


def told(properties):
    """What is broken below the properties of a resource."""
    case = case_of(resources={"A": {"Type": BUCKET, "Properties": properties}})
    head = "resources.A.Properties."
    return [what.removeprefix(head) for what, _ in mutants(case) if what.startswith(head)]


@pytest.mark.parametrize(
    ("properties", "what"),
    [
        ({"X": True}, ["X is removed", "X is false, not true"]),
        ({"X": 5}, ["X is removed", "X is 0, not 5", "X is 2, not 5", "X is 10, not 5"]),
        ({"X": 0}, ["X is removed", "X is 1, not 0"]),
        ({"X": 1}, ["X is removed", "X is 0, not 1", "X is 2, not 1"]),
        ({"X": 0.5}, ["X is removed", "X is 0, not 0.5", "X is 0.25, not 0.5", "X is 1.0, not 0.5"]),
        ({"X": "a"}, ["X is removed", "X is ''", "X is '*'", "X is 'other'"]),
        ({"X": ""}, ["X is removed", "X is '*'", "X is 'other'"]),
        ({"X": "true"}, ["X is removed", "X is ''", "X is '*'", "X is 'other'", "X is 'false'"]),
        (
            {"X": "30"},
            ["X is removed", "X is ''", "X is '*'", "X is 'other'", "X is '0'", "X is '15'", "X is '60'"],
        ),
        ({"X": "Deny"}, ["X is removed", "X is ''", "X is '*'", "X is 'other'", "X is 'Allow'"]),
        ({"X": "10.0.0.0/8"}, ["X is removed", "X is ''", "X is '*'", "X is 'other'", "X is '0.0.0.0/0'"]),
        ({"X": "fd00::/8"}, ["X is removed", "X is ''", "X is '*'", "X is 'other'", "X is '::/0'"]),
        ({"X": "https://a"}, ["X is removed", "X is ''", "X is '*'", "X is 'other'", "X is 'http://a'"]),
        ({"X": {"Ref": "Y"}}, ["X is removed", "X is ''", "X is '*'", "X is 'other'"]),
        ({"X": {"unknown": "T"}}, ["X is removed", "X is ''", "X is '*'", "X is 'other'"]),
        ({"X": None}, ["X is removed"]),
        ({"X": []}, ["X is removed"]),
        ({"X": [True]}, ["X is removed", "X[0] is removed", "X[0] is false, not true"]),
        (
            {"X": [True, True]},
            [
                "X is removed",
                "X is empty",
                "X[0] is removed",
                "X[0] is false, not true",
                "X[1] is removed",
                "X[1] is false, not true",
            ],
        ),
        (
            {"X": ["*"]},
            ["X is removed", "X[0] is removed", "X[0] is ''", "X[0] is 'other'"],
        ),
        (
            {"X": ["a"]},
            [
                "X is removed",
                "X has a '*' more",
                "X[0] is removed",
                "X[0] is ''",
                "X[0] is '*'",
                "X[0] is 'other'",
            ],
        ),
        ({"X": {"Type": True}}, ["X is removed", "X.Type is removed", "X.Type is false, not true"]),
    ],
)
def test_a_value_is_broken_in_every_way_that_its_kind_knows(properties, what):
    assert told(properties) == what


def test_every_part_of_a_case_is_broken_but_its_name_its_answer_and_the_types_of_its_resources():
    case = case_of(
        resources={"A": {"Type": BUCKET, "DeletionPolicy": "Retain"}},
        outputs={"O": {"Value": True}},
        parameters={"P": True},
        tags={"T": True},
        environment={"S": True},
        account={"allowed_resources": ["*"]},
        tier="*",
        region="*",
    )

    assert [what for what, _ in mutants(case)] == [
        "resources.A is removed",
        "resources.A.DeletionPolicy is removed",
        "resources.A.DeletionPolicy is ''",
        "resources.A.DeletionPolicy is '*'",
        "resources.A.DeletionPolicy is 'other'",
        "resources.A.DeletionPolicy is 'Delete'",
        "outputs.O is removed",
        "outputs.O.Value is removed",
        "outputs.O.Value is false, not true",
        "parameters.P is removed",
        "parameters.P is false, not true",
        "tags.T is removed",
        "tags.T is false, not true",
        "environment.S is removed",
        "environment.S is false, not true",
        "account.allowed_resources is removed",
        "account.allowed_resources[0] is removed",
        "account.allowed_resources[0] is ''",
        "account.allowed_resources[0] is 'other'",
        "tier is ''",
        "tier is 'other'",
        "region is ''",
        "region is 'other'",
    ]


NAMES = st.sampled_from(["A", "B", "Type"])
KEYS = st.sampled_from(["A", "B", "Effect", "Type", "Ref", "unknown"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(["*", "other", "Allow", "true", "10.0.0.0/8", "https://a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
RESOURCES = st.dictionaries(
    KEYS, st.fixed_dictionaries({"Type": st.just(BUCKET), "Properties": VALUES}), max_size=2
)
PARTS = st.fixed_dictionaries(
    {"resources": RESOURCES, "environment": st.dictionaries(NAMES, VALUES, max_size=2)},
    optional={"tags": st.dictionaries(NAMES, st.text(max_size=5), max_size=2), "tier": st.text(max_size=5)},
)


def places(one, other):
    """How many values have to be changed, added or removed to make one of the other."""
    if isinstance(one, dict) and isinstance(other, dict) and not is_unknown(one) and not is_unknown(other):
        apart = len(one.keys() ^ other.keys())
        return apart + sum(places(one[key], other[key]) for key in one.keys() & other.keys())
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return sum(places(*pair) for pair in zip(one, other, strict=True))
    return int(type(one) is not type(other) or one != other)


def lists_whole(tree):
    """The tree with each list as one value: a graft takes it as it is."""
    if isinstance(tree, dict):
        return {key: lists_whole(value) for key, value in tree.items()}
    return repr(tree) if isinstance(tree, list) else tree


@given(PARTS)
def test_each_mutant_differs_in_exactly_one_place_and_leaves_the_original_as_it_was(parts):
    case = case_of(**parts)
    before = copy.deepcopy(case.written)

    broken = list(mutants(case))

    assert case.written == before
    for what, mutant in broken:
        assert places(before, mutant.written) == 1, what
        assert (mutant.name, mutant.expect) == (case.name, case.expect)
    assert [what for what, _ in broken] == [what for what, _ in mutants(case)]


@given(PARTS, PARTS)
def test_each_graft_and_each_intruder_differs_in_exactly_one_place(parts, others):
    case, other = case_of(**parts), case_of(**others)
    before = copy.deepcopy(case.written)

    for what, mutant in [*grafts(case, [other]), *intruders(case, [other])]:
        assert places(lists_whole(before), lists_whole(mutant.written)) == 1, what
    assert case.written == before


def wrong(**resources):
    text = yaml.safe_dump([{"name": "wrong", "resources": resources, "expect": [{"resource": "A"}]}])
    return read_cases(text)


def test_a_graft_takes_what_a_violating_case_has_for_a_resource_of_the_same_type():
    own = {"Type": BUCKET, "Properties": {"Flows": ["code"], "Same": 1, "Deep": {"X": 1}}}
    bad = {"Type": BUCKET, "Properties": {"Flows": ["implicit"], "Same": 1, "Deep": {"Y": 2}}}
    case = case_of(resources={"Mine": own, "Queue": {"Type": "AWS::SQS::Queue"}})

    grafted = {what: mutant.written["resources"]["Mine"] for what, mutant in grafts(case, wrong(A=bad))}

    assert {what: body["Properties"] for what, body in grafted.items()} == {
        "resources.Mine.Properties.Deep.Y is as in the case at line 1": {
            "Flows": ["code"],
            "Same": 1,
            "Deep": {"X": 1, "Y": 2},
        },
        "resources.Mine.Properties.Flows is as in the case at line 1": {
            "Flows": ["implicit"],
            "Same": 1,
            "Deep": {"X": 1},
        },
    }


def test_an_intruder_is_of_a_type_that_the_case_does_not_hold():
    user, bucket = {"Type": "AWS::IAM::User"}, {"Type": BUCKET}
    case = case_of(resources={"Mine": bucket})

    found = list(intruders(case, wrong(A=user, B=bucket)))

    assert [what for what, _ in found] == ["resources.A is there, as in the case at line 1"]
    assert found[0][1].written["resources"] == {"Mine": bucket, "A": user}


def asking(text, cases):
    """A policy whose check is an expression over a bucket, and what it says about the cases' mutants."""

    @policy(severity="low", resources=[BUCKET])
    def check(bucket):
        if eval(text, {"bucket": bucket}):  # noqa: S307  (our own text)
            yield bucket.violation("wrong")

    read = read_cases(cases)
    return sum((bites(check, case, read) for case in read), Bites())


ON = "- {name: on, resources: {A: {Type: AWS::S3::Bucket, Properties: {On: true, Name: x}}}, expect: []}\n"
OFF = "- {name: off, resources: {A: {Type: AWS::S3::Bucket}}, expect: [{resource: A}]}\n"
TOPIC = "- {name: topic, resources: {A: {Type: AWS::SNS::Topic, DependsOn: B}}, expect: []}\n"


def test_a_policy_bites_that_minds_what_was_broken():
    answer = asking("not bucket.get('On')", ON + OFF + TOPIC)

    assert (answer.cases, answer.mutants, answer.killed) == (1, 8, 3)
    assert "resources.A is removed" in answer.survivors
    assert "resources.A.Properties.Name is removed" in answer.survivors


def test_a_policy_that_minds_nothing_never_bites():
    answer = asking("bucket.get('Misspelt') is False", ON + ON.replace("name: on", "name: again"))

    assert (answer.cases, answer.mutants, answer.killed, answer.failed) == (2, 16, 0, 0)


def test_failing_at_a_mutant_is_not_biting():
    answer = asking("bucket.properties['Name'] is None", ON)

    assert (answer.killed, answer.failed) == (0, 2)
    assert answer.failure.startswith("resources.A.Properties is removed: failed at line ")
    assert answer.failure.endswith(": KeyError: 'Name'")


def test_a_policy_against_a_type_bites_where_a_resource_of_it_is_added():
    answer = asking("True", TOPIC + OFF)

    assert (answer.cases, answer.mutants, answer.killed) == (1, 1, 1)


def test_a_policy_does_not_bite_only_because_a_violating_resource_is_added():
    assert asking("bucket.get('Other') is not None", ON + TOPIC + OFF).killed == 0


def test_a_policy_about_stacks_bites_where_a_resource_is_added():
    @stack_policy(severity="low")
    def check(stack):
        if stack.resources(BUCKET):
            yield stack.violation("It has a bucket.")

    cases = read_cases(TOPIC + OFF)

    assert bites(check, cases[0], cases).killed == 1


def test_a_policy_that_changes_what_it_is_given_changes_no_other_mutant():
    @policy(severity="low", resources=[BUCKET])
    def check(bucket):
        found = bucket.get("On")
        bucket.properties.clear()
        bucket.stack.environment.settings.clear()
        if not found:
            yield bucket.violation("It is off.")

    cases = read_cases(ON)

    assert bites(check, cases[0], cases).killed == 3
    assert cases[0].written["resources"]["A"]["Properties"] == {"On": True, "Name": "x"}
