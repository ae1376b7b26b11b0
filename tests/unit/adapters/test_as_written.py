from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

import pytest

from skafu.adapters.as_written import cfn_lint_as_written, checkov_as_written
from skafu.cli.as_written import file_stack
from skafu.model.finding import Errored, NotApplicable, Ran, Severity

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("folder")]

CFN_LINT = Path(sys.executable).with_name("cfn-lint")
CHECKOV = Path(sys.prefix) / "checkov" / "bin" / "checkov"

FAULTY = """
# a comment that Checkov counts to the resource below it
Parameters:
  Unused: {Type: String}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BilingMode: wrong
  User:
    Type: AWS::IAM::AccessKey
    Properties:
      UserName: "Tr0ub4dor"
      Serial: AKIAIOSFODNN7EXAMPLQ
"""

QUIET = """
Metadata:
  cfn-lint: {config: {ignore_checks: [W2001]}}
Parameters:
  Unused: {Type: String}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Metadata:
      cfn-lint: {config: {ignore_checks: [E3002]}}
      checkov: {skip: [{id: CKV_AWS_53, comment: known}]}
    Properties:
      BilingMode: wrong
"""

BUCKET = "Resources:\n  A:\n    Type: AWS::S3::Bucket\n"

EXTRA_CHECK = """
from checkov.common.models.enums import CheckCategories
from checkov.cloudformation.checks.resource.base_resource_check import BaseResourceCheck


class Broken(BaseResourceCheck):
    def __init__(self):
        super().__init__("Raises", "CKV_OWN_1", [CheckCategories.LOGGING], ["AWS::S3::Bucket"])

    def scan_resource_conf(self, conf):
        raise ValueError("out of order")


check = Broken()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The folder in which judges stay open from one test to the next, and which is also the home."""
    made = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "CKV_FRAMEWORK"):
            patch.delenv(name, raising=False)
        patch.setenv("HOME", str(made))
        patch.chdir(made)
        yield made
        for judge in OPEN.values():
            judge.close()
        OPEN.clear()
        if forked.cache_info().currsize:
            forked().communicate()
            forked.cache_clear()


@pytest.fixture
def folder(home):
    """An empty folder that is also the home, so that only what a test writes configures anything."""
    yield home
    for left in home.iterdir():
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


OPEN = {}
"""Opener -> the judge that it opened."""


def said(opener, files, time_limit=60.0, *, anew=False):
    """What the judge says about each of the files, which are written first.

    Both judge each file in a fork; but cfn-lint takes its rules from the folder when it starts, and a test that is
    about how a judge starts, or ends, wants it `anew`.
    """
    for file, text in files.items():
        Path(file).write_text(textwrap.dedent(text), encoding="utf-8")
    anew = anew or ".cfnlintrc" in files
    judge = OPEN.get(opener) if not anew else None
    if judge is None:
        judge = opener(Path.cwd(), time_limit)
        if not anew:
            OPEN[opener] = judge
    outcomes = [judge.judge(file_stack(Path(file))) for file in files if not file.startswith((".", "own"))]
    if anew:
        judge.close()
        judge.close()
    return outcomes if len(outcomes) > 1 else outcomes[0]


def printed(*command):
    ran = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return json.loads(ran.stdout)


@cache
def forked():
    """Checkov's command line, imported once."""
    return subprocess.Popen(
        [CHECKOV.with_name("python"), Path(__file__).with_name("checkov_forked.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def cfn_lint_prints(file):
    return sorted(
        (
            one["Rule"]["Id"],
            one["Location"]["Start"]["LineNumber"],
            one["Location"]["Start"]["ColumnNumber"],
            one["Message"],
        )
        for one in printed(CFN_LINT, "--format", "json", file)
    )


def checkov_arguments(file):
    return ["--file", file, "--output", "json", "--quiet", "--skip-download"]


def checkov_prints_forked(file):
    command = forked()
    command.stdin.write(json.dumps(checkov_arguments(file)) + "\n")
    command.stdin.flush()
    answer = command.stdout.readline()
    assert answer, "Checkov's command line is gone"
    return json.loads(json.loads(answer))


def checkov_prints(file):
    said = checkov_prints_forked(file)
    reports = said if isinstance(said, list) else [said]
    return sorted(
        (one["check_id"], one["file_line_range"][0])
        for report in reports
        for one in report.get("results", {}).get("failed_checks", [])
    )


def rows(outcome):
    places = [(one.rule, one.location.line, one.location.column, one.message) for one in outcome.findings]
    return sorted(places)


def lines(outcome):
    return sorted((one.rule, one.location.line) for one in outcome.findings)


def test_cfn_lint_says_what_its_command_line_prints():
    outcome = said(cfn_lint_as_written, {"faulty.yaml": FAULTY})
    assert isinstance(outcome, Ran)
    assert rows(outcome) == cfn_lint_prints("faulty.yaml")
    assert [(one.rule, one.location.line, one.severity) for one in outcome.findings[:2]] == [
        ("W2001", 4, Severity.LOW),
        ("E3002", 9, Severity.HIGH),
    ]
    assert outcome.findings[1].path == "Resources.Bucket.Properties.BilingMode"
    assert {one.location.file for one in outcome.findings} == {"faulty.yaml"}


def test_checkov_says_what_its_command_line_prints_secrets_included():
    outcome = said(checkov_as_written, {"faulty.yaml": FAULTY})
    assert isinstance(outcome, Ran)
    assert checkov_prints_forked("faulty.yaml") == printed(CHECKOV, *checkov_arguments("faulty.yaml"))
    assert lines(outcome) == checkov_prints("faulty.yaml")
    assert ("CKV_SECRET_2", 14) in lines(outcome)
    assert "AKIAIOSFODNN7EXAMPLQ" not in str(outcome)
    bucket = next(one for one in outcome.findings if one.rule == "CKV_AWS_53")
    assert (bucket.logical_id, bucket.message) == ("Bucket", "AWS::S3::Bucket.Bucket fails this check")


def test_suppressions_in_the_template_hold():
    assert rows(said(cfn_lint_as_written, {"quiet.yaml": QUIET})) == []
    found = {rule for rule, _ in lines(said(checkov_as_written, {"quiet.yaml": QUIET}))}
    assert "CKV_AWS_54" in found
    assert "CKV_AWS_53" not in found


def test_configuration_files_of_the_folder_hold():
    files = {
        ".cfnlintrc": "ignore_checks: [E3002]\n",
        ".checkov.yaml": "framework: [cloudformation]\ncheck: [CKV_AWS_53, CKV_SECRET_2]\n",
        "faulty.yaml": FAULTY,
    }
    assert "E3002" not in {rule for rule, _ in lines(said(cfn_lint_as_written, files))}
    assert lines(said(checkov_as_written, files)) == [("CKV_AWS_53", 6)] == checkov_prints("faulty.yaml")


def test_one_file_leaves_nothing_behind_for_the_next():
    configured = "Metadata: {cfn-lint: {config: {configure_rules: {E3012: {strict: true}}}}}\n"
    numbers = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: '5'}}}\n"
    first, second = said(cfn_lint_as_written, {"one.yaml": configured + numbers, "two.yaml": numbers})
    assert lines(first) == [("E3012", 2)]
    assert second == Ran()


SILENT = [
    (
        "Resources:\n  A: {Type: AWS::S3::Bucket}\n  A: {Type: AWS::S3::Bucket}\n",
        'YAML error parsing {file}: Duplicate resource found "A" (line 3)',
    ),
    ("Resources: {A: {Type: AWS::S3::Bucket, Properties: [1]}}\n", "it could not read the template"),
    ("Hello: world\n", "it looked at no resource"),
    (
        "Resources:\n  A:\n    Type: AWS::SNS::Topic\n  B:\n    Type: [AWS::S3::Bucket]\n",
        "TypeError: unhashable type: 'ListNode'",
    ),
    (
        "Resources: {'Fn::ForEach::B': [N, [a], {'B${N}': {Type: AWS::S3::Bucket}}]}\n",
        "it did not look at Fn::ForEach::B",
    ),
    ("Resources: {A: {Type: AWS::S3::Bucket}}\n", "it did not look at A"),
]
"""What Checkov passes over -> why skafu says that it did not judge it."""


def test_what_checkov_passes_over_in_silence_is_an_error():
    files = {f"{number}.yaml": text for number, (text, _) in enumerate(SILENT)}
    outcomes = said(checkov_as_written, files)
    for file, outcome, (_, reason) in zip(files, outcomes, SILENT, strict=True):
        assert checkov_silent(file)
        assert isinstance(outcome, Errored)
        assert outcome.reason.startswith(f"checkov did not judge all of {file}: ")
        assert reason.format(file=file) in outcome.reason


def checkov_silent(file):
    """Whether its command line reports no failure, or nothing that can be read."""
    try:
        return checkov_prints(file) == []
    except ValueError:
        return True


def test_a_check_that_raises_is_an_error_and_the_findings_stay(folder):
    (folder / "own").mkdir()
    (folder / "own" / "__init__.py").touch()
    outcome = said(
        checkov_as_written,
        {
            "own/broken.py": EXTRA_CHECK,
            ".checkov.yaml": "external-checks-dir: [own]\n",
            "t.yaml": BUCKET,
        },
    )
    assert isinstance(outcome, Errored)
    assert "CKV_OWN_1 failed on A: ValueError: out of order" in outcome.reason
    assert lines(outcome) == checkov_prints("t.yaml") != []


def test_a_file_that_cfn_lint_cannot_parse_is_bad_input_at_its_line():
    outcome = said(cfn_lint_as_written, {"t.yaml": "Resources:\n  A: [\n"})
    (found,) = outcome.findings
    assert (found.rule, found.bad_input, found.location.file) == ("E0000", True, "t.yaml")
    assert rows(outcome) == cfn_lint_prints("t.yaml")


def test_a_parse_error_that_is_switched_off_is_still_an_error():
    outcome = said(
        cfn_lint_as_written, {".cfnlintrc": "ignore_checks: [E0000]\n", "t.yaml": "Resources:\n  A: [\n"}
    )
    assert cfn_lint_prints("t.yaml") == []
    assert isinstance(outcome, Errored)
    assert outcome.findings == ()


def test_a_template_that_cfn_lint_cannot_transform_is_an_error_beside_its_finding():
    text = "Transform: AWS::LanguageExtensions\nResources: {'Fn::ForEach::B': [N, a]}\n"
    outcome = said(cfn_lint_as_written, {"t.yaml": text})
    assert isinstance(outcome, Errored)
    assert rows(outcome) == cfn_lint_prints("t.yaml") != []


def test_a_file_that_the_configuration_leaves_out_is_not_applicable():
    files = {".cfnlintrc": "ignore_templates: [faulty.yaml]\n", "faulty.yaml": FAULTY}
    assert said(cfn_lint_as_written, files) == NotApplicable(
        "cfn-lint passes over faulty.yaml: .cfnlintrc lists it under ignore_templates."
    )


@pytest.mark.parametrize(
    ("opener", "name", "text"),
    [
        (cfn_lint_as_written, ".cfnlintrc", "no_such_key: 1\n"),
        (checkov_as_written, ".checkov.yaml", "framework: [no-such-framework]\n"),
    ],
)
def test_a_configuration_that_a_tool_refuses_is_an_error_with_its_words(opener, name, text):
    outcome = said(opener, {name: text, "faulty.yaml": FAULTY})
    assert isinstance(outcome, Errored)
    assert "no_such_key" in outcome.reason or "no-such-framework" in outcome.reason


@pytest.mark.parametrize("opener", [cfn_lint_as_written, checkov_as_written])
def test_a_name_with_the_marks_of_a_pattern_or_an_option_is_a_name(opener):
    outcomes = said(opener, {"a[1]*.yaml": FAULTY, "-x.yaml": FAULTY})
    assert [type(outcome) for outcome in outcomes] == [Ran, Ran]
    assert all(outcome.findings for outcome in outcomes)


@pytest.mark.parametrize("opener", [cfn_lint_as_written, checkov_as_written])
def test_running_out_of_time_is_an_error(opener):
    outcome = said(opener, {"faulty.yaml": FAULTY}, time_limit=0.001, anew=True)
    assert isinstance(outcome, Errored)
    assert "did not answer within 0.001 s" in outcome.reason


def test_a_key_for_checkovs_platform_is_not_handed_on(monkeypatch):
    monkeypatch.setenv("BC_API_KEY", "00000000-0000-0000-0000-000000000000")
    outcome = said(checkov_as_written, {"faulty.yaml": FAULTY}, anew=True)
    assert isinstance(outcome, Ran)
    assert outcome.findings


def test_without_checkov_its_judgement_is_an_error(folder, monkeypatch):
    monkeypatch.setenv("SKAFU_CHECKOV_PYTHON", str(folder / "no-python"))
    outcome = said(checkov_as_written, {"faulty.yaml": FAULTY}, anew=True)
    assert isinstance(outcome, Errored)
    assert "there is no" in outcome.reason
