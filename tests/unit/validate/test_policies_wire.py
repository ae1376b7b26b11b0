"""A stack reaches the child as it is."""

from __future__ import annotations

import json

from skafu.model.estate import Account, Definition, Environment, Stack, StackId
from skafu.model.node import Node, Unknown, annotated
from skafu.model.place import Location
from skafu.sdk import Unknown as Faced
from skafu.validate.policy_wire import decode, encode

AT = Location("a.yaml")


def late(name):
    return Node(Unknown(f"{name} is late", {"Ref": name}), AT)


def sent(template, tags=None):
    stack = Stack(
        id=StackId("staging", "us-west-2", "api"),
        definition=Definition("api", "platform", "t.yaml", (), (), annotated({"tier": "normal"}, AT)),
        account=Account("staging", "123456789013", "", "", "", ("AWS::S3::*",), annotated({}, AT)),
        environment=Environment(
            "staging", "staging", "us-west-2", (), annotated({"lambda": {"timeout": 60}}, AT)
        ),
        stack_name="skafu-staging-api",
        source=Node({}, AT),
        template=template,
        parameters={"Size": annotated(3, AT), "Late": late("Size")},
        tags=tags or {},
        references=(),
        digest="",
    )
    return decode(json.loads(json.dumps(encode(stack))))


def test_a_stack_keeps_what_policies_may_ask():
    stack = sent(
        annotated({"Resources": {"A": {"Type": "AWS::S3::Bucket"}}, "Outputs": {"O": {"Value": 1}}}, AT)
    )

    assert (stack.id, stack.name, stack.layer, stack.tier, stack.region) == (
        "staging/us-west-2/api",
        "api",
        "platform",
        "normal",
        "us-west-2",
    )
    assert (stack.account.id, stack.account.allowed_resources) == ("123456789013", ("AWS::S3::*",))
    assert stack.environment.get("lambda.timeout") == 60
    assert stack.parameters["Size"] == 3
    assert stack.outputs == {"O": {"Value": 1}}
    assert [one.type for one in stack.resources()] == ["AWS::S3::Bucket"]


def test_an_unknown_value_arrives_with_its_place_and_its_expression():
    stack = sent(
        Node({"Resources": Node({"A": Node([annotated(1, AT), late("B")], AT)}, AT)}, AT),
        {"Owner": late("C")},
    )

    found = stack.get("Resources.A[1]")
    assert isinstance(found, Faced)
    assert (found.path, found.reason, found.expression) == (("Resources", "A", 1), "B is late", {"Ref": "B"})
    assert stack.tags["Owner"].path == ("tags", "Owner")
    assert stack.parameters["Late"].path == ("parameters", "Late")


def test_data_that_looks_like_an_expression_stays_data():
    stack = sent(annotated({"Metadata": {"Ref": "A", "unknown": None}}, AT))

    assert stack.get("Metadata") == {"Ref": "A", "unknown": None}
