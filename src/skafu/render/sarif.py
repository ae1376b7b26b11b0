"""SARIF 2.1.0, within the limits of the one consumer everybody has: GitHub code scanning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from skafu.model.finding import Finding, Severity
from skafu.model.verdict import Decided, Decision
from skafu.render import facts
from skafu.render.safe import as_json, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skafu.model.report import Report
    from skafu.render.formats import Sources

RESULTS = 25_000
"""Results GitHub takes in one run; it refuses the file above."""
SHOWN = 5_000
"""Results GitHub shows of one run: the first ones."""
_TAGS = 20  # GitHub's limit for one rule
_TITLE = 1_024  # characters; GitHub's limit for the descriptions of a rule
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

# GitHub calls 9 and above critical, 7 high, 4 medium and the rest low.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "1.0",
}
_RULE_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}


def render(report: Report, _sources: Sources) -> str:
    """The report as one SARIF run: what blocks first, then what is advisory, then what is waived."""
    ordered = [decided for decision in Decision for decided in facts.decided_as(report, decision)]
    kept = ordered[:RESULTS]
    rules = _rules(kept)
    places = {rule["id"]: index for index, rule in enumerate(rules)}
    run = {
        "tool": {"driver": _driver(report, rules), "extensions": _judges(report)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(report, ordered)],
        "results": [_result(decided, places) for decided in kept],
        "properties": {"gate": report.gate, "reasons": list(report.reasons)},
    }
    return as_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _driver(report: Report, rules: list[dict[str, Any]]) -> dict[str, Any]:
    version = report.tool.get("skafu", "")
    return {"name": "skafu", **({"version": version} if version else {}), "rules": rules}


def _judges(report: Report) -> list[dict[str, Any]]:
    judges = sorted(name for name in report.tool if name != "skafu")
    return [{"name": name, "version": report.tool[name]} for name in judges]


def _rules(kept: list[Decided]) -> list[dict[str, Any]]:
    # A rule whose severity differs from place to place is described by its worst finding.
    worst: dict[str, Finding] = {}
    controls: dict[str, set[str]] = {}
    for finding in (decided.finding for decided in kept):
        known = worst.setdefault(finding.rule, finding)
        if finding.severity.rank < known.severity.rank:
            worst[finding.rule] = finding
        controls.setdefault(finding.rule, set()).update(finding.controls)
    return [_rule(worst[rule], sorted(controls[rule])) for rule in sorted(worst)]


def _rule(finding: Finding, controls: list[str]) -> dict[str, Any]:
    link = facts.is_link(finding.help)
    return {
        "id": finding.rule,
        "shortDescription": {"text": one_line(finding.title, _TITLE) or finding.rule},
        **({"helpUri": finding.help} if link else {}),
        "help": {"text": f"Read {finding.help}" if link else finding.help or finding.title or finding.rule},
        "defaultConfiguration": {"level": _RULE_LEVELS[finding.severity]},
        # GitHub shows a security severity only for rules tagged so.
        "properties": {
            "tags": list(dict.fromkeys(["security", *controls]))[:_TAGS],
            "security-severity": _SCORES[finding.severity],
        },
    }


def _result(decided: Decided, places: Mapping[str, int]) -> dict[str, Any]:
    finding = decided.finding
    waived = {"kind": "external", "status": "accepted", "justification": f"waiver {decided.waiver}"}
    return {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": _level(decided),
        "message": {"text": _message(finding)},
        "locations": [_location(finding)],
        "partialFingerprints": {"skafu/v1": finding.fingerprint},
        **({"suppressions": [waived]} if decided.decision is Decision.WAIVED else {}),
        "properties": {
            "tool": finding.tool,
            "severity": finding.severity.value,
            "decision": decided.decision.value,
            "stacks": [str(stack) for stack in sorted(set(finding.stacks))],
            "controls": sorted(finding.controls),
        },
    }


def _level(decided: Decided) -> str:
    if decided.decision is Decision.BLOCKING:
        return "error"
    return "warning" if decided.finding.severity.at_least(Severity.MEDIUM) else "note"


def _message(finding: Finding) -> str:
    # `[text](target)` is a link in a SARIF message; a template's text must not be able to make one.
    text = re.sub(r"\](?=\()", "] ", finding.message)
    where = ", ".join(facts.environments(finding))
    return f"{text} (in {where})" if where else text


def _location(finding: Finding) -> dict[str, Any]:
    place = finding.location
    logical = {
        **({"name": finding.logical_id} if finding.logical_id else {}),
        **({"fullyQualifiedName": finding.path} if finding.path else {}),
    }
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.file, errors="replace"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line, "startColumn": place.column},
        },
        **({"logicalLocations": [logical]} if logical else {}),
    }


def _invocation(report: Report, ordered: list[Decided]) -> dict[str, Any]:
    failures = [
        f"{outcome.validator} failed: {outcome.reason}" for outcome in facts.with_status(report, "errored")
    ]
    if report.gate != "approved" and not failures and not facts.decided_as(report, Decision.BLOCKING):
        # Blocked by nothing that a result shows: without this the run would look clean.
        failures = list(report.reasons) or ["The run is blocked and no reason was recorded."]
    notifications = [_notification("error", text) for text in failures]
    notifications += [_notification("warning", text) for text in _left_out(len(ordered))]
    unanswered = len(report.not_evaluated)
    if unanswered:
        text = facts.count(unanswered, "question") + " could not be answered before deployment."
        notifications.append(_notification("note", text))
    return {"executionSuccessful": not failures, "toolExecutionNotifications": notifications}


def _left_out(findings: int) -> list[str]:
    notices = []
    if findings > RESULTS:
        notices.append(
            f"{findings - RESULTS:,} of {findings:,} findings are left out, the least severe ones: "
            f"a run holds {RESULTS:,}. The JSON report has them all.",
        )
    if findings > SHOWN:
        notices.append(f"GitHub shows the first {SHOWN:,} findings of a run; those that block come first.")
    return notices


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}
