"""Backup plans run at least weekly, and what they make is kept 90 days.

Point-in-time recovery ends after 35 days, and with its table. The weekly backup is what is left of a table
that was deleted, or of a mistake that was found in the next quarter; a plan that runs monthly, or keeps for a
month, has no answer then.

Give every rule of the plan a `ScheduleExpression` that comes every week or more often, and
`Lifecycle.DeleteAfterDays` of 90.

Source: the deployment architecture, "on_demand_backups" of "Backup Strategy".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

KEPT = 90
"""Days."""

RULES = "BackupPlan.BackupPlanRule"

_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_RATE = re.compile(r"rate\((\d+) (hour|day)s?\)")

_WEEK = {"hour": 24 * 7, "day": 7}


@policy(severity="high", resources=["AWS::Backup::BackupPlan"], controls=["soc2:A1.2", "gdpr:art-32"])
def check(plan: Resource) -> Iterator[Violation | Unknown]:
    """Each rule comes weekly, and keeps."""
    rules = [f"{RULES}[{index}]" for index in range(len(as_list(plan.get(RULES))))]
    if not rules:
        yield plan.violation("The plan makes no backups.", at=RULES, fix="Add a rule.")
    for rule in rules:
        schedule = plan.get(f"{rule}.ScheduleExpression", "")
        if isinstance(schedule, Unknown):
            yield schedule
        elif not _is_weekly(schedule):
            yield plan.violation(
                f"The schedule {schedule} does not come every week." if schedule else "There is no schedule.",
                at=f"{rule}.ScheduleExpression",
                fix="Set it to cron(0 3 ? * SUN *), say.",
            )
        kept = plan.get(f"{rule}.Lifecycle.DeleteAfterDays")
        if isinstance(kept, Unknown):
            yield kept
        elif plan.number(f"{rule}.Lifecycle.DeleteAfterDays") != KEPT:
            yield plan.violation(
                f"Backups are kept {'for ever' if kept is None else f'{kept} days'}, not {KEPT} days.",
                at=f"{rule}.Lifecycle.DeleteAfterDays",
                fix=f"Set it to {KEPT}.",
            )


def _is_weekly(schedule: str) -> bool:
    """Whether no month, and no week of a month, is left out."""
    rate = _RATE.fullmatch(schedule)
    if rate:
        return int(rate[1]) <= _WEEK[rate[2]]
    cron = _CRON.fullmatch(schedule)
    if not cron:
        return False
    _, _, day, month, weekday, year = cron.groups()
    every_week = weekday not in ("*", "?") and "#" not in weekday and "L" not in weekday
    every_day = day in ("*", "?", "*/1", "1/1") and weekday in ("*", "?")
    return month == "*" and year == "*" and (every_day or (day == "?" and every_week))
