"""cfn-lint as a judge of effective templates."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from skafu.adapters.confined import ConfinedWorker
from skafu.adapters.statement import Rulings, Statement, finding, order, rulings, without_suppressions
from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError
from skafu.model.estate import Seat, Stack
from skafu.model.finding import Errored, Outcome, Ran, Severity
from skafu.model.judge import Judge

TOOL = "cfn-lint"

SEVERITIES = {"E": Severity.HIGH, "W": Severity.LOW, "I": Severity.INFO}
"""By the first letter of the rule: error, warning, informational."""

CAUSED_BY_RENDERING: Mapping[str, str] = {
    "W2001": "a parameter is not used any more once its value stands in its place",
    "W4001": "the console's grouping of parameters stays when the parameters are gone",
    "W7001": "a mapping is not used any more once Fn::FindInMap has been answered",
    "W8001": "a condition is not used any more once Fn::If has been answered",
    "W8003": "a condition over known values always comes out the same in one environment",
}
"""Rules that say something about the effective template which nobody wrote, and why they say it."""

CAUSED_BY_RESOLVING: Mapping[str, str] = {
    "E1029": "the text that Fn::Sub makes of ${!Literal} looks like a reference somebody forgot to substitute",
}
"""The same, but only where the value was computed: where somebody wrote it, the rule is right."""


def open_cfn_lint(seat: Seat) -> Judge:
    """cfn-lint in its seat. Its process starts with the first stack.

    Raises:
        InputError: the seat names a severity that does not exist.
    """
    return _CfnLint(rulings(seat), ConfinedWorker(sys.executable, "cfn_lint_child.py"), seat.time_limit)


class _CfnLint:
    def __init__(self, said: Rulings, worker: Worker, time_limit: float) -> None:
        self._said = said
        self._worker = worker
        self._time_limit = time_limit

    @property
    def versions(self) -> Mapping[str, str]:
        return {TOOL: version(TOOL)}

    def judge(self, stack: Stack) -> Outcome:
        template = without_suppressions(stack.template.plain())
        request = {"template": template, "region": stack.id.region}
        try:
            answer = self._worker.ask(request, self._time_limit)
            matches = [_statement(match) for match in answer["matches"]]
            failures = [str(message) for message in answer["failures"]]
        except JudgeError as error:
            return Errored(f"cfn-lint could not judge {stack.id}: {error.message}")
        except (KeyError, TypeError, ValueError) as error:
            return Errored(f"cfn-lint gave an answer about {stack.id} that cannot be read: {error!r}")
        kept = [
            match for match in matches if match.rule not in self._said.muted and not _rendered(match, stack)
        ]
        findings = tuple(sorted({finding(match, TOOL, stack, self._said) for match in kept}, key=order))
        if failures:
            return Errored(
                f"A rule of cfn-lint failed on {stack.id}: {' '.join(failures[0].split())}", findings
            )
        return Ran(findings)

    def close(self) -> None:
        self._worker.close()


def _statement(match: Mapping[str, Any]) -> Statement:
    rule = str(match["rule"])
    return Statement(
        rule=rule,
        title=str(match["title"]),
        message=str(match["message"]),
        help=str(match["help"]),
        path=tuple(match["path"]),
        # An id of a kind that does not exist yet is taken for an error.
        severity=SEVERITIES.get(rule[:1], Severity.HIGH),
    )


def _rendered(match: Statement, stack: Stack) -> bool:
    """Whether the match is about our rendering rather than about what somebody wrote."""
    if match.rule in CAUSED_BY_RESOLVING:
        return bool(stack.template.nearest(match.path).steps)
    return match.rule in CAUSED_BY_RENDERING
