"""Plans as JSON, for other programs: everything a plan states but its secrets, and the findings as in the report."""

from __future__ import annotations

import json
from collections.abc import Sequence

from skafu.model.change import Plan
from skafu.model.plan_json import plan_to_json
from skafu.model.report import Report
from skafu.model.verdict import Decided
from skafu.render import json_report
from skafu.render.formats import Sources
from skafu.render.plan import words
from skafu.render.plan.conceal import concealed
from skafu.render.safe import as_json


def render(plans: Sequence[Plan], decided: Sequence[Decided], sources: Sources) -> str:
    """The plans in their order, the findings by place, and the totals as a person reads them."""
    shown = [concealed(plan) for plan in plans]
    report = Report({}, "", (), (), (), tuple(decided), ())
    findings = json.loads(json_report.render(report, sources))["findings"]
    return as_json(
        {
            "schema": 1,
            "plans": [{**plan_to_json(plan), "summary": words.headline(plan)} for plan in shown],
            "findings": findings,
            "totals": words.totals(shown),
        }
    )
