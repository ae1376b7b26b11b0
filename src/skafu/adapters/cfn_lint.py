"""cfn-lint as a judge of effective templates, and once of each source for what only the source shows."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from skafu.adapters.confined import ConfinedWorker
from skafu.adapters.statement import Rulings, Statement, finding, order, rulings, without_suppressions
from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError
from skafu.model.estate import Seat, Stack
from skafu.model.finding import Errored, Outcome, Ran, Severity
from skafu.model.judge import Judge
from skafu.model.node import Node

TOOL = "cfn-lint"

SEVERITIES = {"E": Severity.HIGH, "W": Severity.LOW, "I": Severity.INFO}
"""By the first letter of the rule: error, warning, informational."""

CAUSED_BY_RENDERING: Mapping[str, str] = {
    "W2001": "a parameter is not used any more once its value stands in its place",
    "W3002": "skafu packages local code itself, and puts the digest of it in place of the path",
    "W4001": "the console's grouping of parameters stays when the parameters are gone",
    "W7001": "a mapping is not used any more once Fn::FindInMap has been answered",
    "W8001": "a condition is not used any more once Fn::If has been answered",
    "W8003": "a condition over known values always comes out the same in one environment",
}
"""Rules that say something about the effective template which nobody wrote, and why they say it."""

CAUSED_BY_RESOLVING: Mapping[str, str] = {
    "E1029": "the text that Fn::Sub makes of ${!Literal} looks like a reference somebody forgot to substitute",
    "W3010": "a zone that came through a parameter is not written into the template",
}
"""The same, but only where the value was computed: where somebody wrote it, the rule is right."""


SOURCE_ONLY = {"Parameters", "Mappings", "Conditions", "Rules", "Metadata", "Globals", "Transform"}
"""Sections that the effective template no longer has: what is wrong in them only the source shows."""


def open_cfn_lint(seat: Seat) -> Judge:
    """cfn-lint in its seat. Its process starts with the first stack.

    Raises:
        InputError: the seat names a severity that does not exist.
    """
    return _CfnLint(rulings(seat), ConfinedWorker(sys.executable, "cfn_lint_child.py"), seat.time_limit)


@dataclass(frozen=True, slots=True)
class _Said:
    """What cfn-lint says about one template, and which of its own rules failed on it."""

    statements: tuple[Statement, ...]
    failures: tuple[str, ...]


class _CfnLint:
    def __init__(self, said: Rulings, worker: Worker, time_limit: float) -> None:
        self._said = said
        self._worker = worker
        self._time_limit = time_limit
        self._sources: dict[tuple[int, str], tuple[Node, _Said]] = {}

    @property
    def versions(self) -> Mapping[str, str]:
        return {TOOL: version(TOOL)}

    def judge(self, stack: Stack) -> Outcome:
        try:
            effective = self._lint(stack.template, stack.id.region)
            source = effective if _as_written(stack) else self._lint_source(stack)
        except JudgeError as error:
            return Errored(f"cfn-lint could not judge {stack.id}: {error.message}")
        except (KeyError, TypeError, ValueError) as error:
            return Errored(f"cfn-lint gave an answer about {stack.id} that cannot be read: {error!r}")
        written = replace(stack, template=stack.source)
        placed = [(one, stack) for one in effective.statements if not _rendered(one, stack)]
        placed += [(one, written) for one in source.statements if _only_written(one)]
        kept = {finding(one, TOOL, at, self._said) for one, at in placed if one.rule not in self._said.muted}
        findings = tuple(sorted(kept, key=order))
        failures = (*effective.failures, *source.failures)
        if failures:
            return Errored(
                f"A rule of cfn-lint failed on {stack.id}: {' '.join(failures[0].split())}", findings
            )
        return Ran(findings)

    def close(self) -> None:
        self._worker.close()

    def _lint(self, template: Node, region: str) -> _Said:
        return self._ask({"question": "effective", "template": _sendable(template), "region": region})

    def _lint_source(self, stack: Stack) -> _Said:
        """The template as written: one tree for every environment, so it is asked about once."""
        key = (id(stack.source), stack.id.region)
        if key not in self._sources:
            request = {"question": "source", "template": _sendable(stack.source), "region": stack.id.region}
            # The tree is kept beside the answer, so that nothing else can get its id.
            self._sources[key] = (stack.source, self._ask(request))
        return self._sources[key][1]

    def _ask(self, request: Mapping[str, Any]) -> _Said:
        answer = self._worker.ask(request, self._time_limit)
        return _Said(
            tuple(_statement(match) for match in answer["matches"]),
            tuple(str(message) for message in answer["failures"]),
        )


def _sendable(template: Node) -> Any:
    return without_suppressions(template.plain())


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


def _as_written(stack: Stack) -> bool:
    """Whether there was nothing to resolve, as in two public templates of five: then one answer is both."""
    source, effective = (json.dumps(tree.plain(), default=repr) for tree in (stack.source, stack.template))
    return source == effective


def _only_written(match: Statement) -> bool:
    """Whether only the template as written shows it."""
    return bool(match.path) and match.path[0] in SOURCE_ONLY


def _rendered(match: Statement, stack: Stack) -> bool:
    """Whether the match is about our rendering rather than about what somebody wrote."""
    if match.rule in CAUSED_BY_RESOLVING:
        return bool(stack.template.nearest(match.path).steps)
    return match.rule in CAUSED_BY_RENDERING
