"""What every format says about a report, worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from skafu.model.finding import Finding, NotEvaluated, Severity
from skafu.model.report import Report, ReportedOutcome, ReportedStack
from skafu.model.verdict import Decided, Decision, WaiverWarning


def decided_as(report: Report, decision: Decision) -> list[Decided]:
    """The findings with this decision, worst first, then by place."""
    return sorted((decided for decided in report.findings if decided.decision is decision), key=_worst_first)


def _worst_first(decided: Decided) -> tuple[object, ...]:
    return decided.finding.severity.rank, by_place(decided)


def by_place(decided: Decided) -> tuple[object, ...]:
    """A key that sorts findings by where they stand; the same findings always come out the same way."""
    finding = decided.finding
    return (
        finding.location,
        finding.rule,
        finding.tool,
        finding.message,
        finding.fingerprint,
        finding.path,
        finding.stacks,
        (finding.title, finding.help, finding.logical_id, finding.controls, finding.severity.rank),
        (decided.decision.value, decided.waiver),
    )


def environments(finding: Finding) -> list[str]:
    """The environments of the stacks that have the finding, sorted, each once."""
    return sorted({stack.environment for stack in finding.stacks})


def regional(report: Report) -> set[str]:
    """The environments whose stacks go to more than one region."""
    regions: dict[str, set[str]] = {}
    for stack in report.stacks:
        regions.setdefault(stack.environment, set()).add(stack.region)
    return {environment for environment, found in regions.items() if len(found) > 1}


def with_status(report: Report, status: str) -> list[ReportedOutcome]:
    """The validators that ended so: `ran`, `errored` (could not do their work) or `not_applicable`."""
    return sorted(
        (outcome for outcome in report.outcomes if outcome.status == status),
        key=lambda outcome: (outcome.validator, outcome.reason),
    )


def blocked_stacks(report: Report) -> list[ReportedStack]:
    """The stacks that may not be deployed, by id."""
    return sorted((stack for stack in report.stacks if stack.gate != "approved"), key=lambda stack: stack.id)


def severities(findings: Iterable[Decided]) -> Counter[Severity]:
    """How many findings there are of each severity."""
    return Counter(decided.finding.severity for decided in findings)


def unanswered(not_evaluated: Iterable[NotEvaluated]) -> list[tuple[str, int]]:
    """Rule -> how often it could not be answered, the most frequent first."""
    counts = Counter(entry.rule for entry in not_evaluated)
    return sorted(counts.items(), key=lambda count: (-count[1], count[0]))


def warnings(report: Report) -> list[WaiverWarning]:
    """What is not right about waivers, by where they are registered."""
    found = report.review.warnings if report.review else ()
    return sorted(found, key=lambda one: (one.location, one.waiver, one.kind, one.message))


def tools(report: Report) -> str:
    """`skafu 0.1.0, cfn-lint 1.58.0`, skafu first."""
    names = sorted(report.tool, key=lambda name: (name != "skafu", name))
    return ", ".join(f"{name} {report.tool[name]}" for name in names)


def count(number: int, one: str, many: str = "") -> str:
    """`1 stack`, `2 stacks`, `1 finding blocks` (give `many` where an `s` is not the plural)."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def is_link(text: str) -> bool:
    """Whether a help text is nothing but an address to read at."""
    return text.startswith(("https://", "http://")) and not any(char.isspace() for char in text)


def verdict(report: Report) -> str:
    """What stands behind APPROVED or BLOCKED: `3 of 23 stacks: 2 findings block, 1 judge failed`."""
    stacks = count(len(report.stacks), "stack")
    if report.gate == "approved":
        return stacks
    blocked = len(blocked_stacks(report))
    scope = f"{blocked:,} of {stacks}" if blocked else f"the run, though none of its {stacks} alone"
    return f"{scope if report.stacks else 'no stack was judged'}: {_causes(report)}"


def _causes(report: Report) -> str:
    blocking = len(decided_as(report, Decision.BLOCKING))
    failed = len({outcome.validator for outcome in with_status(report, "errored")})
    causes = [
        count(blocking, "finding blocks", "findings block") if blocking else "",
        count(failed, "judge") + " failed" if failed else "",
    ]
    # A run without findings or failures is blocked for a reason of its own: nothing to judge, say.
    return ", ".join(filter(None, causes)) or "; ".join(report.reasons[:1]) or "no reason was recorded"
