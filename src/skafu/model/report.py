"""What renderers are given: a run as it was recorded, in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skafu.model.estate import StackId
from skafu.model.finding import NotEvaluated
from skafu.model.verdict import Decided, Review


@dataclass(frozen=True, slots=True)
class ReportedStack:
    """A stack that was judged. `gate` is `approved` or `blocked`."""

    id: StackId
    definition: str
    environment: str
    account: str
    region: str
    digest: str
    gate: str


@dataclass(frozen=True, slots=True)
class ReportedOutcome:
    """How a validator fared over the whole run. `status` is `ran`, `errored` or `not_applicable`."""

    validator: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. Everything is sorted, so that the same run renders to the same bytes.

    Attributes:
        tool: name -> version of skafu and of every judge that took part.
        gate: `approved` or `blocked`.
        reasons: why it is blocked; empty when approved.
        review: what is not right about waivers, never a reason to block; None where the run was not over the whole
            estate.
    """

    tool: Mapping[str, str]
    gate: str
    reasons: tuple[str, ...]
    stacks: tuple[ReportedStack, ...]
    outcomes: tuple[ReportedOutcome, ...]
    findings: tuple[Decided, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    review: Review | None = None
