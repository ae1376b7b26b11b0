from __future__ import annotations

import pytest

from skafu.adapters.statement import Rulings, Statement, finding, reached, rulings, without_suppressions
from skafu.model.errors import InputError
from skafu.model.finding import Severity

TEMPLATE = """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema:
        - AttributeName: id
      Arn: !Unknown {"Fn::GetAtt": [Key, Arn]}
"""


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("E3002", Severity.LOW),
        ("E3001", Severity.MEDIUM),
        ("W3002", Severity.CRITICAL),
        ("X", Severity.CRITICAL),
    ],
)
def test_the_longest_beginning_of_a_rule_decides_its_severity(seat, rule, severity):
    said = rulings(seat("cfn-lint", severities={"E": "high", "E3": "medium", "E3002": "low"}))
    assert said.severity(rule, Severity.CRITICAL) is severity


def test_a_severity_that_does_not_exist_is_bad_input_with_the_file(seat):
    with pytest.raises(
        InputError, match=r"^validators/checkov\.yaml:1:1: checkov: 'dire' is not .* Use one of critical"
    ):
        rulings(seat("checkov", severities={"CKV": "dire"}))


@pytest.mark.parametrize(
    ("path", "shown", "line"),
    [
        (("Resources", "Table", "Type"), "Resources.Table.Type", 4),
        (("Resources", "Table", "Properties", "KeySchema", 0), "Resources.Table.Properties.KeySchema[0]", 7),
        (("Resources", "Table", "Properties", "Missing", "X"), "Resources.Table.Properties", 5),
        (("Resources", "Table", "Properties", "Arn", "Fn::GetAtt", 0), "Resources.Table.Properties.Arn", 8),
        (("Resources", "MadeUp7f3a"), "Resources", 2),
        ((), "", 2),
    ],
)
def test_a_finding_points_at_the_deepest_place_that_the_template_has(stack, path, shown, line):
    statement = Statement("E1", "a rule", "is wrong", "https://help", path, Severity.HIGH)
    found = finding(statement, "cfn-lint", stack(TEMPLATE), Rulings({}, frozenset()))
    assert (found.path, found.location.line) == (shown, line)
    assert found.logical_id == ("Table" if "Table" in path else "")
    assert (found.rule, found.title, found.message, found.help) == (
        "E1",
        "a rule",
        "is wrong",
        "https://help",
    )
    assert [str(one) for one in found.stacks] == ["production/eu-west-1/api"]


def test_reaching_returns_the_node_at_the_end(node):
    path, end = reached(node(TEMPLATE), ("Resources", "Table", "Type"))
    assert (path, end.value) == (("Resources", "Table", "Type"), "AWS::DynamoDB::Table")


def test_suppressions_are_taken_out_and_everything_else_stays():
    template = {
        "Metadata": {"cfn-lint": {"config": {"ignore_checks": ["E"]}}, "Owner": "us"},
        "Resources": {
            "A": {
                "Type": "T",
                "Metadata": {"checkov": {"skip": []}, "bridgecrew": {}, "cfn-lint": {}, "Note": 1},
            },
            "B": {"Type": "T", "Properties": {"Metadata": {"checkov": "a property of theirs"}}},
            "C": ["no mapping"],
        },
    }
    assert without_suppressions(template) == {
        "Metadata": {"Owner": "us"},
        "Resources": {
            "A": {"Type": "T", "Metadata": {"Note": 1}},
            "B": {"Type": "T", "Properties": {"Metadata": {"checkov": "a property of theirs"}}},
            "C": ["no mapping"],
        },
    }
    assert template["Resources"]["A"]["Metadata"]["checkov"] == {"skip": []}


@pytest.mark.parametrize("template", [[1], "text", None, {"Resources": 5, "Metadata": 6}])
def test_what_is_no_template_is_left_for_the_judge_to_refuse(template):
    assert without_suppressions(template) == template
