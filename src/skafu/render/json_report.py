"""The JSON report: the contract of `schemas/report.schema.json`, and what other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skafu.render import facts
from skafu.render.safe import as_json

if TYPE_CHECKING:
    from skafu.model.finding import NotEvaluated
    from skafu.model.report import Report, ReportedStack
    from skafu.model.verdict import Decided, WaiverWarning
    from skafu.render.formats import Sources


def render(report: Report, _sources: Sources) -> str:
    """The report as JSON: keys in the order of the contract, every list sorted."""
    return as_json(
        {
            "schema": 1,
            "tool": dict(sorted(report.tool.items())),
            "gate": report.gate,
            "reasons": list(report.reasons),
            "stacks": [_stack(stack) for stack in sorted(report.stacks, key=lambda stack: stack.id)],
            "outcomes": [
                {"validator": outcome.validator, "status": outcome.status, "reason": outcome.reason}
                for outcome in sorted(report.outcomes, key=lambda o: (o.validator, o.status, o.reason))
            ],
            "findings": [_finding(decided) for decided in sorted(report.findings, key=facts.by_place)],
            "not_evaluated": [
                _not_evaluated(entry)
                for entry in sorted(
                    report.not_evaluated,
                    key=lambda e: (e.location, e.rule, e.tool, e.stack, e.logical_id, e.reason),
                )
            ],
            "warnings": [_warning(one) for one in facts.warnings(report)],
        },
    )


def _stack(stack: ReportedStack) -> dict[str, Any]:
    return {
        "id": str(stack.id),
        "definition": stack.definition,
        "environment": stack.environment,
        "account": stack.account,
        "region": stack.region,
        "digest": stack.digest,
        "gate": stack.gate,
    }


def _finding(decided: Decided) -> dict[str, Any]:
    finding = decided.finding
    return {
        "rule": finding.rule,
        "tool": finding.tool,
        "severity": finding.severity.value,
        "title": finding.title,
        "message": finding.message,
        "file": finding.location.file,
        "line": finding.location.line,
        "column": finding.location.column,
        "logical_id": finding.logical_id,
        "path": finding.path,
        "stacks": [str(stack) for stack in sorted(set(finding.stacks))],
        "environments": facts.environments(finding),
        "controls": sorted(finding.controls),
        "fingerprint": finding.fingerprint,
        "decision": decided.decision.value,
        "waiver": decided.waiver,
        "help": finding.help,
    }


def _not_evaluated(entry: NotEvaluated) -> dict[str, Any]:
    return {
        "rule": entry.rule,
        "tool": entry.tool,
        "stack": str(entry.stack),
        "logical_id": entry.logical_id,
        "reason": entry.reason,
        "file": entry.location.file,
        "line": entry.location.line,
        "column": entry.location.column,
    }


def _warning(warning: WaiverWarning) -> dict[str, Any]:
    return {
        "waiver": warning.waiver,
        "kind": warning.kind,
        "message": warning.message,
        "file": warning.location.file,
        "line": warning.location.line,
    }
