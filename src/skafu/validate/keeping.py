"""What is kept of judging, as plain data and back. There is no way to keep an `Errored`."""

from __future__ import annotations

from typing import Any

from skafu.model.estate import StackId
from skafu.model.finding import Finding, NotApplicable, NotEvaluated, Ran, Severity
from skafu.model.place import Location

_SEVERITIES = {severity.value: severity for severity in Severity}


WRONG = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What the functions that read raise for data that is something else than it should be."""


def outcome_to_json(outcome: Ran | NotApplicable) -> list[Any]:
    """An outcome that may be kept: whatever failed is tried again each time."""
    if isinstance(outcome, NotApplicable):
        return ["not_applicable", outcome.reason]
    return [
        "ran",
        [finding_to_json(one) for one in outcome.findings],
        [_not_evaluated_to_json(one) for one in outcome.not_evaluated],
    ]


def outcome_from_json(value: Any) -> Ran | NotApplicable:
    """The outcome that was kept; raises one of `WRONG` for anything else."""
    match value:
        case ["not_applicable", str(reason)]:
            return NotApplicable(reason)
        case ["ran", list(findings), list(unanswered)]:
            return Ran(
                tuple(finding_from_json(one) for one in findings),
                tuple(_not_evaluated_from_json(one) for one in unanswered),
            )
        case _:
            raise ValueError("this is no outcome")


def finding_to_json(finding: Finding) -> list[Any]:
    """A finding as a list: positions say what the names would, at a third of the length."""
    at = finding.location
    return [
        finding.rule,
        finding.tool,
        finding.severity.value,
        finding.title,
        finding.message,
        [at.file, at.line, at.column],
        [id_to_json(one) for one in finding.stacks],
        finding.logical_id,
        finding.path,
        list(finding.controls),
        finding.help,
        finding.fingerprint,
        finding.bad_input,
    ]


def finding_from_json(value: Any) -> Finding:
    """The finding that was kept; raises one of `WRONG` for anything else."""
    rule, tool, severity, title, message, at, stacks, logical_id, path, controls, help_, print_, bad = value
    return Finding(
        rule,
        tool,
        _SEVERITIES[severity],
        title,
        message,
        Location(*at),
        tuple(id_from_json(one) for one in stacks),
        logical_id,
        path,
        tuple(controls),
        help_,
        print_,
        bad,
    )


def id_to_json(id_: StackId) -> list[str]:
    """The id of a stack; its parts may hold what separates them elsewhere."""
    return [id_.environment, id_.region, id_.name]


def id_from_json(value: Any) -> StackId:
    """The id that was kept; raises one of `WRONG` for anything else."""
    environment, region, name = value
    return StackId(environment, region, name)


def _not_evaluated_to_json(one: NotEvaluated) -> list[Any]:
    at = one.location
    place = [at.file, at.line, at.column]
    return [one.rule, one.tool, id_to_json(one.stack), one.logical_id, one.reason, place]


def _not_evaluated_from_json(value: Any) -> NotEvaluated:
    rule, tool, stack, logical_id, reason, at = value
    return NotEvaluated(rule, tool, id_from_json(stack), logical_id, reason, Location(*at))
