"""What was submitted, what CloudFormation holds -> where they differ."""

from __future__ import annotations

import json

import pytest

from skafu.deploy.held import differences
from skafu.deploy.submission import template_text
from skafu.model.cloud import Standing, Submission

TEMPLATE = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Delay": 5, "Names": ["a", "b"]}}}
}


def found(held=TEMPLATE, parameters=None, tags=None):
    asked = Submission("s", template_text(TEMPLATE), {"A": "1", "Secret": "x"}, {"Owner": "me"}, (), "t")
    given = {"A": "1", "Secret": "****"} if parameters is None else parameters
    return differences(
        asked,
        held,
        Standing(
            "arn", "s", "CREATE_COMPLETE", parameters=given, tags={"Owner": "me"} if tags is None else tags
        ),
    )


def queue(**properties):
    return {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": properties}}}


def test_the_same_is_the_same_secrets_and_tags_of_aws_aside():
    assert found(tags={"Owner": "me", "aws:cloudformation:x": "y"}) == {
        "template": [],
        "parameters": [],
        "tags": [],
    }


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (queue(Delay=6, Names=["a", "b"]), ["Resources.Queue.Properties.Delay"]),
        (queue(Delay="5", Names=["a", "b"]), ["Resources.Queue.Properties.Delay"]),
        (queue(Delay=5.0, Names=["a", "b"]), ["Resources.Queue.Properties.Delay"]),
        (queue(Delay=5, Names=["a", "c"]), ["Resources.Queue.Properties.Names[1]"]),
        (queue(Delay=5, Names=["a"]), ["Resources.Queue.Properties.Names"]),
        (queue(Delay=5, Names=["a", "b"], More=1), ["Resources.Queue.Properties.More"]),
        (queue(Names=["a", "b"]), ["Resources.Queue.Properties.Delay"]),
        (None, ["the whole"]),
    ],
)
def test_another_template_is_told_by_its_deepest_place(held, expected):
    assert found(held=held)["template"] == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"A": "2", "Secret": "****"}, ["A"]),
        ({"A": "1"}, ["Secret"]),
        ({"A": "1", "Secret": "****", "More": "x"}, ["More"]),
    ],
)
def test_other_parameters_are_told_by_name(parameters, expected):
    assert found(parameters=parameters)["parameters"] == expected


def test_a_character_that_cloudformation_does_not_show_may_be_any_and_no_other():
    asked = Submission(
        "s", template_text({"Description": "Zürich?"}), {"City": "Zürich"}, {"City": "Öl"}, (), "t"
    )

    def apart(description, parameter, tag):
        standing = Standing("arn", "s", "", parameters={"City": parameter}, tags={"City": tag})
        return [
            name
            for name, places in differences(asked, {"Description": description}, standing).items()
            if places
        ]

    assert apart("Zürich?", "Zürich", "Öl") == []
    assert apart("Z?rich?", "Z?rich", "?l") == []
    assert apart("Z?rech?", "Zurich", "??") == ["template", "parameters", "tags"]


def test_other_tags_are_told_by_name():
    assert found(tags={"Owner": "you", "Team": "x"})["tags"] == ["Owner", "Team"]


def test_what_cloudformation_fetches_from_parameter_store_is_not_compared():
    template = {"Parameters": {"Name": {"Type": "AWS::SSM::Parameter::Value<String>"}}}
    given = Submission("data", json.dumps(template), {"Name": "/queue/name", "Size": "big"}, {}, (), "t1")
    stands = Standing("arn:data", "data", "CREATE_COMPLETE", parameters={"Name": "orders", "Size": "small"})

    assert differences(given, template, stands)["parameters"] == ["Size"]
