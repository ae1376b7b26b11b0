from __future__ import annotations

from dataclasses import fields, replace

import pytest

from skafu.model.estate import Account, Definition, Deployment, Environment, Reference, Seat, Stack, StackId
from skafu.model.node import Node, Step, Unknown, annotated
from skafu.model.place import Location
from skafu.validate.keys import digest, outcome_key, seat_digest

AT = Location("template.yaml", 3, 5)
ELSEWHERE = Location("template.yaml", 4, 5)
NOTHING = annotated({}, AT)
ID = StackId("production", "us-east-1", "data")
STACK = Stack(
    id=ID,
    definition=Definition("data", "platform", "template.yaml", ("production",), (), NOTHING),
    account=Account("production", "123456789012", "", "", "deployer", (), NOTHING),
    environment=Environment("production", "production", "us-east-1", ("us-east-1",), NOTHING),
    stack_name="skafu-production-data",
    source=NOTHING,
    template=annotated({"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}, AT),
    parameters={"P": Node("1", AT)},
    tags={},
    references=(),
    digest="0" * 64,
)

OTHERWISE = {
    "id": replace(ID, region="eu-west-1"),
    "definition": replace(STACK.definition, node=annotated({"tier": "critical"}, AT)),
    "account": replace(STACK.account, allowed_resources=("AWS::S3::*",)),
    "environment": replace(STACK.environment, node=annotated({"retention": 1}, AT)),
    "stack_name": "other",
    "source": annotated({"Description": ""}, AT),
    "template": annotated({"Resources": {"A": {"Type": "AWS::SQS::Queue"}}}, AT),
    "parameters": {"P": Node(1, AT)},
    "tags": {"Owner": Node("me", AT)},
    "references": (Reference("depends_on", ID, AT),),
    "digest": "1" * 64,
    "obstacle": "it cannot be expanded",
    "nested": (STACK,),
    "parts": {"template": "1" * 64},
    "given": {"P": "2"},
    "deployment": Deployment("deployer", "", "", "artifacts"),
    "uploaded_as": "1" * 64,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Stack)])
def test_whatever_is_different_about_a_stack_is_another_key(name):
    assert digest(replace(STACK, **{name: OTHERWISE[name]})) != digest(STACK)


NODE = Node("true", AT, Location("template.yaml", 3, 1), (Step("parameter P", AT),))
NODES = {
    "value": [
        "false",
        True,
        None,
        1,
        [],
        {},
        [Node("true", AT)],
        {"true": Node(None, AT)},
        Unknown("it is late", "true"),
    ],
    "location": [ELSEWHERE, replace(AT, file="other.yaml"), replace(AT, column=6)],
    "key": [None, ELSEWHERE],
    "steps": [(), (Step("parameter P", ELSEWHERE),), (Step("parameter Q", AT),), NODE.steps * 2],
}


@pytest.mark.parametrize("name", [field.name for field in fields(Node)])
def test_whatever_is_different_about_a_value_is_another_key(name):
    variants = [NODE, *(replace(NODE, **{name: value}) for value in NODES[name])]
    assert len({digest(replace(STACK, template=one)) for one in variants}) == len(variants)


UNKNOWN = Unknown("it is late", {"Ref": "A"}, "AWS::KMS::Key")
UNKNOWNS = {"reason": "it is early", "expression": {"Ref": "B"}, "type": ""}


@pytest.mark.parametrize("name", [field.name for field in fields(Unknown)])
def test_whatever_is_different_about_an_unknown_value_is_another_key(name):
    one, other = (
        Node({"A": Node(value, AT)}, AT) for value in (UNKNOWN, replace(UNKNOWN, **{name: UNKNOWNS[name]}))
    )
    assert digest(one) != digest(other)


def test_a_place_is_its_file_line_and_column():
    assert [field.name for field in fields(Location)] == ["file", "line", "column"]
    assert len({digest(Location(*at)) for at in [("a", 1, 1), ("b", 1, 1), ("a", 2, 1), ("a", 1, 2)]}) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (1, True),
        (1, 1.0),
        ("1", 1),
        (None, "null"),
        ([], {}),
        ([[]], []),
        ({"a": None}, {}),
        (["ab"], ["a", "b"]),
        (Unknown("late", {"Ref": "A"}), Unknown("late", {"Ref": "B"})),
        (Unknown("late", None), Unknown("later", None)),
    ],
)
def test_values_that_look_alike_have_keys_of_their_own(one, other):
    assert digest(one) != digest(other)
    assert digest(one) == digest(one)


def test_what_nobody_can_spell_makes_no_key():
    with pytest.raises(TypeError, match="object cannot be part of a key"):
        digest({"a": [object()]})


SEAT = Seat("cfn-lint", "cfn-lint", 60.0, Location("validators/cfn-lint.yaml"))
SEATS = {
    "judge": replace(SEAT, judge="checkov"),
    "severities": replace(SEAT, severities={"E3": "low"}),
    "severity": replace(SEAT, severities={"E3": "high"}),
    "muted": replace(SEAT, muted={"E3012": "we know better"}),
    "options": replace(SEAT, options={"strict": True}),
}


def test_whatever_is_different_about_a_seat_or_the_versions_is_another_key(tmp_path):
    keys = [seat_digest(seat, "versions", tmp_path) for seat in (SEAT, *SEATS.values())]
    keys.append(seat_digest(SEAT, "other versions", tmp_path))
    assert len(set(keys)) == len(keys)


def test_the_name_of_a_seat_and_its_patience_decide_no_outcome(tmp_path):
    other = replace(SEAT, name="lint", time_limit=1.0, location=Location("validators/lint.yaml"))
    assert seat_digest(other, "versions", tmp_path) == seat_digest(SEAT, "versions", tmp_path)


def test_the_policies_are_part_of_their_seat_and_of_no_other(tmp_path):
    policies = replace(SEAT, judge="policies")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "named.py").write_text("pass")
    before = [seat_digest(seat, "versions", tmp_path) for seat in (policies, SEAT)]
    (tmp_path / "policies" / "waivers.yaml").write_text("waivers: []")
    (tmp_path / "policies" / "controls").mkdir()
    (tmp_path / "policies" / "controls" / "cis.yaml").write_text("framework: cis")
    assert [seat_digest(seat, "versions", tmp_path) for seat in (policies, SEAT)] == before
    (tmp_path / "policies" / "named.py").write_text("pass ")
    after = [seat_digest(seat, "versions", tmp_path) for seat in (policies, SEAT)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True]


def test_an_outcome_belongs_to_one_seat_and_one_stack():
    assert len({outcome_key("a", "b"), outcome_key("b", "a"), outcome_key("a", "c")}) == 3
