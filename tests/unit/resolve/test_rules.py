"""Assertions of the Rules section, and what else of a template cannot be seen."""

from __future__ import annotations

import pytest

HEAD = """
    Parameters:
      Stage: {Type: String, Default: production}
      Zones: {Type: CommaDelimitedList, Default: "a,b"}
      Late: {Type: "AWS::SSM::Parameter::Value<String>", Default: /x}
    Resources: {R: {Type: A::B::C}}
    Rules:
      OnlyHere:
"""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{Assertions: [{Assert: !Equals [!Ref Stage, production]}]}", []),
        (
            "{Assertions: [{Assert: !Equals [!Ref Stage, staging], AssertDescription: Staging only}]}",
            ["the rule OnlyHere is broken: Staging only"],
        ),
        (
            "{Assertions: [{Assert: !Contains [[a, b], !Ref Stage]}]}",
            ["the rule OnlyHere is broken: its assertion is false"],
        ),
        ("{Assertions: [{Assert: !Contains [[staging, production], !Ref Stage]}]}", []),
        ("{Assertions: [{Assert: !EachMemberIn [!Ref Zones, [a, b, c]]}]}", []),
        (
            "{Assertions: [{Assert: !EachMemberIn [!Ref Zones, [a]]}]}",
            ["the rule OnlyHere is broken: its assertion is false"],
        ),
        (
            "{Assertions: [{Assert: !EachMemberEquals [!Ref Zones, a]}]}",
            ["the rule OnlyHere is broken: its assertion is false"],
        ),
        (
            "{RuleCondition: !Equals [!Ref Stage, staging], Assertions: [{Assert: !Equals [a, b]}]}",
            [],
        ),
        ("{Assertions: [{Assert: !Equals [!Ref Late, x]}]}", []),
        ("{Assertions: [{Assert: {'Fn::Equals': [{'Fn::ValueOf': [Vpc, Tags.x]}, y]}}]}", []),
        (
            "{Assertions: [{Assert: maybe}]}",
            ["Rules: true or false is needed here"],
        ),
    ],
)
def test_an_assertion_is_held_against_the_parameters(engine, rule, expected):
    found = engine.resolved(f"{HEAD}        {rule}\n")
    assert [one.message for one in found.findings] == expected


def test_a_broken_rule_stands_at_its_assertion(engine):
    found = engine.resolved("""
        Parameters: {Stage: {Type: String, Default: lab}}
        Resources: {R: {Type: A::B::C}}
        Rules:
          Live:
            Assertions:
              - AssertDescription: only live
                Assert: !Equals [!Ref Stage, live]
    """)
    assert engine.told(found.findings) == ["template-rule template.yaml:7 the rule Live is broken: only live"]


def test_a_module_cannot_be_judged(engine):
    found = engine.resolved("Resources: {R: {Type: Our::S3::Bucket::MODULE}}")
    (told,) = engine.told(found.findings)
    assert told.startswith(
        "template-module template.yaml:1 the module Our::S3::Bucket::MODULE is unfolded at"
    )


def test_json_text_is_compact(engine):
    value, found = engine.value("!ToJsonString {a: [1, true], b: !Ref AWS::Region}")
    assert (value.value, found.findings) == ('{"a":[1,true],"b":"eu-west-1"}', ())


def test_two_stacks_may_not_have_one_name_or_one_export(estate):
    template = "Resources: {T: {Type: A::B::C}}\nOutputs: {O: {Value: 1, Export: {Name: shared}}}\n"
    found = estate(
        {
            "platform/one/stack.yaml": "template: template.yaml\nenvironments: [lab]\nstack_name: same\n",
            "platform/one/template.yaml": template,
            "platform/two/stack.yaml": "template: template.yaml\nenvironments: [lab]\nstack_name: same\n",
            "platform/two/template.yaml": template,
        }
    )
    both = "like lab/eu-west-1/one, in the same account and region"
    assert found.findings == [
        f'estate-double stack.yaml:3 lab/eu-west-1/two is named "same" {both}',
        f'estate-double template.yaml:2 lab/eu-west-1/two exports "shared" {both}',
    ]
