"""cfn-lint and Checkov exactly as their own command lines: for comparison, and for moving over from them.

Nothing is resolved and nothing is confined: they run in the caller's folder, with its configuration files,
its environment and the suppressions inside the template. Only what they pass over in silence is told.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from skafu.adapters import cfn_lint, checkov
from skafu.adapters.checkov_environment import NotReady, status
from skafu.adapters.confined import CHILDREN
from skafu.adapters.statement import logical_id, order
from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError
from skafu.model.estate import Stack
from skafu.model.finding import Errored, Finding, NotApplicable, Outcome, Ran, Severity
from skafu.model.judge import Judge
from skafu.model.place import Location, dotted

NOT_HANDED_ON = ("BC_API_KEY", "PRISMA_API_URL")
"""A key would make Checkov send the template to its platform. skafu judges without a network."""

UNREADABLE = "E0000"
"""cfn-lint's rule for a file that it cannot read as a template."""


def cfn_lint_as_written(folder: Path, time_limit: float) -> Judge:
    """`cfn-lint FILE`, run in `folder`, with at most `time_limit` seconds for each file."""

    def start() -> Worker:
        return _worker(sys.executable, "cfn_lint_as_written_child.py", folder)

    def severity(rule: str) -> Severity:
        return cfn_lint.SEVERITIES.get(rule[:1], Severity.HIGH)

    return _AsWritten(cfn_lint.TOOL, lambda: version(cfn_lint.TOOL), start, severity, time_limit)


def checkov_as_written(folder: Path, time_limit: float) -> Judge:
    """`checkov --file FILE`, run in `folder`, with at most `time_limit` seconds for each file."""
    table = checkov.severities()

    def installed() -> str:
        found = status()
        return "" if isinstance(found, NotReady) else found.version

    def start() -> Worker:
        found = status()
        if isinstance(found, NotReady):
            raise JudgeError(found.reason, hint=found.remedy)
        return _worker(str(found.python), "checkov_as_written_child.py", folder, **checkov.SETTINGS)

    def severity(rule: str) -> Severity:
        return checkov.severity_of(rule, table)

    return _AsWritten(checkov.TOOL, installed, start, severity, time_limit)


class _AsWritten:
    """A judge of the file that a stack's definition names; of the stack itself it looks at nothing."""

    def __init__(
        self,
        tool: str,
        installed: Callable[[], str],
        start: Callable[[], Worker],
        severity: Callable[[str], Severity],
        time_limit: float,
    ) -> None:
        self._tool = tool
        self._installed = installed
        self._start = start
        self._severity = severity
        self._time_limit = time_limit
        self._worker: Worker | None = None

    @property
    def versions(self) -> Mapping[str, str]:
        found = self._installed()
        return {self._tool: found} if found else {}

    def judge(self, stack: Stack) -> Outcome:
        file = stack.definition.template
        try:
            if self._worker is None:
                self._worker = self._start()
            answer = self._worker.ask({"question": "as-written", "file": file}, self._time_limit)
            findings = tuple(sorted((self._finding(one, stack) for one in answer["said"]), key=_order))
            undone = [str(one) for one in answer["undone"]]
            passed_over = str(answer["passed_over"])
        except JudgeError as error:
            return Errored(f"{self._tool} could not judge {file}: {error}")
        except (KeyError, TypeError, ValueError) as error:
            return Errored(f"{self._tool} gave an answer about {file} that cannot be read: {error!r}")
        if undone:
            told = "; ".join(" ".join(reason.split()) for reason in dict.fromkeys(undone))
            return Errored(f"{self._tool} did not judge all of {file}: {told}", findings)
        if passed_over:
            return NotApplicable(f"{self._tool} passes over {file}: {passed_over}.")
        return Ran(findings)

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _finding(self, said: Mapping[str, Any], stack: Stack) -> Finding:
        rule = str(said["rule"])
        path = tuple(said["path"])
        return Finding(
            rule=rule,
            tool=self._tool,
            severity=self._severity(rule),
            title=str(said["title"]),
            message=str(said["message"]),
            location=Location(str(said["file"]) or stack.definition.template, said["line"], said["column"]),
            stacks=(stack.id,),
            logical_id=logical_id(path),
            path=dotted(path),
            help=str(said["help"]),
            bad_input=rule == UNREADABLE and self._tool == cfn_lint.TOOL,
        )


def _worker(python: str, script: str, folder: Path, **settings: str) -> Worker:
    environment = {name: value for name, value in os.environ.items() if name not in NOT_HANDED_ON}
    # The same strings hash alike in every run, so that nothing the judge iterates over moves.
    environment.update(settings, PYTHONHASHSEED="0")
    return Worker([python, str(CHILDREN / script)], env=environment, cwd=folder)


def _order(one: Finding) -> tuple[Location, tuple[str, str, str, str]]:
    return one.location, order(one)
