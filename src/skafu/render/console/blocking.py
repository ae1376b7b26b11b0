"""The findings that block: each with its place, its source, why and how to fix it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from skafu.model.verdict import Decision
from skafu.render import facts
from skafu.render.console.excerpt import excerpt
from skafu.render.console.ink import STYLES
from skafu.render.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from skafu.model.finding import Finding
    from skafu.model.report import Report
    from skafu.render.console.ink import Ink
    from skafu.render.formats import Sources

WHOLE = 20
"""Findings shown in full; the rest is listed by rule."""
_PLACES = 10  # places listed for one rule
_TEXT = 600  # characters of a message or a help text
_INDENT = 2


def blocking(report: Report, sources: Sources, ink: Ink) -> Iterator[Text]:
    """The findings that block, worst first."""
    findings = [decided.finding for decided in facts.decided_as(report, Decision.BLOCKING)]
    if not findings:
        return
    yield Text()
    yield ink.text(facts.count(len(findings), "finding blocks", "findings block"), "bold red")
    several = facts.regional(report)
    for finding in findings[:WHOLE]:
        yield Text()
        yield from _whole(finding, sources, several, ink)
    if findings[WHOLE:]:
        yield Text()
        yield from _by_rule(findings[WHOLE:], ink)


def _whole(finding: Finding, sources: Sources, several: set[str], ink: Ink) -> Iterator[Text]:
    severity = ink.text(finding.severity.value.upper(), STYLES[finding.severity])
    title = one_line(finding.title, _TEXT)
    rule = ink.line(ink.text(finding.rule, "bold"), f" · {title}" if title else "")
    yield ink.hanging(ink.line(severity, "  "), rule)
    yield ink.line(" " * _INDENT, ink.text(str(finding.location), "cyan"))
    yield from excerpt(finding.location, sources(finding.location.file), ink, indent=2 * _INDENT)
    yield _labelled("why", finding.message, ink)
    if finding.help:
        yield _labelled("fix", finding.help, ink)
    yield _labelled("in", _where(finding, several), ink)
    if finding.controls:
        yield _labelled("for", ", ".join(sorted(finding.controls)), ink)


def _labelled(label: str, text: str, ink: Ink) -> Text:
    return ink.hanging(ink.text(f"{label:<5}", "dim"), one_line(text, _TEXT), indent=_INDENT)


def _where(finding: Finding, several: set[str]) -> str:
    """`api in development, production; database in staging`."""
    by_name = sorted(set(finding.stacks), key=lambda stack: (stack.name, stack))
    parts = []
    for name, stacks in groupby(by_name, key=lambda stack: stack.name):
        places = [
            f"{stack.environment}/{stack.region}" if stack.environment in several else stack.environment
            for stack in stacks
        ]
        parts.append(f"{name} in {', '.join(places)}")
    return "; ".join(parts) or "the declaration itself, before any stack"


def _by_rule(findings: Iterable[Finding], ink: Ink) -> Iterator[Text]:
    rules: dict[str, list[Finding]] = {}
    for finding in findings:
        rules.setdefault(finding.rule, []).append(finding)
    for rule, found in rules.items():
        places = list(dict.fromkeys(f"{at.location.file}:{at.location.line}" for at in found))
        hidden = len(places) - _PLACES
        listed = places[:_PLACES] + ([f"{hidden} other places"] if hidden > 0 else [])
        head = ink.line(f"{len(found)} more of ", ink.text(rule, STYLES[found[0].severity]), ": ")
        yield ink.hanging("+ ", head + ink.text(", ".join(listed)), indent=_INDENT)
