"""Conditions: true, false, not known before deployment; and what they leave standing."""

from __future__ import annotations

import pytest

LATE = "!Equals [!Ref AWS::StackId, x]"
YES = "!Equals [a, a]"
NO = "!Equals [a, b]"


def decided(engine, expression):
    """What `!If [C, yes, no]` becomes for this condition, and all findings."""
    found = engine.resolved(f"""
        Conditions:
          Yes: {YES}
          Not: {NO}
          Late: {LATE}
          C: {expression}
        Resources:
          R: {{Type: A::B::C, Properties: {{V: !If [C, chosen, other]}}}}
    """)
    return found.template.get("Resources", "R", "Properties", "V").plain(), found


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("!Equals [a, a]", "chosen"),
        ("!Equals [1, '1']", "chosen"),
        ("!Equals [true, 'true']", "chosen"),
        ("!Equals [a, A]", "other"),
        ("!Equals [[a, b], [a, b]]", "chosen"),
        ("!Not [!Condition Yes]", "other"),
        ("!Condition Not", "other"),
        ("!And [!Condition Yes, !Condition Yes]", "chosen"),
        ("!And [!Condition Yes, !Condition Not]", "other"),
        ("!Or [!Condition Not, !Condition Yes]", "chosen"),
        ("!Or [!Condition Not, !Condition Not]", "other"),
        ("!And [!Condition Late, !Condition Not]", "other"),
        ("!And [!Condition Not, !Condition Late]", "other"),
        ("!Or [!Condition Late, !Condition Yes]", "chosen"),
        ("!Or [!Condition Yes, !Condition Late]", "chosen"),
        ("!Not [!And [!Condition Not, !Condition Late]]", "chosen"),
    ],
)
def test_condition_is_decided_as_soon_as_it_can_be(engine, expression, answer):
    value, found = decided(engine, expression)

    assert value == answer
    assert (
        "Conditions" not in found.template.members or "C" not in found.template.members["Conditions"].members
    )
    assert found.findings == ()


@pytest.mark.parametrize(
    ("expression", "left"),
    [
        ("!Condition Late", {"Condition": "Late"}),
        ("!Not [!Condition Late]", {"Fn::Not": [{"Condition": "Late"}]}),
        ("!And [!Condition Yes, !Condition Late]", {"Condition": "Late"}),
        ("!Or [!Condition Late, !Condition Not]", {"Condition": "Late"}),
        (
            "!And [!Condition Late, !Condition Yes, !Not [!Condition Late]]",
            {"Fn::And": [{"Condition": "Late"}, {"Fn::Not": [{"Condition": "Late"}]}]},
        ),
        (
            "!Equals [!Sub '${AWS::Region}', !Ref AWS::StackId]",
            {"Fn::Equals": ["eu-west-1", {"Ref": "AWS::StackId"}]},
        ),
    ],
)
def test_condition_that_is_not_known_stays_without_what_is_decided(engine, expression, left):
    value, found = decided(engine, expression)

    assert value == {"Fn::If": ["C", "chosen", "other"]}
    assert found.template.get("Conditions", "C").plain() == left
    assert found.findings == ()


@pytest.mark.parametrize(
    ("expression", "messages"),
    [
        ("!Condition C", ["Condition: the condition C depends on itself"]),
        ("!Not [!Condition Lat]", ['Condition: there is no condition "Lat" Did you mean "Late"?']),
        ("!And yes", ["Fn::And: a list is needed"]),
        ("!Not [!Condition Yes, !Condition Yes]", ["Fn::Not: a list of 1 items is needed"]),
        ("!Not [maybe]", ["Fn::Not: true or false is needed here"]),
    ],
)
def test_condition_that_is_wrong_is_told_and_decides_nothing(engine, expression, messages):
    value, found = decided(engine, expression)

    assert [one.split(" ", 2)[2] for one in engine.told(found.findings)] == messages
    assert value == {"Fn::If": ["C", "chosen", "other"]}


def test_conditions_that_depend_on_each_other_are_told_once(engine):
    found = engine.resolved("""
        Conditions:
          A: !Not [!Condition B]
          B: !Not [!Condition A]
        Resources:
          R: {Type: A::B::C, Condition: A}
          S: {Type: A::B::C, Condition: B}
    """)

    assert engine.told(found.findings) == [
        "template-expression template.yaml:3 Condition: the condition A depends on itself"
    ]
    assert list(found.template.get("Resources").members) == ["R", "S"]


def test_only_the_chosen_branch_is_evaluated(engine):
    node, found = engine.value("!If [C, fine, !Ref Nobody]", f"Conditions: {{C: {YES}}}")

    assert node.plain() == "fine"
    assert found.findings == ()


def test_both_branches_are_evaluated_while_the_condition_is_not_known(engine):
    node, found = engine.value("!If [C, !Ref AWS::Region, !Ref AWS::NoValue]", f"Conditions: {{C: {LATE}}}")

    assert node.plain() == {"Fn::If": ["C", "eu-west-1", {"Ref": "AWS::NoValue"}]}
    assert found.findings == ()


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("{A: 1, B: !If [C, 2, !Ref AWS::NoValue]}", {"A": 1}),
        ("[1, !If [C, 2, !Ref AWS::NoValue], 3]", [1, 3]),
        ("!If [C, {A: 1}, {B: !If [C, 1, 2]}]", {"B": 2}),
    ],
)
def test_branch_without_value_leaves_no_trace(engine, written, left):
    node, _ = engine.value(written, f"Conditions: {{C: {NO}}}")

    assert node.plain() == left


STANDING = f"""
    Conditions:
      Met: {YES}
      Not: {NO}
      Late: {LATE}
    Resources:
      Always: {{Type: A::B::C, DependsOn: [Gone, Perhaps]}}
      Kept: {{Type: A::B::C, Condition: Met, DependsOn: Gone}}
      Gone: {{Type: A::B::C, Condition: Not}}
      Perhaps: {{Type: A::B::C, Condition: Late, DependsOn: [Gone]}}
    Outputs:
      Kept: {{Value: 1, Condition: Met}}
      Gone: {{Value: 1, Condition: Not}}
      Perhaps: {{Value: 1, Condition: Late}}
"""


def test_what_a_false_condition_removes_is_gone_with_every_dependency_on_it(engine):
    found = engine.resolved(STANDING)

    assert found.findings == ()
    assert found.template.plain() == {
        "Conditions": {"Late": {"Fn::Equals": [{"Ref": "AWS::StackId"}, "x"]}},
        "Resources": {
            "Always": {"Type": "A::B::C", "DependsOn": ["Perhaps"]},
            "Kept": {"Type": "A::B::C"},
            "Perhaps": {"Type": "A::B::C", "Condition": "Late"},
        },
        "Outputs": {"Kept": {"Value": 1}, "Perhaps": {"Value": 1, "Condition": "Late"}},
    }


@pytest.mark.parametrize(
    "expression", ["!Ref Gone", "!GetAtt Gone.Arn", "!Sub '${Gone}'", "!Sub '${Gone.Arn}'"]
)
def test_reference_to_a_removed_resource_is_told(engine, expression):
    found = engine.resolved(f"""
        Outputs: {{O: {{Value: {expression}}}}}
        Conditions: {{Never: {NO}}}
        Resources:
          Gone: {{Type: A::B::C, Condition: Never}}
    """)

    assert [one.split(": ", 1)[1] for one in engine.told(found.findings)] == [
        "Gone does not exist here, its condition Never is false"
    ]


def test_resource_with_a_condition_that_does_not_exist_stands_and_is_told(engine):
    found = engine.resolved("""
        Conditions: {IsProd: !Equals [a, a]}
        Resources:
          R:
            Type: A::B::C
            Condition: IsProb
    """)

    assert list(found.template.get("Resources").members) == ["R"]
    assert engine.told(found.findings) == [
        'template-expression template.yaml:5 Condition: there is no condition "IsProb" Did you mean "IsProd"?'
    ]


def test_sections_that_only_serve_expressions_are_gone_once_nothing_needs_them(engine):
    found = engine.resolved("""
        AWSTemplateFormatVersion: "2010-09-09"
        Description: d
        Metadata: {M: {Kept: true}}
        Parameters: {P: {Type: String, Default: a}}
        Mappings: {M: {a: {b: 1}}}
        Conditions: {C: !Equals [!Ref P, a]}
        Rules: {R: {Assertions: []}}
        Resources: {R: {Type: A::B::C, Condition: C, Properties: {V: !FindInMap [M, a, b]}}}
    """)

    assert found.template.plain() == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "d",
        "Metadata": {"M": {"Kept": True}},
        "Resources": {"R": {"Type": "A::B::C", "Properties": {"V": 1}}},
    }


def test_mappings_stay_while_a_value_to_look_up_is_not_known(engine):
    node, found = engine.value(
        "!FindInMap [M, !Ref P, b]",
        """
        Parameters: {P: {Type: String, NoEcho: true, Default: a}}
        Mappings: {M: {a: {b: 1}}}
        """,
    )

    assert node.plain() == {"Fn::FindInMap": ["M", {"Ref": "P"}, "b"]}
    assert found.template.get("Mappings").plain() == {"M": {"a": {"b": 1}}}


def test_a_condition_whose_name_yaml_takes_for_a_boolean_is_told(engine):
    found = engine.resolved("""
        Conditions: {No: !Equals [a, a]}
        Resources:
          R:
            Type: A::B::C
            Condition: No
    """)
    assert engine.told(found.findings) == [
        "template-expression template.yaml:5 Condition: the name of a condition is needed, not False"
    ]


def test_a_template_of_which_nothing_stands_cannot_be_judged(engine):
    found = engine.resolved("""
        Conditions: {Never: !Equals [a, b]}
        Resources:
          R: {Type: A::B::C, Condition: Never}
    """)
    assert found.obstacle == (
        "none of its resources exists here, because every condition is false; CloudFormation refuses that"
    )
