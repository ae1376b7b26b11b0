from __future__ import annotations

import pytest

from skafu.model.cloud import Standing, Submission
from skafu.plan import others, predict, refusals

TEXT = "Resources: {A: {Type: AWS::SQS::Queue}}\n"


def standing(parameters=(), tags=()):
    return Standing("arn", "shop", "CREATE_COMPLETE", parameters=dict(parameters), tags=dict(tags))


def submission(parameters=(), tags=()):
    return Submission("shop", "{}", dict(parameters), dict(tags), (), "token")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "Outputs: {Url: {Value: a}}", ["output Url is added"]),
        ("Outputs: {Url: {Value: a}}", "", ["output Url is removed"]),
        ("Outputs: {Url: {Value: a}}", "Outputs: {Url: {Value: b}}", ["output Url changes"]),
        (
            "Outputs: {Url: {Value: a}}",
            "Outputs: {Url: {Value: a, Export: {Name: n}}}",
            ["output Url changes"],
        ),
        ("Outputs: {Url: {Value: 1}}", 'Outputs: {Url: {Value: "1"}}', []),
    ],
)
def test_outputs_that_change_are_told(data, before, after, expected):
    assert list(others(data(TEXT + before), data(TEXT + after))) == expected


def test_a_stack_that_does_not_stand_changes_nothing_beside_its_resources(data):
    assert others(None, data(TEXT), None, submission(tags={"a": "b"})) == ()


def test_tags_and_parameters_are_told_with_their_values(data):
    template = {
        "Parameters": {"Size": {"Type": "String"}, "Kind": {"Type": "String", "Default": "k"}},
        **data(TEXT),
    }
    was = standing({"Size": "1", "Kind": "k"}, {"owner": "a", "gone": "x"})
    will = submission({"Size": "2"}, {"owner": "b", "new": "y"})
    assert others(template, template, was, will) == (
        'parameter Size becomes "2" (was "1")',
        "tag gone is removed",
        'tag new is added, "y"',
        'tag owner becomes "b" (was "a")',
    )


@pytest.mark.parametrize("no_echo", [True, "true", "True"])
def test_a_secret_is_never_shown(data, no_echo):
    template = {"Parameters": {"Password": {"Type": "String", "NoEcho": no_echo}}, **data(TEXT)}
    found = others(template, template, standing({"Password": "****"}), submission({"Password": "hunter2"}))
    assert found == ("parameter Password is secret: nobody can say whether it changes",)


def test_what_stands_as_a_secret_is_not_shown_when_it_is_one_no_more(data):
    template = {"Parameters": {"Password": {"Type": "String"}}, **data(TEXT)}
    found = others(template, template, standing({"Password": "****"}), submission({"Password": "hunter2"}))
    assert "hunter2" not in "".join(found)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "{RoleName: r, Path: /a/}",
            "{RoleName: r, Path: /b/}",
            ['One must be replaced while its RoleName stays "r"'],
        ),
        ("{RoleName: r, Path: /a/}", "{RoleName: s, Path: /b/}", []),
        ("{Path: /a/}", "{Path: /b/}", []),
        ("{RoleName: r}", "{RoleName: r, Description: d}", []),
    ],
)
def test_a_named_resource_that_must_be_replaced_needs_another_name(
    stack, schemas, resource, before, after, expected
):
    was, becomes = stack(resource("AWS::IAM::Role", before)), stack(resource("AWS::IAM::Role", after))
    found = predict(becomes, was.template.plain(), becomes.template.plain(), schemas)
    assert [sentence.split(":")[0] for sentence in refusals(found, schemas)] == expected


def test_another_type_under_the_same_logical_id_is_refused(stack, schemas):
    was, becomes = stack(TEXT), stack("Resources: {A: {Type: AWS::SNS::Topic}}")
    (sentence,) = refusals(predict(becomes, was.template.plain(), becomes.template.plain(), schemas), schemas)
    assert sentence.startswith(
        "A is a AWS::SQS::Queue and becomes a AWS::SNS::Topic: CloudFormation refuses that"
    )
