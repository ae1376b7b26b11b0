from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from skafu.model.estate import StackId
from skafu.model.finding import NotEvaluated, Severity
from skafu.model.place import Location
from skafu.model.report import ReportedOutcome
from skafu.model.verdict import Decided, Decision
from skafu.render.sarif import RESULTS, render

PLACE = Location("stacks/a/template.yaml", 3, 5)
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}

# What SARIF 2.1.0 requires of the parts that skafu writes; no other property may appear.
SHAPE = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "maxItems": 1, "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "run": {
            "type": "object",
            "required": ["tool", "results", "invocations"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "additionalProperties": False,
                    "properties": {
                        "driver": {"$ref": "#/$defs/component"},
                        "extensions": {"type": "array", "items": {"$ref": "#/$defs/component"}},
                    },
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "originalUriBaseIds": {"type": "object"},
                "invocations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["executionSuccessful", "toolExecutionNotifications"],
                        "additionalProperties": False,
                        "properties": {
                            "executionSuccessful": {"type": "boolean"},
                            "toolExecutionNotifications": {
                                "type": "array",
                                "items": {
                                    "required": ["message"],
                                    "additionalProperties": False,
                                    "properties": {"level": LEVEL, "message": TEXT},
                                },
                            },
                        },
                    },
                },
                "results": {"type": "array", "maxItems": 25_000, "items": {"$ref": "#/$defs/result"}},
                "properties": {"type": "object"},
            },
        },
        "component": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "version": {"type": "string", "minLength": 1},
                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id", "shortDescription", "help", "defaultConfiguration", "properties"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string", "minLength": 1},
                "shortDescription": TEXT,
                "help": TEXT,
                "helpUri": {"type": "string", "pattern": "^https?://"},
                "defaultConfiguration": {"required": ["level"], "properties": {"level": LEVEL}},
                "properties": {
                    "required": ["tags", "security-severity"],
                    "properties": {
                        "tags": {
                            "type": "array",
                            "maxItems": 20,
                            "uniqueItems": True,
                            "items": {"type": "string"},
                        },
                        "security-severity": {"type": "string", "pattern": "^(10|[0-9])\\.[0-9]$"},
                    },
                },
            },
        },
        "result": {
            "type": "object",
            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": LEVEL,
                "message": TEXT,
                "locations": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 1,
                    "items": {
                        "required": ["physicalLocation"],
                        "additionalProperties": False,
                        "properties": {
                            "physicalLocation": {
                                "required": ["artifactLocation", "region"],
                                "properties": {
                                    "artifactLocation": {
                                        "required": ["uri", "uriBaseId"],
                                        "properties": {
                                            "uri": {"type": "string", "pattern": "^[A-Za-z0-9%/._~-]*$"},
                                            "uriBaseId": {"const": "%SRCROOT%"},
                                        },
                                    },
                                    "region": {
                                        "required": ["startLine"],
                                        "properties": {
                                            "startLine": {"type": "integer", "minimum": 1},
                                            "startColumn": {"type": "integer", "minimum": 1},
                                        },
                                    },
                                },
                            },
                            "logicalLocations": {"type": "array", "minItems": 1},
                        },
                    },
                },
                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                "suppressions": {
                    "type": "array",
                    "items": {
                        "required": ["kind"],
                        "properties": {
                            "kind": {"enum": ["inSource", "external"]},
                            "status": {"enum": ["accepted", "underReview", "rejected"]},
                        },
                    },
                },
                "properties": {"type": "object"},
            },
        },
    },
}


def run_of(report):
    document = json.loads(render(report, lambda _file: ()))
    Draft202012Validator(SHAPE).validate(document)
    return document["runs"][0]


@pytest.mark.parametrize("name", ["approved", "blocked", "empty", "hostile"])
def test_sarif_of_the_samples(name, reports, reading, golden):
    golden(f"{name}.sarif", render(reports[name], reading))


@pytest.mark.parametrize("name", ["approved", "blocked", "empty", "many", "hostile"])
def test_sarif_has_what_the_standard_requires_and_nothing_unknown(name, reports):
    run = run_of(reports[name])
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]


@pytest.mark.parametrize(
    ("decision", "severity", "level"),
    [
        (Decision.BLOCKING, Severity.INFO, "error"),
        (Decision.BLOCKING, Severity.CRITICAL, "error"),
        (Decision.ADVISORY, Severity.CRITICAL, "warning"),
        (Decision.ADVISORY, Severity.MEDIUM, "warning"),
        (Decision.ADVISORY, Severity.LOW, "note"),
        (Decision.WAIVED, Severity.HIGH, "warning"),
        (Decision.WAIVED, Severity.INFO, "note"),
    ],
)
def test_only_what_blocks_is_an_error(decision, severity, level, make):
    finding = make.finding("R1", PLACE, severity=severity)
    run = run_of(make.report(findings=[Decided(finding, decision)]))
    assert run["results"][0]["level"] == level


@pytest.mark.parametrize(
    ("severity", "score"),
    [
        (Severity.CRITICAL, "9.5"),
        (Severity.HIGH, "8.0"),
        (Severity.MEDIUM, "5.5"),
        (Severity.LOW, "3.0"),
        (Severity.INFO, "1.0"),
    ],
)
def test_a_rule_is_as_severe_as_its_worst_finding(severity, score, make):
    findings = [
        Decided(make.finding("R1", PLACE, severity=each), Decision.ADVISORY)
        for each in (Severity.INFO, severity)
    ]
    rule = run_of(make.report(findings=findings))["tool"]["driver"]["rules"][0]
    assert rule["properties"]["security-severity"] == score


@pytest.mark.parametrize(
    ("text", "uri", "shown"),
    [
        ("https://example.org/r1", "https://example.org/r1", "Read https://example.org/r1"),
        ("Set it to true, see https://example.org/r1", None, "Set it to true, see https://example.org/r1"),
        ("", None, "What R1 asks for"),
    ],
)
def test_help_is_an_address_only_when_it_is_nothing_else(text, uri, shown, make):
    findings = [Decided(make.finding("R1", PLACE, help=text), Decision.BLOCKING)]
    rule = run_of(make.report(findings=findings))["tool"]["driver"]["rules"][0]
    assert (rule.get("helpUri"), rule["help"]["text"]) == (uri, shown)


def test_a_waived_finding_is_suppressed_and_names_its_waiver(make):
    run = run_of(make.report(findings=[Decided(make.finding("R1", PLACE), Decision.WAIVED, "W-1")]))
    assert run["results"][0]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "waiver W-1"}
    ]


def test_a_rule_has_at_most_twenty_tags(make):
    controls = tuple(f"cis:{number:02}" for number in range(30))
    findings = [Decided(make.finding("R1", PLACE, controls=controls), Decision.BLOCKING)]
    rule = run_of(make.report(findings=findings))["tool"]["driver"]["rules"][0]
    assert rule["properties"]["tags"] == ["security", *controls[:19]]


def test_the_text_of_a_template_cannot_become_a_link(make):
    finding = make.finding("R1", PLACE, message="[click](https://evil.example) a[0] is wrong")
    run = run_of(make.report(findings=[Decided(finding, Decision.BLOCKING)]))
    assert run["results"][0]["message"]["text"] == "[click] (https://evil.example) a[0] is wrong"


def test_a_file_name_is_written_as_a_relative_uri(make):
    finding = make.finding("R1", Location("stacks/a b/größe:1.yaml"))
    run = run_of(make.report(findings=[Decided(finding, Decision.BLOCKING)]))
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "stacks/a%20b/gr%C3%B6%C3%9Fe%3A1.yaml"


@pytest.mark.parametrize(
    ("gate", "reasons", "outcome", "decision", "texts"),
    [
        ("approved", [], ("checkov", "ran", ""), Decision.ADVISORY, []),
        ("blocked", ["1 finding blocks."], ("checkov", "ran", ""), Decision.BLOCKING, []),
        ("blocked", ["x"], ("checkov", "errored", "it died"), Decision.BLOCKING, ["checkov failed: it died"]),
        ("blocked", ["no policies"], ("checkov", "ran", ""), Decision.ADVISORY, ["no policies"]),
        (
            "blocked",
            [],
            ("a", "ran", ""),
            Decision.WAIVED,
            ["The run is blocked and no reason was recorded."],
        ),
    ],
)
def test_a_run_that_could_not_judge_everything_is_not_successful(
    gate, reasons, outcome, decision, texts, make
):
    findings = [Decided(make.finding("R1", PLACE), decision)]
    report = make.report(gate=gate, reasons=reasons, outcomes=[ReportedOutcome(*outcome)], findings=findings)
    invocation = run_of(report)["invocations"][0]
    assert invocation["executionSuccessful"] is (not texts)
    assert [note["message"]["text"] for note in invocation["toolExecutionNotifications"]] == texts


def test_what_could_not_be_answered_is_notified(make):
    stack = StackId("staging", "eu-west-1", "api")
    open_question = NotEvaluated("R1", "policies", stack, "Api", "an export is not known", PLACE)
    run = run_of(make.report(not_evaluated=[open_question]))
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "note", "message": {"text": "1 question could not be answered before deployment."}}
    ]


def test_above_githubs_limits_what_blocks_is_kept_and_the_cut_is_notified(make):
    advisory = make.finding("R1", PLACE, severity=Severity.CRITICAL)
    blocking = make.finding("R2", Location("z.yaml"), severity=Severity.INFO)
    findings = [Decided(advisory, Decision.ADVISORY)] * (RESULTS + 9) + [Decided(blocking, Decision.BLOCKING)]
    document = json.loads(render(make.report(findings=findings), lambda _file: ()))
    run = document["runs"][0]
    assert len(run["results"]) == RESULTS
    assert run["results"][0]["ruleId"] == "R2"
    assert [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]] == [
        "10 of 25,010 findings are left out, the least severe ones: a run holds 25,000. The JSON report has them all.",
        "GitHub shows the first 5,000 findings of a run; those that block come first.",
    ]
