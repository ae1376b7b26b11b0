"""What a change of one stack means for those that read its outputs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skafu.model.change import Action, Change, Replacement
from skafu.model.estate import Reference, StackId
from skafu.model.place import Location
from skafu.plan.flowing import moving_parameters, reached_outputs

HERE = Location("stacks/platform/shop/stack.yaml", 4)
DATA = StackId("production", "us-east-1", "data")

TEMPLATE = """
Resources:
  Queue: {Type: AWS::SQS::Queue}
"""


@pytest.fixture
def reader(stack):
    """A stack that reads the output Arn of `data`."""
    text = "${stacks.production/us-east-1/data.outputs.Arn}"
    return replace(
        stack(TEMPLATE),
        references=(Reference("output", DATA, HERE, "Arn"), Reference("depends_on", DATA, HERE)),
        given={"Source": f"from {text}", "Other": "fixed"},
    )


@pytest.mark.parametrize(
    ("moving", "absent", "expected"),
    [
        ({}, (), {}),
        ({DATA: {"Name"}}, (), {}),
        ({DATA: {"Arn"}}, (), {"Source": "output Arn of production/us-east-1/data"}),
        ({}, (DATA,), {"Source": "output Arn of production/us-east-1/data"}),
    ],
)
def test_only_the_parameters_that_read_it_move(reader, moving, absent, expected):
    assert moving_parameters(reader, moving, absent) == expected


def test_outputs_move_with_what_they_are_made_of():
    before = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {
            "Id": {"Value": {"Ref": "Queue"}},
            "Passed": {"Value": {"Fn::Sub": "x-${Source}"}},
            "Fixed": {"Value": "1"},
        },
    }
    after = {**before, "Outputs": {**before["Outputs"], "New": {"Value": "2"}}}
    replaced = Change("Queue", "AWS::SQS::Queue", Action.MODIFY, HERE, Replacement.ALWAYS)

    assert reached_outputs(before, after, [replaced], {"Source"}) == {"Id", "Passed", "New"}
    assert reached_outputs(before, before, [], set()) == frozenset()
    assert reached_outputs(None, after, [], set()) == {"Id", "Passed", "Fixed", "New"}
