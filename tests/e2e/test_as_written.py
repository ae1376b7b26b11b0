"""`skafu scan --as-written`: the findings of both command lines, through skafu's gate, reports and exit codes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import skafu.schemas

pytestmark = pytest.mark.slow

SCHEMA = Path(skafu.schemas.__file__).with_name("report.schema.json")

FAULTY = """\
Parameters:
  Key: {Type: String, Default: ""}
Conditions:
  HasKey: !Not [!Equals [!Ref Key, ""]]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: open
  Absent:
    Type: AWS::SNS::Topic
    Condition: HasKey
"""
"""A topic without a key; the other one would not stand with the default, but Checkov cannot tell."""

FINE = """\
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      KmsMasterKeyId: alias/own
"""


@pytest.fixture
def scan(estate):
    """`skafu scan --as-written --format json`, over files written into a folder that is also the home."""
    made = estate()

    def run(files, *arguments, **environment):
        made.write(files)
        names = [file for file in files if not file.startswith(".")]
        home = {"HOME": str(made.root), **environment}
        return made.run("scan", "--as-written", "--format", "json", *arguments, *names, **home)

    return run


def rows(run):
    return [(one["tool"], one["rule"], one["file"], one["line"]) for one in run.report["findings"]]


def test_a_finding_blocks_with_exit_code_1_and_the_report_keeps_its_contract(scan):
    run = scan({"t.yaml": FAULTY}, "--threshold", "medium")
    assert (run.code, run.gate, run.stderr) == (1, "blocked", "")
    assert rows(run) == [("checkov", "CKV_AWS_26", "t.yaml", 6), ("checkov", "CKV_AWS_26", "t.yaml", 10)]
    (stack,) = run.report["stacks"]
    assert (stack["definition"], stack["gate"]) == ("t.yaml", "blocked")
    assert sorted(run.report["tool"]) == ["cfn-lint", "checkov", "skafu"]
    jsonschema.validate(run.report, json.loads(SCHEMA.read_text("utf-8")))


def test_without_a_finding_it_is_approved(scan):
    run = scan({"t.yaml": FINE})
    assert (run.code, run.gate, rows(run)) == (0, "approved", [])
    assert [one["validator"] for one in run.report["outcomes"]] == ["cfn-lint", "checkov"]


def test_findings_below_the_threshold_are_told_and_do_not_block(scan):
    run = scan({"t.yaml": FAULTY}, "--threshold", "critical")
    assert (run.code, run.gate) == (0, "approved")
    assert [one["decision"] for one in run.report["findings"]] == ["advisory", "advisory"]


def test_each_of_several_files_is_told_of_alone(scan):
    run = scan({"a.yaml": FAULTY, "b.yaml": FINE}, "--threshold", "medium")
    assert {row[2] for row in rows(run)} == {"a.yaml"}
    assert [(one["definition"], one["gate"]) for one in run.report["stacks"]] == [
        ("a.yaml", "blocked"),
        ("b.yaml", "approved"),
    ]


@pytest.mark.parametrize("threshold", ["high", "critical"])
def test_a_file_that_is_no_template_is_bad_input_whatever_the_threshold(scan, threshold):
    run = scan({"t.yaml": "Resources:\n  A: [\n"}, "--threshold", threshold)
    assert (run.code, run.gate) == (2, "blocked")
    assert rows(run) == [("cfn-lint", "E0000", "t.yaml", 3)]


def test_what_checkov_skips_in_silence_blocks_with_exit_code_4(scan):
    run = scan({"t.yaml": "Resources: {Q: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: alias/a}}}\n"})
    assert (run.code, run.gate) == (4, "blocked")
    assert "checkov did not judge all of t.yaml: it did not look at Q" in run.reasons[0]


def test_the_configuration_of_the_folder_counts(scan):
    run = scan({".checkov.yaml": "skip-check: [CKV_AWS_26]\n", "t.yaml": FAULTY})
    assert (run.code, rows(run)) == (0, [])


@pytest.mark.parametrize("option", ["--parameters=t.yaml", "--region=us-east-1"])
def test_what_only_resolving_needs_is_refused(scan, option):
    run = scan({"t.yaml": FINE}, option)
    assert (run.code, run.stdout) == (2, "")
    assert "with --as-written nothing is resolved" in run.stderr


def test_a_file_that_is_not_there_is_named(scan):
    run = scan({}, "nowhere.yaml")
    assert (run.code, run.stdout) == (2, "")
    assert "nowhere.yaml cannot be read: No such file or directory" in run.stderr


@pytest.mark.parametrize("format_", ["sarif", "markdown", "console"])
def test_the_other_reports_tell_the_same(scan, format_):
    run = scan({"t.yaml": FAULTY}, "--format", format_, "--threshold", "medium")
    assert run.code == 1
    assert "CKV_AWS_26" in run.stdout


def test_whoever_watches_a_terminal_sees_which_file_is_done(tmp_path):
    (tmp_path / "[red].yaml").write_text(FINE, encoding="utf-8")
    watched, terminal = pty.openpty()
    command = [str(Path(sys.executable).with_name("skafu")), "scan", "--as-written", "[red].yaml"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=terminal, env={**os.environ, "TERM": "xterm"}
    ) as process:
        os.close(terminal)
        shown = b"".join(iter(lambda: _read(watched), b""))
    os.close(watched)
    assert process.returncode == 0
    assert b"cfn-lint: [red].yaml" in shown
    assert b"2/2" in shown


def _read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""
