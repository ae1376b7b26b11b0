from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from skafu.adapters.cfn_lint import CAUSED_BY_RENDERING, open_cfn_lint
from skafu.model.estate import Seat
from skafu.model.finding import Errored, Ran, Severity
from skafu.model.node import Node, Step, annotated
from skafu.model.place import Location

pytestmark = pytest.mark.slow

SEAT = Location("validators/cfn-lint.yaml")

TWO_BUCKETS = """
Metadata:
  cfn-lint: {config: {ignore_checks: [E3002]}}
Resources:
  One:
    Type: AWS::S3::Bucket
    Properties: {Nonsense: 1}
  Two:
    Type: AWS::S3::Bucket
    Metadata: {cfn-lint: {config: {ignore_checks: [E3002]}}}
    Properties:
      Nonsense: 1
"""


@pytest.fixture(scope="module")
def judge():
    opened = open_cfn_lint(Seat("cfn-lint", "cfn-lint", 60.0, SEAT))
    yield opened
    opened.close()
    opened.close()


def rules(outcome):
    assert isinstance(outcome, Ran), outcome
    return [(finding.rule, finding.path) for finding in outcome.findings]


def test_an_unexpected_property_is_reported_at_its_own_key(judge, stack):
    outcome = judge.judge(
        stack("""
        Resources:
          Api:
            Type: AWS::ApiGateway::RestApi
            Properties:
              Name: api
              RequestValidator: true
        """)
    )
    (found,) = outcome.findings
    assert (found.rule, found.tool, found.severity) == ("E3002", "cfn-lint", Severity.HIGH)
    assert found.message == "Additional properties are not allowed ('RequestValidator' was unexpected)"
    assert (found.location.line, found.location.column) == (7, 7)
    assert (found.path, found.logical_id) == ("Resources.Api.Properties.RequestValidator", "Api")
    assert found.title == "Resource properties are invalid"
    assert found.help.startswith("https://")


def test_the_same_mistake_twice_is_two_findings_and_metadata_suppresses_neither(judge, stack):
    assert rules(judge.judge(stack(TWO_BUCKETS))) == [
        ("E3002", "Resources.One.Properties.Nonsense"),
        ("E3002", "Resources.Two.Properties.Nonsense"),
    ]


def test_a_correct_template_has_no_findings_whatever_was_judged_before(judge, stack):
    fine = stack("Resources: {Bucket: {Type: AWS::S3::Bucket}}")
    assert judge.judge(stack(TWO_BUCKETS)) != Ran()
    assert judge.judge(fine) == Ran()
    assert judge.judge(stack(TWO_BUCKETS)) == judge.judge(stack(TWO_BUCKETS))


def test_a_configuration_file_beside_or_at_home_does_not_count(stack, tmp_path, monkeypatch):
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E3002]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    opened = open_cfn_lint(Seat("cfn-lint", "cfn-lint", 60.0, SEAT))
    assert len(rules(opened.judge(stack(TWO_BUCKETS)))) == 2
    opened.close()


def test_an_unknown_value_is_judged_as_the_expression_that_remains(judge, stack):
    outcome = judge.judge(
        stack("""
        Resources:
          Key: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/a, TargetKeyId: !Unknown {Ref: Nowhere}}}
        """)
    )
    assert rules(outcome) == [("E1020", "Resources.Key.Properties.TargetKeyId")]


def test_what_rendering_leaves_behind_is_not_held_against_anybody(judge, stack):
    rendered = stack("""
        Parameters: {Unused: {Type: String}}
        Mappings: {Unused: {eu-west-1: {Size: small}}}
        Conditions:
          Unused: {"Fn::Equals": [a, b]}
        Metadata:
          AWS::CloudFormation::Interface:
            ParameterGroups: [{Label: {default: Gone}, Parameters: [Pruned]}]
        Resources: {Bucket: {Type: AWS::S3::Bucket}}
    """)
    source = stack("Resources: {Bucket: {Type: AWS::S3::Bucket}}").template
    assert rules(judge.judge(replace(rendered, source=source))) == []


def test_each_mute_has_a_reason():
    assert all(len(reason) > 20 for reason in CAUSED_BY_RENDERING.values())


def test_a_dollar_brace_is_an_error_where_it_was_written_and_not_where_it_was_computed(judge, stack):
    text = """
        Resources:
          Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: "${Topic}"}}
    """
    written = stack(text)
    assert rules(judge.judge(written)) == [("E1029", "Resources.Topic.Properties.DisplayName")]
    template = written.template
    properties = template.get("Resources", "Topic", "Properties")
    name = properties.members["DisplayName"]
    properties.value["DisplayName"] = Node(
        name.value, name.location, name.key, (Step("Fn::Sub", name.location),)
    )
    assert rules(judge.judge(stack(template))) == []


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"muted": {"E3002": "we know"}}, []),
        ({"severities": {"E": "low", "E3002": "critical"}}, [Severity.CRITICAL, Severity.CRITICAL]),
    ],
)
def test_the_seat_mutes_rules_and_sets_severities(stack, seat, more, found):
    opened = open_cfn_lint(seat("cfn-lint", **more))
    assert [one.severity for one in opened.judge(stack(TWO_BUCKETS)).findings] == found
    opened.close()


@pytest.mark.parametrize(
    ("template", "rule", "line"),
    [("[]", "E0000", 1), ("Resources: {A: {Type: 5}}", "E3001", 1), ("Description: d", "E1001", 1)],
)
def test_a_template_that_is_none_is_a_finding(judge, stack, template, rule, line):
    outcome = judge.judge(stack(template))
    assert [(one.rule, one.severity, one.location.line) for one in outcome.findings] == [
        (rule, Severity.HIGH, line)
    ]


@pytest.mark.parametrize(
    ("template", "region", "reason"),
    [
        ("Resources: {A: {Type: AWS::S3::Bucket}}", "mars-1", "knows no region mars-1"),
        (
            "Resources: 5",
            "eu-west-1",
            "A rule of cfn-lint failed on production/eu-west-1/api: Unknown exception",
        ),
        ("Metadata: 5", "eu-west-1", "cfn-lint could not judge production/eu-west-1/api"),
    ],
)
def test_what_cannot_be_judged_is_an_error_with_its_reason(judge, stack, template, region, reason):
    outcome = judge.judge(stack(template, region))
    assert isinstance(outcome, Errored)
    assert reason in outcome.reason
    assert "\n" not in outcome.reason


def test_a_value_that_json_has_not_is_an_error(judge, stack):
    outcome = judge.judge(stack(annotated({"Resources": {"A": {"Type": b"bytes"}}}, SEAT)))
    assert isinstance(outcome, Errored)
    assert "cannot be written as JSON" in outcome.reason


def test_running_out_of_time_is_an_error(stack):
    opened = open_cfn_lint(Seat("cfn-lint", "cfn-lint", 0.001, SEAT))
    outcome = opened.judge(stack(TWO_BUCKETS))
    opened.close()
    assert isinstance(outcome, Errored)
    assert "did not answer within 0.001 s" in outcome.reason


def test_the_version_is_known_and_cfn_lint_not_imported_before_the_first_stack():
    code = (
        "import sys; from skafu.adapters.cfn_lint import open_cfn_lint; from skafu.model.estate import Seat;"
        "from skafu.model.place import Location;"
        "judge = open_cfn_lint(Seat('c', 'cfn-lint', 1.0, Location('f')));"
        "print(judge.versions['cfn-lint'], 'cfnlint' in sys.modules); judge.close()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "1.58.0 False\n"


def test_what_only_the_source_shows_is_found_there(judge, stack):
    effective = stack("""
        Resources:
          Queue: {Type: AWS::SQS::Queue}
    """)
    source = stack("""
        Parameters:
          Forgotten: {Type: String}
        Resources:
          Queue: {Type: AWS::SQS::Queue, Properties: {Nonsense: !Unknown {Ref: Gone}}}
    """).template
    (found,) = judge.judge(replace(effective, source=source)).findings
    assert (found.rule, found.path, found.location.line) == ("W2001", "Parameters.Forgotten", 3)


def test_a_source_is_linted_once_for_all_environments(judge, stack):
    one = stack("Resources: {Queue: {Type: AWS::SQS::Queue}}")
    judge.judge(one)
    asked = judge._worker._asked  # how often the child was asked is what this is about
    judge.judge(one)
    assert judge._worker._asked == asked + 1
