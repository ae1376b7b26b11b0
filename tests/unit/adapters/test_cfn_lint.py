from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from skafu.adapters.cfn_lint import CAUSED_BY_RENDERING, CAUSED_BY_SAM, SEEN_IN_SOURCE, open_cfn_lint
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
    assert all(
        len(reason) > 20 for reason in {**CAUSED_BY_RENDERING, **CAUSED_BY_SAM, **SEEN_IN_SOURCE}.values()
    )


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


QUEUE = "Resources: {Queue: {Type: AWS::SQS::Queue}}"


def judged_with_source(judge, stack, source, effective):
    """What is said of a stack that was written like this and resolved to that, with the lines of the source."""
    found = judge.judge(replace(stack(effective), source=stack(source).template))
    assert isinstance(found, Ran), found
    return [(one.rule, one.path, one.location.line) for one in found.findings]


@pytest.mark.parametrize(
    ("section", "rule", "path"),
    [
        ("Parameters: {P: {Type: Sting}}", "E2002", "Parameters.P.Type"),
        ("Mappings: {M: {a: 5}}", "E7001", "Mappings.M.a"),
        ('Conditions: {C: {"Fn::Equals": [a, b, c]}}', "E8003", "Conditions.C.Fn::Equals"),
        ("Rules: {R: {Assertion: []}}", "E1700", "Rules.R"),
        ("Transform: {a: b}", "E1005", "Transform"),
        (
            "Metadata: {AWS::CloudFormation::Interface: {ParameterLabels: {P: {default: p}}}}",
            "W4001",
            "Metadata.AWS::CloudFormation::Interface.ParameterLabels.P",
        ),
    ],
)
def test_a_section_that_resolving_removes_is_judged_in_the_source(judge, stack, section, rule, path):
    found = judged_with_source(judge, stack, f"{section}\n{QUEUE}", QUEUE)
    assert (rule, path, 1) in found


@pytest.mark.parametrize(
    ("written", "rule", "path"),
    [
        ('{"Fn::Sub": name}', "W1020", "Fn::Sub"),
        ('{"Fn::If": [Made, name, other]}', "W1028", "Fn::If[2]"),
        ('{"Fn::Join": ["", ["n", {"Fn::Sub": "ame"}]]}', "W1020", "Fn::Join[1][1].Fn::Sub"),
    ],
)
def test_a_needless_function_in_a_resource_is_found_in_the_source(judge, stack, written, rule, path):
    template = """
        Parameters:
          P: {{Type: String}}
        Conditions:
          Made: {{"Fn::Equals": [{{Ref: P}}, x]}}
        Resources:
          Queue:
            Type: AWS::SQS::Queue
            Condition: Made
            Properties:
              QueueName: {written}
    """
    resolved = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: name}}}"
    found = judged_with_source(judge, stack, template.format(written=written), resolved)
    assert found == [(rule, f"Resources.Queue.Properties.QueueName.{path}", 11)]


def test_an_output_that_hands_an_import_on_is_found_in_the_source(judge, stack):
    source = f"""
        {QUEUE}
        Outputs:
          Handed: {{Value: {{"Fn::ImportValue": name}}}}
    """
    resolved = f"""
        {QUEUE}
        Outputs: {{Handed: {{Value: known}}}}
    """
    assert judged_with_source(judge, stack, source, resolved) == [
        ("W6001", "Outputs.Handed.Value.Fn::ImportValue", 4)
    ]


DATABASE = """
    {parameters}
    Resources:
      Instance:
        Type: AWS::EC2::Instance
        Properties: {{ImageId: {image}}}
      User:
        Type: AWS::IAM::User
        Properties: {{LoginProfile: {{Password: {login}}}}}
"""


def test_a_parameter_that_is_of_the_wrong_kind_for_its_use_is_found_in_the_source(judge, stack):
    source = DATABASE.format(
        parameters="Parameters: {Image: {Type: String}, Secret: {Type: String, NoEcho: true}}",
        image="{Ref: Image}",
        login="{Ref: Secret}",
    )
    resolved = DATABASE.format(
        parameters="Parameters: {Secret: {Type: String, NoEcho: true}}",
        image="ami-0123456789abcdef0",
        login="!Unknown {Ref: Secret}",
    )
    assert judged_with_source(judge, stack, source, resolved) == [
        ("W1011", "Resources.User.Properties.LoginProfile.Password", 9),
        ("W2506", "Parameters.Image.Type", 2),
    ]


def test_an_attribute_that_sam_drops_is_found_in_the_source(judge, stack):
    source = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Queue:
            Type: AWS::Serverless::SimpleTable
            Description: dropped
    """
    assert judged_with_source(judge, stack, source, QUEUE) == [("W3001", "Resources.Queue.Description", 6)]


REMOVED = """
    Parameters:
      P: {Type: String, Default: x}
    Conditions:
      Made: {"Fn::Equals": [{Ref: P}, y]}
    Resources:
      Queue:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: {"Fn::If": [Made, {Ref: Nobody}, name]}
      Topic:
        Type: AWS::SNS::Topic
        Condition: Made
        Properties:
          TopicName: {"Fn::GetAtt": [Nothing, Arn]}
"""


def test_a_reference_to_nothing_is_an_error_in_what_conditions_removed_too(judge, stack):
    resolved = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: name}}}"
    assert judged_with_source(judge, stack, REMOVED, resolved) == [
        ("E1010", "Resources.Topic.Properties.TopicName.Fn::GetAtt[0]", 15),
        ("E1020", "Resources.Queue.Properties.QueueName.Fn::If[1].Ref", 10),
    ]


def test_a_reference_to_nothing_that_still_stands_is_told_once(judge, stack):
    resolved = """
        Resources:
          Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Unknown {Ref: Nobody}}}
    """
    found = judged_with_source(judge, stack, REMOVED.partition("  Topic:")[0], resolved)
    assert found == [("E1020", "Resources.Queue.Properties.QueueName", 3)]


def test_what_a_source_says_does_not_depend_on_what_was_judged_before(judge, stack):
    one = replace(stack(QUEUE), source=stack(REMOVED).template)
    opened = open_cfn_lint(Seat("cfn-lint", "cfn-lint", 60.0, SEAT))
    alone = opened.judge(one)
    opened.close()
    judge.judge(stack(TWO_BUCKETS))
    judge._sources.clear()
    assert judge.judge(one) == alone


def test_a_function_in_a_loop_is_told_where_somebody_wrote_it(judge, stack):
    source = """
        Transform: AWS::LanguageExtensions
        Parameters: {Secret: {Type: String, NoEcho: true}}
        Resources:
          Fn::ForEach::Users:
            - Name
            - [A, B]
            - User${Name}:
                Type: AWS::IAM::User
                Properties:
                  LoginProfile: {Password: {Ref: Secret}}
    """
    found = judged_with_source(judge, stack, source, QUEUE)
    assert ("W1011", 11) in {(rule, line) for rule, _, line in found}


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        ("[{SQSPollerPolicy: {QueueName: q}}]", []),
        ("[{Statement: [{Effect: Allow, Action: 'sqs:DeleteMessageBatch', Resource: '*'}]}]", ["W3037"]),
    ],
)
def test_an_action_that_iam_does_not_have_is_held_against_who_wrote_it_and_not_against_sam(
    judge, stack, policies, found
):
    source = f"""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties: {{Handler: a.b, Runtime: python3.13, InlineCode: pass, Policies: {policies}}}
    """
    resolved = """
        Resources:
          FRole:
            Type: AWS::IAM::Policy
            Properties:
              PolicyName: p
              Roles: [r]
              PolicyDocument:
                Version: "2012-10-17"
                Statement: [{Effect: Allow, Action: ["sqs:DeleteMessageBatch"], Resource: "*"}]
    """
    assert [rule for rule, *_ in judged_with_source(judge, stack, source, resolved)] == found
