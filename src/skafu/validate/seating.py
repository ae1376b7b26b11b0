"""A seat -> the judge that sits there. Importing a judge costs time, and a run that knows all answers needs none."""

from __future__ import annotations

from pathlib import Path

from skafu.model.estate import Seat
from skafu.model.judge import Judge

SAYS_WHAT_IS_KNOWN = "definitions"
"""The one judge without a process: it states what loading, resolving and ordering found."""

JUDGES_THE_ESTATE = "python"
"""The judge that is asked once, about all stacks together: a validator of the team's own."""

SLOWEST_FIRST = ("checkov", "cfn-lint", "policies")
"""In which order judges are started, by how long they take until their first answer (1.8, 1.7 and 0.3 s)."""


def open_judge(seat: Seat, root: Path) -> Judge:
    """The judge that `seat` names; not one without a process."""
    # ruff: noqa: PLC0415 - the modules behind these lines take 0.05 s, and what they start takes seconds
    match seat.judge:
        case "cfn-lint":
            from skafu.adapters.cfn_lint import open_cfn_lint

            return open_cfn_lint(seat)
        case "checkov":
            from skafu.adapters.checkov import open_checkov

            return open_checkov(seat)
        case "policies":
            from skafu.validate.policies import open_policies

            return open_policies(seat, root)
        case _:
            raise AssertionError(seat.judge)  # the schema of a seat allows no other
