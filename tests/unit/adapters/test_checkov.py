from __future__ import annotations

import pytest

from skafu.adapters.checkov import SETTINGS, UNLISTED, open_checkov, severities, severity_of
from skafu.adapters.checkov_environment import Ready, status
from skafu.adapters.confined import ConfinedWorker
from skafu.model.estate import Seat
from skafu.model.finding import Errored, NotApplicable, Ran, Severity
from skafu.model.place import Location

pytestmark = pytest.mark.slow

SEAT = Location("validators/checkov.yaml")

QUEUE = """
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Metadata: {checkov: {skip: [{id: CKV_AWS_27, comment: no}]}}
    Properties: {QueueName: q}
"""

ADMIN = """
Resources:
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: p
      PolicyDocument: {Statement: [{Effect: Allow, Action: "ACTION", Resource: "*"}]}
"""


@pytest.fixture(scope="module")
def judge():
    opened = open_checkov(Seat("checkov", "checkov", 60.0, SEAT))
    yield opened
    opened.close()
    opened.close()


def child(**settings):
    found = status()
    assert isinstance(found, Ready), found
    return ConfinedWorker(str(found.python), "checkov_child.py", **{**SETTINGS, **settings})


def of(outcome, rule):
    assert isinstance(outcome, Ran), outcome
    return [finding for finding in outcome.findings if finding.rule == rule]


def test_the_table_of_severities_names_every_check_and_no_other():
    worker = child()
    checks = worker.ask({"question": "checks"}, 10)["checks"]
    worker.close()
    assert sorted(severities()) == checks
    assert len(checks) > 100


def test_a_check_that_nobody_has_judged_blocks_a_release_and_a_secret_blocks_everywhere():
    table = severities()

    assert severity_of("CKV_AWS_20", table) is Severity.CRITICAL
    assert severity_of("CKV_AWS_158", table) is Severity.LOW
    assert severity_of("CKV_AWS_99999", table) is UNLISTED is Severity.MEDIUM
    assert severity_of("CKV_SECRET_2", table) is Severity.CRITICAL


def test_a_failing_check_is_a_finding_at_what_it_looked_at(judge, stack):
    outcome = judge.judge(
        stack("""
        Resources:
          Table:
            Type: AWS::DynamoDB::Table
            Properties:
              PointInTimeRecoverySpecification:
                PointInTimeRecoveryEnabled: false
        """)
    )
    (found,) = of(outcome, "CKV_AWS_28")
    assert (found.tool, found.severity, found.logical_id) == ("checkov", Severity.MEDIUM, "Table")
    assert found.title == "Ensure DynamoDB point in time recovery (backup) is enabled"
    assert (
        found.path == "Resources.Table.Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"
    )
    assert (found.location.line, found.location.column) == (7, 9)


def test_a_failing_check_about_something_missing_is_at_the_resource_and_metadata_does_not_skip_it(
    judge, stack
):
    (found,) = judge.judge(stack(QUEUE)).findings
    assert (found.rule, found.path, found.location.line) == ("CKV_AWS_27", "Resources.Queue", 3)


def test_a_secret_that_is_found_is_not_repeated(judge, stack):
    key = "AKIAIOSFODNN7EXAMPLE"
    outcome = judge.judge(
        stack(f"""
        Resources:
          F:
            Type: AWS::Lambda::Function
            Properties: {{Environment: {{Variables: {{KEY: {key}}}}}}}
        """)
    )
    (found,) = of(outcome, "CKV_AWS_45")
    assert found.severity is Severity.CRITICAL
    assert key not in repr(outcome)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"muted": {"CKV_AWS_27": "we know"}}, []),
        ({"severities": {"CKV": "info", "CKV_AWS_2": "critical"}}, [Severity.CRITICAL]),
    ],
)
def test_the_seat_mutes_checks_and_sets_severities(stack, seat, more, found):
    opened = open_checkov(seat("checkov", **more))
    assert [one.severity for one in opened.judge(stack(QUEUE)).findings] == found
    opened.close()


def test_the_policy_of_one_template_is_not_judged_by_that_of_another(judge, stack):
    allowed, all_powerful = (
        stack(ADMIN.replace("ACTION", "sqs:ListQueues")),
        stack(ADMIN.replace("ACTION", "*")),
    )
    assert of(judge.judge(allowed), "CKV_AWS_110") == []
    assert len(of(judge.judge(all_powerful), "CKV_AWS_110")) == 1
    assert of(judge.judge(allowed), "CKV_AWS_110") == []


@pytest.mark.parametrize(
    ("properties", "rule"),
    [
        # It would fail: a mapping is not `true`.
        ("{StorageEncrypted: !Unknown {'Fn::ImportValue': x}, Engine: mysql}", "CKV_AWS_16"),
        # It would pass: a mapping is not `true` either.
        ("{PubliclyAccessible: !Unknown {'Fn::ImportValue': x}, Engine: mysql}", "CKV_AWS_17"),
    ],
)
def test_a_check_of_an_unknown_value_is_not_evaluated(judge, stack, properties, rule):
    outcome = judge.judge(
        stack(f"Resources: {{Db: {{Type: AWS::RDS::DBInstance, Properties: {properties}}}}}")
    )
    assert of(outcome, rule) == []
    (unanswered,) = [one for one in outcome.not_evaluated if one.rule == rule]
    assert unanswered.logical_id == "Db"
    assert unanswered.reason.endswith("is not known because it is made at deployment")


def test_what_fails_whatever_the_unknown_value_is_stays_a_finding(judge, stack):
    outcome = judge.judge(
        stack("""
        Resources:
          Group:
            Type: AWS::EC2::SecurityGroup
            Properties:
              SecurityGroupIngress:
                - {FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}
                - {FromPort: 22, ToPort: 22, CidrIp: !Unknown {"Fn::GetAtt": [Vpc, CidrBlock]}}
        """)
    )
    assert len(of(outcome, "CKV_AWS_24")) == 1


def test_the_default_of_a_parameter_is_not_taken_for_its_value(judge, stack):
    outcome = judge.judge(
        stack("""
        Parameters: {Encrypt: {Type: String, Default: "true"}}
        Resources:
          Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql, StorageEncrypted: !Unknown {Ref: Encrypt}}}
        """)
    )
    assert "CKV_AWS_16" in [one.rule for one in outcome.not_evaluated]


BUCKET = "Good: {Type: AWS::S3::Bucket}"


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        (f"{{{BUCKET}, Odd: {{Type: 5}}}}", "the Type of Odd is not a text"),
        (f"{{{BUCKET}, Odd: {{Type: {{Ref: X}}}}}}", "the Type of Odd is not a text"),
        (f"{{{BUCKET}, Odd: {{Properties: {{}}}}}}", "did not see Odd"),
        (f"{{{BUCKET}, Odd: 5}}", "Odd"),
        (f"{{{BUCKET}, Odd: {{Type: AWS::SQS::Queue, Properties: []}}}}", "could not read the template"),
        (f"{{{BUCKET}, Odd.Name: {{Type: AWS::SQS::Queue}}}}", "could not read the template"),
        ("{'Fn::ForEach::Q': [I, [a], {'Q${I}': {Type: AWS::SQS::Queue}}]}", "did not see Fn::ForEach::Q"),
        (
            "{R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: 5}}}",
            "CKV_AWS_61 failed on R: Attr",
        ),
        (
            "{C: {Type: AWS::CertificateManager::Certificate, Properties: {DomainName: 5}}}",
            "CKV2_AWS_71 failed: Type",
        ),
        ("5", "no mapping of Resources"),
    ],
)
def test_what_checkov_would_pass_over_in_silence_is_an_error(judge, stack, resources, reason):
    outcome = judge.judge(stack(f"Resources: {resources}"))
    assert isinstance(outcome, Errored)
    assert reason in outcome.reason
    assert "\n" not in outcome.reason


def test_a_policy_that_cannot_be_analysed_is_an_error_and_keeps_the_other_findings(judge, stack):
    outcome = judge.judge(
        stack("""
        Resources:
          Queue: {Type: AWS::SQS::Queue}
          Policy:
            Type: AWS::IAM::Policy
            Properties: {PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: 5, Resource: "*"}]}}
        """)
    )
    assert isinstance(outcome, Errored)
    assert "CKV_AWS_110 failed on Policy: it could not analyse the policy" in outcome.reason
    assert "CKV_AWS_27" in [one.rule for one in outcome.findings]


def test_a_template_without_resources_is_not_for_checkov(judge, stack):
    assert judge.judge(stack("Resources: {}")) == NotApplicable("The template has no resources.")


def test_the_answer_does_not_depend_on_how_strings_hash(node):
    answers = []
    for seed in ("1", "2", "3"):
        worker = child(PYTHONHASHSEED=seed)
        answers.append(
            worker.ask({"question": "scan", "template": node(ADMIN.replace("ACTION", "*")).plain()}, 30)
        )
        worker.close()
    assert len(answers[0]["failed"]) > 5
    assert answers[0] == answers[1] == answers[2]


def test_checkov_never_asks_the_network(tmp_path, node):
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def hook(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.gethostbyname'): os._exit(99)\n"
        "sys.addaudithook(hook)\n"
        f"open({str(tmp_path / 'watched')!r}, 'w').close()\n",
        encoding="utf-8",
    )
    worker = child(PYTHONPATH=str(tmp_path))
    assert worker.ask({"question": "scan", "template": node(ADMIN).plain()}, 30)["scanned"] == ["Policy"]
    worker.close()
    assert (tmp_path / "watched").exists()


def test_a_missing_environment_is_an_error_that_says_what_to_run(stack, tmp_path, monkeypatch):
    monkeypatch.setenv("SKAFU_CHECKOV_PYTHON", str(tmp_path / "python"))
    opened = open_checkov(Seat("checkov", "checkov", 60.0, SEAT))
    outcome = opened.judge(stack(QUEUE))
    assert opened.versions == {}
    assert isinstance(outcome, Errored)
    assert "there is no" in outcome.reason
    assert "`skafu doctor --install`" in outcome.reason


def test_a_broken_environment_is_an_error_that_says_what_to_run(stack, monkeypatch, broken_checkov):
    monkeypatch.setenv("SKAFU_CHECKOV_PYTHON", str(broken_checkov))
    opened = open_checkov(Seat("checkov", "checkov", 60.0, SEAT))
    outcome = opened.judge(stack(QUEUE))
    opened.close()
    assert isinstance(outcome, Errored)
    assert "No module named 'checkov'" in outcome.reason
    assert "`skafu doctor --install`" in outcome.reason


def test_running_out_of_time_is_an_error(stack):
    opened = open_checkov(Seat("checkov", "checkov", 0.0001, SEAT))
    outcome = opened.judge(stack(QUEUE))
    assert isinstance(outcome, Errored)
    assert "did not answer within" in outcome.reason
    assert opened.versions == {"checkov": "3.3.30"}
    opened.close()
