"""What a reviewer may want to know besides: failed judges, counts, waivers, open questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from skafu.model.finding import Severity
from skafu.model.verdict import Decided, Decision
from skafu.render import facts
from skafu.render.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skafu.model.report import Report
    from skafu.render.console.ink import Ink

_LISTED = 20  # waivers or failed judges listed
_RULES = 5  # rules named for the open questions
_TEXT = 600  # characters of a reason
_INDENT = 2


def failures(report: Report, ink: Ink) -> Iterator[Text]:
    """The judges that could not do their work, each with its reason."""
    errored = facts.with_status(report, "errored")
    if not errored:
        return
    yield Text()
    number = len({outcome.validator for outcome in errored})
    yield ink.text(facts.count(number, "judge") + " failed, which is never a pass", "bold red")
    for outcome in errored[:_LISTED]:
        label = ink.line(ink.text("✗ ", "bold red"), ink.text(outcome.validator, "bold"), "  ")
        yield ink.hanging(label, one_line(outcome.reason, _TEXT), indent=_INDENT)
    yield from _rest(len(errored) - _LISTED, "failure", ink)


def tally(report: Report, ink: Ink) -> Iterator[Text | Table]:
    """Counts by severity and decision, what is waived by what, what is wrong with waivers, and what could not be answered."""
    if report.findings:
        yield Text()
        yield _counts(report, ink)
    elif report.stacks:
        yield Text()
        yield ink.text("No findings.")
    yield from _waived(report, ink)
    for outcome in facts.with_status(report, "not_applicable"):
        yield ink.hanging(
            f"{outcome.validator} does not apply: ", one_line(outcome.reason, _TEXT), indent=_INDENT
        )
    yield from _warnings(report, ink)
    yield from _unlisted(report, ink)


def _warnings(report: Report, ink: Ink) -> Iterator[Text]:
    warnings = facts.warnings(report)
    for one in warnings[:_LISTED]:
        label = ink.line(ink.text("waiver", "yellow"), f" {one.waiver} ")
        place = f"{one.location.file}:{one.location.line}"
        yield ink.hanging(label, f"{one_line(one.message, _TEXT)} ({place})", indent=_INDENT)
    yield from _rest(len(warnings) - _LISTED, "warning", ink)


def _unlisted(report: Report, ink: Ink) -> Iterator[Text]:
    advisory = len(facts.decided_as(report, Decision.ADVISORY))
    unanswered = facts.unanswered(report.not_evaluated)
    number = len(report.not_evaluated)
    if unanswered:
        rules = [rule for rule, _ in unanswered[:_RULES]] + ["..."] * (len(unanswered) > _RULES)
        why = f"{', '.join(rules)} (a value is known only after deployment)"
        yield ink.hanging("", f"{number:,} not evaluated: {why}", indent=_INDENT)
    whats = [
        facts.count(advisory, "advisory finding") if advisory else "",
        f"{number:,} not evaluated" if number else "",
    ]
    if any(whats):
        hint = f"lists {' and '.join(filter(None, whats))}"
        yield ink.hanging(ink.line(ink.text("--format json", "bold"), " "), hint, indent=_INDENT)


def _counts(report: Report, ink: Ink) -> Table:
    table = Table(box=None, padding=(0, 0, 0, _INDENT), pad_edge=True, header_style="dim")
    table.add_column("")
    columns = [facts.severities(facts.decided_as(report, decision)) for decision in Decision]
    for decision in Decision:
        table.add_column(decision.value, justify="right")
    for severity in Severity:
        numbers = [column[severity] for column in columns]
        if any(numbers):
            cells = (ink.text(f"{number:,}", "" if number else "dim") for number in numbers)
            table.add_row(ink.text(severity.value), *cells)
    return table


def _waived(report: Report, ink: Ink) -> Iterator[Text]:
    waivers: dict[str, list[Decided]] = {}
    for decided in facts.decided_as(report, Decision.WAIVED):
        waivers.setdefault(decided.waiver, []).append(decided)
    for waiver in sorted(waivers)[:_LISTED]:
        first, *others = waivers[waiver]
        places = f"{first.finding.rule} at {first.finding.location.file}:{first.finding.location.line}"
        more = f" and {len(others):,} more" if others else ""
        yield ink.hanging("", f"waived by {waiver}: {places}{more}", indent=_INDENT)
    yield from _rest(len(waivers) - _LISTED, "waiver", ink)


def _rest(number: int, what: str, ink: Ink) -> Iterator[Text]:
    if number > 0:
        yield ink.text(f"{' ' * _INDENT}+ {facts.count(number, 'more ' + what)}", "dim")
