"""An effective template -> YAML whose comments tell where values come from."""

from __future__ import annotations

import yaml

from skafu.model.estate import Account, Definition, Environment, Stack, StackId
from skafu.model.node import Node, Step, Unknown, annotated
from skafu.model.place import Location
from skafu.render.effective import render

AT = Location("template.yaml", 3, 5)
EMPTY = Node({}, AT)


def stack(template: Node) -> Stack:
    return Stack(
        id=StackId("production", "us-east-1", "data"),
        definition=Definition("data", "platform", "template.yaml", ("production",), (), EMPTY),
        account=Account("production", "123456789014", "", "", "", (), EMPTY),
        environment=Environment("production", "production", "us-east-1", ("us-east-1",), EMPTY),
        stack_name="skafu-production-data",
        source=template,
        template=template,
        parameters={},
        tags={},
        references=(),
        digest="0123456789abcdef" * 4,
    )


def test_each_value_that_was_resolved_carries_its_chain():
    size = Node(
        2048,
        AT,
        None,
        (
            Step("parameter MemorySize", Location("stack.yaml", 5, 15)),
            Step("environment.lambda.memory_size", Location("environments/production.yaml", 16, 3)),
        ),
    )
    arn = Node(Unknown("Arn of Key exists only after deployment", {"Fn::GetAtt": ["Key", "Arn"]}), AT)
    function = Node({"MemorySize": size, "KmsKeyArn": arn, "Layers": Node([annotated("a:1", AT)], AT)}, AT)
    assert render(stack(Node({"Properties": function}, AT))) == (
        "# production/us-east-1/data  skafu-production-data\n"
        "# account production (123456789014), digest 0123456789ab\n"
        "# from template.yaml\n"
        "Properties:\n"
        "  MemorySize: 2048                                          "
        "  # parameter MemorySize (stack.yaml:5:15)"
        " <- environment.lambda.memory_size (environments/production.yaml:16:3)\n"
        '  KmsKeyArn: {"Fn::GetAtt": ["Key", "Arn"]}                 '
        "  # not known before deployment: Arn of Key exists only after deployment\n"
        "  Layers:\n"
        '    - "a:1"\n'
    )


def test_it_is_yaml_that_reads_back_as_the_template():
    data = {
        "Resources": {
            "A-b": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "Empty": {},
                    "None": [],
                    "On": "on",
                    "N": "012",
                    "Nested": [[1, [2]], {"a": [{"b": 1}]}],
                },
            }
        }
    }
    assert yaml.safe_load(render(stack(annotated(data, AT)))) == data


def test_text_from_a_template_cannot_break_out_of_its_comment():
    sly = Node(1, AT, None, (Step("parameter X\nEvil: true", AT),))
    assert yaml.safe_load(render(stack(Node({"A": sly}, AT)))) == {"A": 1}
