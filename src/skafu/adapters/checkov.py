"""Checkov as a judge of effective templates."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from skafu.adapters.checkov_environment import REMEDY, NotReady, status
from skafu.adapters.checkov_unknowns import Doubt, Record, Retrial, decide, filled, place
from skafu.adapters.confined import ConfinedWorker
from skafu.adapters.statement import Rulings, Statement, finding, order, rulings, without_suppressions
from skafu.model.errors import JudgeError
from skafu.model.estate import Seat, Stack
from skafu.model.finding import Errored, NotApplicable, NotEvaluated, Outcome, Ran, Severity
from skafu.model.judge import Judge
from skafu.model.node import Node, Scalar
from skafu.model.place import dotted

TOOL = "checkov"

SEVERITIES_FILE = Path(__file__).with_name("checkov_severities.yaml")

UNLISTED = Severity.MEDIUM
"""The severity of a check that our table does not know yet."""

SECRETS = "CKV_SECRET_"
"""What the ids of Checkov's scanner for secrets begin with; a secret in plain text is critical."""

SETTINGS = {
    # Without these it asks its platform for names of checks and the package index for a newer version.
    "BC_SKIP_MAPPING": "TRUE",
    "CKV_SKIP_PACKAGE_UPDATE_CHECK": "TRUE",
    "CHECKOV_PARALLELIZATION_TYPE": "none",
    "LOG_LEVEL": "CRITICAL",
}


def open_checkov(seat: Seat) -> Judge:
    """Checkov in its seat. Its process starts with the first stack.

    Raises:
        InputError: the seat names a severity that does not exist.
    """
    return _Checkov(rulings(seat), severities(), seat.time_limit)


def severities() -> Mapping[str, Severity]:
    """Our own severity of each check for CloudFormation; Checkov keeps its own behind a login."""
    table = yaml.safe_load(SEVERITIES_FILE.read_text(encoding="utf-8"))
    return {check: Severity(name) for check, name in table.items()}


def severity_of(check: str, table: Mapping[str, Severity]) -> Severity:
    """The severity of a check: as the table says, or by the rule for what is not in it."""
    return table.get(check, Severity.CRITICAL if check.startswith(SECRETS) else UNLISTED)


class _Checkov:
    def __init__(self, said: Rulings, table: Mapping[str, Severity], time_limit: float) -> None:
        self._said = said
        self._table = table
        self._time_limit = time_limit
        self._worker: ConfinedWorker | None = None

    @property
    def versions(self) -> Mapping[str, str]:
        found = status()
        return {} if isinstance(found, NotReady) else {TOOL: found.version}

    def judge(self, stack: Stack) -> Outcome:
        resources = stack.template.get("Resources")
        if resources is None or not isinstance(resources.value, Mapping):
            return Errored(f"Checkov could not judge {stack.id}: its template has no mapping of Resources.")
        if not resources.members:
            return NotApplicable("The template has no resources.")
        untyped = [name for name, one in resources.members.items() if _is_untyped(one)]
        if untyped:
            return Errored(
                f"Checkov could not judge {stack.id}: the Type of {', '.join(untyped)} is not a text."
            )
        try:
            return self._judge(stack, self._started())
        except JudgeError as error:
            return Errored(f"Checkov could not judge {stack.id}: {error}")
        except (KeyError, TypeError, ValueError) as error:
            return Errored(f"Checkov gave an answer about {stack.id} that cannot be read: {error!r}")

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _started(self) -> ConfinedWorker:
        if self._worker is None:
            found = status()
            if isinstance(found, NotReady):
                raise JudgeError(found.reason, hint=found.remedy)
            self._worker = ConfinedWorker(str(found.python), "checkov_child.py", **SETTINGS)
        try:
            _ = self._worker.hello
        except JudgeError as error:
            raise JudgeError(f"Its environment is broken: {error.message}.", hint=REMEDY) from error
        return self._worker

    def _judge(self, stack: Stack, worker: ConfinedWorker) -> Outcome:
        deadline = time.monotonic() + self._time_limit

        def scan(template: Any) -> dict[str, Any]:
            request = {"question": "scan", "template": _sendable(template)}
            return worker.ask(request, max(deadline - time.monotonic(), 0.0))

        def retry(placeholder: Scalar) -> Retrial:
            answer = scan(filled(stack.template, placeholder))
            failed = frozenset(record.case for record in _records(answer["failed"]))
            return Retrial(failed, frozenset(record.case for record in _unanswered(answer) if record.gave_up))

        answer = scan(stack.template.plain())
        decided = decide(
            stack.template,
            self._wanted(_records(answer["failed"])),
            self._wanted(_records(answer["compared"])),
            self._wanted(_unanswered(answer)),
            retry,
        )
        statements = [self._statement(record, stack) for record in decided.failed]
        findings = tuple(sorted({finding(one, TOOL, stack, self._said) for one in statements}, key=order))
        undone = self._undone(stack, answer, decided.given_up)
        if undone:
            return Errored(f"Checkov did not judge all of {stack.id}: {'; '.join(undone)}.", findings)
        unanswered = {_not_evaluated(record, doubt, stack) for record, doubt in decided.not_evaluated}
        return Ran(findings, tuple(sorted(unanswered, key=lambda one: (one.rule, one.logical_id))))

    def _wanted(self, records: Iterable[Record]) -> list[Record]:
        return [record for record in records if record.check not in self._said.muted]

    def _undone(self, stack: Stack, answer: Mapping[str, Any], given_up: Iterable[Record]) -> list[str]:
        """Everything that was not looked at although it should have been."""
        if answer["unreadable"]:
            return ["it could not read the template (are all Properties mappings?)"]
        resources = stack.template.get("Resources")
        unseen = sorted(set(resources.members if resources else ()) - set(answer["scanned"]))
        undone = [f"it did not see {', '.join(unseen)}"] if unseen else []
        undone += [f"{one.check} was skipped on {one.resource}" for one in _records(answer["skipped"])]
        for record in given_up:
            where = f" on {record.resource}" if record.resource else ""
            undone.append(f"{record.check} failed{where}: {record.gave_up}")
        return undone

    def _statement(self, record: Record, stack: Stack) -> Statement:
        path = place(stack.template, record)
        kind = stack.template.text("Resources", record.resource, "Type")
        return Statement(
            rule=record.check,
            title=record.title,
            # Never the value itself: what is wrong with it may be that it is a secret.
            message=f"{record.resource} ({kind}) fails this check at {dotted(path)}",
            help=record.help,
            path=path,
            severity=severity_of(record.check, self._table),
        )


def _is_untyped(resource: Node) -> bool:
    """Whether Checkov would fall over this resource, or stop looking at the whole template because of it."""
    kind = resource.get("Type")
    return kind is not None and not isinstance(kind.value, str)


def _records(raw: Iterable[Mapping[str, Any]]) -> list[Record]:
    return [
        Record(
            check=str(one["check"]),
            title=str(one["title"]),
            help=str(one.get("help", "")),
            resource=str(one["resource"]),
            keys=tuple(str(key) for key in one["keys"]),
            gave_up=str(one.get("gave_up", "")),
        )
        for one in raw
    ]


def _unanswered(answer: Mapping[str, Any]) -> list[Record]:
    """What ended without a yes or a no, a check that raised included."""
    return _records([*answer["undecided"], *answer["crashes"]])


def _not_evaluated(record: Record, doubt: Doubt, stack: Stack) -> NotEvaluated:
    return NotEvaluated(record.check, TOOL, stack.id, record.resource, doubt.reason, doubt.node.place)


def _sendable(template: Any) -> Any:
    """The template without suppressions, and without defaults of parameters.

    What still refers to a parameter is not known; Checkov would judge its default instead.
    """
    stripped = without_suppressions(template)
    parameters = stripped.get("Parameters")
    if isinstance(parameters, dict):
        stripped["Parameters"] = {
            name: {key: value for key, value in one.items() if key != "Default"}
            if isinstance(one, dict)
            else one
            for name, one in parameters.items()
        }
    return stripped
