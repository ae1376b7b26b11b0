"""The gate over plans, with the process that the policies about plans run in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from skafu.cli.estate import Rules, judges_of
from skafu.cli.planning import PLANS, PlanGate
from skafu.model.cloud import CloudError
from skafu.model.estate import Seat
from skafu.model.event import Tell
from skafu.validate.plans import open_plan_policies


@contextmanager
def plan_gate(rules: Rules, root: Path, today: date, tell: Tell) -> Iterator[PlanGate]:
    """The gate, for as long as plans are judged.

    Args:
        rules: who judges, and how strictly.
        root: of the repository.
        today: the day that waivers are held against.
        tell: records what was decided.

    Raises:
        CloudError: nobody would judge the plans.
    """
    judge = open_plan_policies(_seat(rules.seats), root)
    try:
        judges = judges_of(
            root
        )  # once: whoever executes holds them against what lies on disk, before and after
        yield PlanGate(judge, rules, today, lambda: judges, tell)
    finally:
        judge.close()


def _seat(seats: tuple[Seat, ...]) -> Seat:
    found = next((seat for seat in seats if seat.judge == "policies"), None)
    if found is None:
        raise CloudError(
            f"no {PLANS} are seated, so nobody would judge the plans", hint="Add validators/policies.yaml."
        )
    return found
