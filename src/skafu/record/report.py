"""Events -> the report that renderers are given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from skafu.model.finding_json import finding_from_json, not_evaluated_from_json, stack_id
from skafu.model.place import Location
from skafu.model.report import Report, ReportedOutcome, ReportedStack
from skafu.model.verdict import Decided, Decision, Review, WaiverWarning

UNFINISHED = "the run did not finish, so nothing is approved"


def report_of(events: Iterable[dict[str, Any]]) -> Report:
    """The report of a run. Of a run that was cut off, too: it is blocked.

    What happened after the verdict, and kinds of events that this version does not know, change nothing about it.
    """
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for event in latest_judging(events):
        by_kind.setdefault(event["event"], []).append(event)
    ends = by_kind.get("run-decided")
    end = ends[-1] if ends else None
    # What was decided about a stack counts once the whole run was decided.
    gates = {event["stack"]: event["gate"] for event in by_kind.get("stack-decided", ()) if end}
    return Report(
        tool=end["tools"] if end else {},
        gate=end["gate"] if end else "blocked",
        reasons=tuple(end["reasons"]) if end else (UNFINISHED,),
        stacks=tuple(
            ReportedStack(
                id=stack_id(event["stack"]),
                definition=event["definition"],
                environment=event["environment"],
                account=event["account"],
                region=event["region"],
                digest=event["digest"],
                gate=gates.get(event["stack"], "blocked"),
            )
            for event in sorted(by_kind.get("stack-resolved", ()), key=lambda event: event["stack"])
        ),
        outcomes=_outcomes(by_kind.get("outcome", ()), end["validators"] if end else ()),
        findings=tuple(
            Decided(finding_from_json(event["finding"]), Decision(event["decision"]), event["waiver"])
            for event in by_kind.get("finding", ())
        ),
        not_evaluated=tuple(
            not_evaluated_from_json(event["value"]) for event in by_kind.get("not-evaluated", ())
        ),
        review=_review(by_kind.get("waivers-reviewed", ())),
    )


def latest_judging(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events from where the stacks were judged last: a run that is resumed judges again."""
    whole = list(events)
    resumed = [number for number, event in enumerate(whole) if event["event"] == "deploy-resumed"]
    for start in reversed(resumed):
        if any(event["event"] == "stack-resolved" for event in whole[start:]):
            return whole[start:]
    return whole


def _review(events: Iterable[dict[str, Any]]) -> Review | None:
    for event in events:
        told = (
            WaiverWarning(**{**one, "location": Location(**one["location"])}) for one in event["warnings"]
        )
        return Review(event["complete"], tuple(told))
    return None


def _outcomes(events: Iterable[dict[str, Any]], validators: Iterable[str]) -> tuple[ReportedOutcome, ...]:
    """One outcome for each validator: errored if it failed anywhere, ran if it ran anywhere."""
    found: dict[str, dict[str, set[str]]] = {validator: {} for validator in validators}
    for event in events:
        found.setdefault(event["validator"], {}).setdefault(event["status"], set()).add(event["reason"])
    outcomes = []
    for validator, statuses in sorted(found.items()):
        status = next((one for one in ("errored", "ran") if one in statuses), "not_applicable")
        reasons = sorted(statuses.get(status, {"there was no stack to judge"}))
        outcomes.append(ReportedOutcome(validator, status, "; ".join(reason for reason in reasons if reason)))
    return tuple(outcomes)
