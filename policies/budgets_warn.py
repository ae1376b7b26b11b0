"""Every budget warns before it is used up, when it is, and somebody reads it.

A budget stops nothing: it is as good as its notifications. One at 100 percent comes when the money is gone,
and one without subscribers never. So each budget has at least two, the first below 100 percent of what was
spent, and each has somebody to tell.

Give the budget `NotificationsWithSubscribers` with `ACTUAL` at 80 percent and at 100 percent, say, and
subscribers.

Source: the deployment architecture, "Implement budget alerts" of "Monitoring_and_Alerts".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, as_list, policy

AT = "NotificationsWithSubscribers"

FEWEST = 2


@policy(severity="low", resources=["AWS::Budgets::Budget"])
def check(budget: Resource) -> Iterator[Violation]:
    """Two thresholds, one of them early, and a reader for each."""
    places = [f"{AT}[{index}]" for index in range(len(as_list(budget.get(AT))))]
    warnings = {_warning(budget, place) for place in places}
    if len(warnings) < FEWEST:
        yield budget.violation(
            f"The budget has {len(warnings)} thresholds, not {FEWEST} or more.",
            at=AT,
            fix="Add notifications at 80 and at 100 percent.",
        )
    elif not any(kind == "ACTUAL" and early for kind, _, early in warnings):
        yield budget.violation(
            "The first warning comes when the money is spent.", at=AT, fix="Add one for ACTUAL at 80 percent."
        )
    for place in places:
        if not as_list(budget.get(f"{place}.Subscribers")):
            yield budget.violation(
                "Nobody is told.", at=f"{place}.Subscribers", fix="Add a topic or an e-mail address."
            )


def _warning(budget: Resource, place: str) -> tuple[str, float, bool]:
    """Kind and threshold of a notification, and whether it comes before all is spent."""
    at = f"{place}.Notification"
    threshold = budget.number(f"{at}.Threshold") or 0
    absolute = budget.get(f"{at}.ThresholdType", "PERCENTAGE") == "ABSOLUTE_VALUE"
    whole = (budget.number("Budget.BudgetLimit.Amount") or 0) if absolute else 100
    return budget.get(f"{at}.NotificationType", ""), threshold, 0 < threshold < whole
