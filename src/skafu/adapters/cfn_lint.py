"""cfn-lint as a judge of effective templates, and once of each source for what only the source shows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
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

CAUSED_BY_SAM: Mapping[str, str] = {
    "W3037": "SAM's policy templates allow actions that IAM does not have (issue 3731 of serverless-application-model)",
}
"""The same, but only where the text that cfn-lint quotes stands nowhere in the source: then SAM wrote it."""

SEEN_IN_SOURCE: Mapping[str, str] = {
    "W1011": "the value of the parameter stands where a secret was taken from a parameter",
    "W1019": "Fn::Sub has been answered, the variables nobody used included",
    "W1020": "Fn::Sub has been answered, where it was not needed, too",
    "W1028": "Fn::If has been answered, and the branch that is never taken is gone",
    "W3001": "SAM has left out the attribute that it ignores",
    "W6001": "a value that another stack exports may be known, and stands in place of Fn::ImportValue",
}
"""Rules about resources and outputs that the source alone is asked, and why the effective template cannot tell."""

FUNCTIONS = "E10"
"""How the ids of the rules about functions start."""

SOURCE_ONLY = {"Parameters", "Mappings", "Conditions", "Rules", "Metadata", "Globals", "Transform"}
"""Sections that the effective template no longer has: what is wrong in them only the source shows."""

JUDGED = {"Resources", "Outputs"}
"""Sections of which the effective template shows what conditions have left."""


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
        told = {(one.rule, one.path[:2]) for one in source.statements if _section(one) in SOURCE_ONLY}
        placed = [
            (one, stack)
            for one in effective.statements
            if not _rendered(one, stack) and (one.rule, one.path[:2]) not in told
        ]
        placed += [(one, written) for one in source.statements if _only_written(one, stack, effective)]
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


def _only_written(match: Statement, stack: Stack, effective: _Said) -> bool:
    """Whether only the template as written shows it."""
    section = _section(match)
    if section in SOURCE_ONLY or match.rule in SEEN_IN_SOURCE:
        return True
    return section in JUDGED and match.rule.startswith(FUNCTIONS) and _gone(match, stack, effective)


def _section(match: Statement) -> str | int:
    return match.path[0] if match.path else ""


def _gone(match: Statement, stack: Stack, effective: _Said) -> bool:
    """Whether a condition removed the function that is wrong. CloudFormation reads it all the same, and refuses it."""
    place = match.path[:2]
    if stack.source.get("Transform") is not None or stack.source.get(*place) is None:
        return False  # a transform decides what there is; cfn-lint can only guess at it
    if stack.template.get(*place) is None:
        return True
    if "Fn::If" not in match.path:
        return False
    value = match.path[: match.path.index("Fn::If")]
    return all(one.rule != match.rule or one.path[: len(value)] != value for one in effective.statements)


def _rendered(match: Statement, stack: Stack) -> bool:
    """Whether the match is about our rendering rather than about what somebody wrote, or the source tells it."""
    if match.rule in CAUSED_BY_RESOLVING:
        return bool(stack.template.nearest(match.path).steps)
    if match.rule in CAUSED_BY_SAM:
        quoted = match.message.split("'")[1:2]
        return bool(quoted) and not any(quoted[0] in text for text in _texts(stack.source))
    return match.rule in CAUSED_BY_RENDERING or match.rule in SEEN_IN_SOURCE


def _texts(template: Node) -> Iterator[str]:
    return (node.value.lower() for _, node in template.walk() if isinstance(node.value, str))
