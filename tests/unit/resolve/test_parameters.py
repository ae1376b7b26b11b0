"""What a template's parameters become, and what is said about those that do not fit."""

from __future__ import annotations

import pytest

from skafu.model.node import Unknown


def bound(engine, declaration, given=None):
    template = f"Parameters:\n  P: {declaration}\nResources: {{}}\n"
    found = engine.resolved(template, {} if given is None else {"P": given})
    return found.parameters["P"], engine.told(found.findings)


@pytest.mark.parametrize(
    ("declaration", "given", "value"),
    [
        ("{Type: String, Default: a}", None, "a"),
        ("{Type: String, Default: a}", "b", "b"),
        ("{Type: String}", True, "true"),
        ("{Type: String}", 5, "5"),
        ("{Type: String, AllowedValues: [true, false]}", False, "false"),
        ("{Type: String, AllowedValues: ['', a]}", "", ""),
        ("{Type: String, AllowedPattern: '[a-z]+', MinLength: 2, MaxLength: 3}", "abc", "abc"),
        ("{Type: Number, MinValue: 1, MaxValue: 3}", "3", 3),
        ("{Type: Number}", 0.5, 0.5),
        ("{Type: Number}", "-2.5e1", "-2.5e1"),
        ("{Type: CommaDelimitedList}", "a, b,c", ["a", "b", "c"]),
        ("{Type: CommaDelimitedList}", ["a", 2, True], ["a", "2", "true"]),
        ("{Type: CommaDelimitedList}", [], []),
        ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "b,a", ["b", "a"]),
        ("{Type: List<Number>}", "1,2.5", [1, 2.5]),
        ("{Type: 'List<AWS::EC2::Subnet::Id>'}", ["subnet-1"], ["subnet-1"]),
        ("{Type: 'AWS::EC2::VPC::Id'}", "vpc-1", "vpc-1"),
        ("{Type: String, AllowedPattern: '(?<x>broken'}", "a", "a"),
    ],
)
def test_parameter_takes_its_value_by_its_type(engine, declaration, given, value):
    parameter, findings = bound(engine, declaration, given)

    assert parameter.plain() == value
    assert type(parameter.plain()) is type(value)
    assert findings == []


@pytest.mark.parametrize(
    ("declaration", "given", "message"),
    [
        ("{Type: String, AllowedValues: [a, b]}", "c", 'P is "c", but allowed is only a, b'),
        ("{Type: String, AllowedValues: [a, ~]}", "c", 'P is "c", but allowed is only a'),
        ("{Type: String, AllowedPattern: '[a-z]'}", "ab", 'P is "ab", which does not match [a-z]'),
        ("{Type: String, MinLength: 3}", "ab", 'P is "ab", which is shorter than MinLength 3'),
        ("{Type: String, MaxLength: '1'}", "ab", 'P is "ab", which is longer than MaxLength 1'),
        ("{Type: Number}", "ten", 'P is "ten", which is not a number'),
        ("{Type: Number}", "nan", 'P is "nan", which is not a number'),
        ("{Type: Number}", "1_000", 'P is "1_000", which is not a number'),
        ("{Type: Number, MinValue: 2}", 1, 'P is "1", which is below MinValue 2'),
        ("{Type: Number, MaxValue: 2}", 3, 'P is "3", which is above MaxValue 2'),
        ("{Type: List<Number>, MaxValue: 2}", "1,3", 'P is "1,3", which is above MaxValue 2'),
        ("{Type: List<Number>}", "1,x", 'P is "1,x", which is not a number'),
        ("{Type: CommaDelimitedList, AllowedValues: [a]}", "a, b", 'P is "a, b", but allowed is only a'),
        (
            "{Type: String, MinLength: 3, ConstraintDescription: Three letters.}",
            "ab",
            'P is "ab", which is shorter than MinLength 3 Three letters.',
        ),
        (
            "{Type: String, NoEcho: true, MinLength: 9}",
            "hush",
            "P is secret, which is shorter than MinLength 9",
        ),
    ],
)
def test_constraint_that_is_broken_is_told_where_the_value_stands(engine, declaration, given, message):
    _, findings = bound(engine, declaration, given)

    assert findings == [f"parameter-value stack.yaml:5 {message}"]


def test_default_that_breaks_its_own_constraint_is_told_in_the_template(engine):
    _, findings = bound(engine, "{Type: String, AllowedValues: [a], Default: b}")

    assert findings == ['parameter-value template.yaml:2 P is "b", but allowed is only a']


@pytest.mark.parametrize(
    ("declaration", "given", "message"),
    [
        ("{Type: String}", ["a"], "P is \"['a']\", a list, but its type is String"),
        ("{Type: String}", [], 'P is "[]", a list, but its type is String'),
        ("{Type: String}", {"a": 1}, "P is \"{'a': 1}\", which is neither text nor a list of texts"),
        (
            "{Type: CommaDelimitedList}",
            [["a"]],
            "P is \"[['a']]\", which is neither text nor a list of texts",
        ),
    ],
)
def test_value_of_the_wrong_shape_is_told_and_not_known(engine, declaration, given, message):
    parameter, findings = bound(engine, declaration, given)

    assert findings == [f"parameter-value stack.yaml:5 {message}"]
    assert parameter.value == Unknown("the parameter P cannot be read", {"Ref": "P"})


def test_default_that_is_null_is_told_and_not_known(engine):
    parameter, findings = bound(engine, "{Type: String, Default: }")

    assert findings == [
        'parameter-value template.yaml:2 P is "None", which is neither text nor a list of texts'
    ]
    assert parameter.plain() == {"Ref": "P"}


def test_missing_value_is_told_in_the_declaration(engine):
    parameter, findings = bound(engine, "{Type: String}")

    message = 'the parameter "P" has no default and is given no value'
    fix = "Add it under parameters: in stacks/platform/app/stack.yaml."
    assert findings == [f"parameter-missing stack.yaml:1 {message} {fix}"]
    assert parameter.value == Unknown("the parameter P is given no value", {"Ref": "P"})


def test_undeclared_parameter_is_told_with_the_nearest_spelling(engine):
    template = "Parameters:\n  Stage: {Type: String, Default: a}\nResources: {}\n"
    found = engine.resolved(template, {"Stages": "b"})

    assert engine.told(found.findings) == [
        'parameter-undeclared stack.yaml:5 the template declares no parameter "Stages" Did you mean "Stage"?'
    ]


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        (
            "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}",
            "P is read from Parameter Store at deployment",
        ),
        (
            "{Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /a/b}",
            "P is read from Parameter Store at deployment",
        ),
        ("{Type: String, Default: hush, NoEcho: true}", "P is secret (NoEcho)"),
        ("{Type: String, Default: hush, NoEcho: 'true'}", "P is secret (NoEcho)"),
    ],
)
def test_value_that_nobody_may_see_before_deployment_is_not_known(engine, declaration, reason):
    parameter, findings = bound(engine, declaration)

    assert parameter.value == Unknown(reason, {"Ref": "P"})
    assert findings == []


def test_secret_stands_nowhere_in_what_is_made_of_the_template(engine):
    found = engine.resolved(
        """
        Parameters: {P: {Type: String, NoEcho: true}}
        Resources: {R: {Type: A::B::C, Properties: {V: !Sub "x-${P}"}}}
    """,
        {"P": "hush"},
    )

    assert "hush" not in str(found)


def test_parameters_that_are_known_leave_the_template_and_others_stay(engine):
    found = engine.resolved("""
        Parameters:
          Known: {Type: String, Default: a}
          Late: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}
        Resources: {R: {Type: A::B::C, Properties: {K: !Ref Known, L: !Ref Late}}}
    """)

    assert found.template.plain() == {
        "Parameters": {"Late": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"}},
        "Resources": {"R": {"Type": "A::B::C", "Properties": {"K": "a", "L": {"Ref": "Late"}}}},
    }


def test_a_number_whose_text_says_more_stays_text(engine):
    for text in ("007", "1.10", "1e3", "+5"):
        value, _ = engine.value('!Sub "${A}"', "Parameters: {A: {Type: Number}}", {"A": text})
        assert value.value == text


def test_a_dynamic_reference_is_not_known_wherever_it_comes_from(engine):
    head = 'Parameters: {A: {Type: String, Default: "{{resolve:ssm:/a}}"}}'
    for expression in ("!Ref A", '!Sub "x ${A}"', '!Join ["", [x, !Ref A]]'):
        value, found = engine.value(expression, head)
        assert value.value.reason == "a dynamic reference is read at deployment"
        assert "{{resolve:ssm:/a}}" in str(value.value.expression)
        assert found.findings == ()


def test_an_output_made_of_a_parameter_is_text(engine):
    found = engine.resolved("""
        Parameters: {Flag: {Type: String, Default: "true"}, Size: {Type: Number, Default: 5}}
        Resources: {R: {Type: A::B::C}}
        Outputs: {Flag: {Value: !Ref Flag}, Size: {Value: !Ref Size}}
    """)
    assert found.template.get("Outputs").plain() == {"Flag": {"Value": "true"}, "Size": {"Value": "5"}}
