"""What was submitted, what CloudFormation holds -> where they differ."""

from __future__ import annotations

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


def test_other_tags_are_told_by_name():
    assert found(tags={"Owner": "you", "Team": "x"})["tags"] == ["Owner", "Team"]
