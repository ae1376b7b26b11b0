"""What is kept of judging, as plain data and back. There is no way to keep an `Errored`."""

from __future__ import annotations

from typing import Any

from skafu.model.estate import StackId
from skafu.model.finding import Finding, NotApplicable, Ran
from skafu.model.finding_json import (
    FINDING,
    NOT_EVALUATED,
    finding_from_json,
    finding_to_json,
    not_evaluated_from_json,
    not_evaluated_to_json,
)

WRONG = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What the functions that read raise for data that is something else than it should be."""


def outcome_to_json(outcome: Ran | NotApplicable) -> list[Any]:
    """An outcome that may be kept: whatever failed is tried again each time."""
    if isinstance(outcome, NotApplicable):
        return ["not_applicable", outcome.reason]
    return [
        "ran",
        [finding_to_list(one) for one in outcome.findings],
        [list(not_evaluated_to_json(one).values()) for one in outcome.not_evaluated],
    ]


def outcome_from_json(value: Any) -> Ran | NotApplicable:
    """The outcome that was kept; raises one of `WRONG` for anything else."""
    match value:
        case ["not_applicable", str(reason)]:
            return NotApplicable(reason)
        case ["ran", list(findings), list(unanswered)]:
            return Ran(
                tuple(finding_from_list(one) for one in findings),
                tuple(
                    not_evaluated_from_json(dict(zip(NOT_EVALUATED, one, strict=True))) for one in unanswered
                ),
            )
        case _:
            raise ValueError("this is no outcome")


def finding_to_list(finding: Finding) -> list[Any]:
    """A finding as a list: positions say what the names would, at half of the length."""
    return list(finding_to_json(finding).values())


def finding_from_list(value: Any) -> Finding:
    """The finding that was kept; raises one of `WRONG` for anything else."""
    return finding_from_json(dict(zip(FINDING, value, strict=True)))


def id_to_json(id_: StackId) -> list[str]:
    """The id of a stack; its parts may hold what separates them elsewhere."""
    return [id_.environment, id_.region, id_.name]


def id_from_json(value: Any) -> StackId:
    """The id that was kept; raises one of `WRONG` for anything else."""
    environment, region, name = value
    return StackId(environment, region, name)
