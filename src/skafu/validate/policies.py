"""The team's own policies as a judge of stacks. They run in a child process; see `policies_child`."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from skafu.adapters.confined import KEPT
from skafu.adapters.statement import Rulings, rulings
from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError
from skafu.model.estate import Seat, Stack
from skafu.model.finding import Errored, Finding, NotEvaluated, Outcome, Ran, Severity
from skafu.model.judge import Judge
from skafu.model.node import Node
from skafu.model.place import Location, Path, dotted
from skafu.validate.policy_files import FOLDER, policy_files
from skafu.validate.policy_wire import encode

TOOL = "policies"

READING_LIMIT = 30.0
"""Seconds that one policy file may take to be imported."""

SHORTEST_TURN = 2.0
"""Seconds a policy gets at least, however little of the stack's time the ones before it have left."""


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """What a policy file says about itself.

    Attributes:
        id: the file's name with dashes.
        title: first line of the docstring.
        severity: before any seat overrides it.
        resources: patterns of the resource types it looks at; empty when it looks at whole stacks.
        controls: what it supports, as `framework:control`.
        file: relative to the repository root.
        line: where its function starts, 1-based.
        docstring: all of it.
    """

    id: str
    title: str
    severity: Severity
    resources: tuple[str, ...]
    controls: tuple[str, ...]
    file: str
    line: int
    docstring: str


def list_policies(root: FilePath) -> tuple[PolicyPage, ...]:
    """What every policy of the repository says about itself, by id.

    Raises:
        JudgeError: there is none, or one of them cannot be used. The message names every such file and line.
    """
    worker = _worker(root)
    try:
        pages, problems = _read(worker, root)
    finally:
        worker.close()
    if problems:
        raise JudgeError("; ".join(problems))
    return pages


def open_policies(seat: Seat, root: FilePath) -> Judge:
    """The policies of the repository at `root` in their seat. Their process starts with the first stack.

    Raises:
        InputError: the seat names a severity that does not exist.
    """
    return _Policies(seat, rulings(seat), root)


class _Policies:
    def __init__(self, seat: Seat, said: Rulings, root: FilePath) -> None:
        self._seat = seat
        self._said = said
        self._root = root
        self._worker = _worker(root)
        self._turn = threading.Lock()  # a stack and the checks about it belong together
        self._known: tuple[tuple[PolicyPage, ...], list[str]] | None = None

    @property
    def versions(self) -> Mapping[str, str]:
        return {}

    def judge(self, stack: Stack) -> Outcome:
        with self._turn:
            if self._known is None:
                self._known = _read(self._worker, self._root)
            pages, problems = self._known
            if problems:
                return Errored(f"The policies cannot be used: {'; '.join(problems)}")
            return self._judged(stack, [page for page in pages if page.id not in self._said.muted])

    def close(self) -> None:
        self._worker.close()

    def _judged(self, stack: Stack, pages: Sequence[PolicyPage]) -> Outcome:
        unreadable = list(_unreadable(stack.template))
        if unreadable == [()]:
            return Errored(f"Policies cannot judge {stack.id}: its resources are not known before deployment")
        reasons = [
            f"{stack.template.nearest(path).place}: {path[1]} has no resource type that is known before deployment"
            for path in unreadable
        ]
        findings: list[Finding] = []
        unanswered: list[NotEvaluated] = []
        for page, answer in self._answers(stack, pages):
            if isinstance(answer, str):
                reasons.append(f"{page.file}:{page.line}: {page.id}: {answer}")
                continue
            findings += [_finding(stack, page, one, self._said) for one in answer["violations"]]
            unanswered += [_not_evaluated(stack, page, one) for one in answer["unanswered"]]
            reasons += [
                f"{page.file}:{one['line']}: {page.id} failed at {one['logical_id'] or 'the stack'}: {one['reason']}"
                for one in answer["failures"]
            ]
        if reasons:
            return Errored(f"Policies could not judge {stack.id}: {'; '.join(reasons)}", tuple(findings))
        return Ran(tuple(findings), tuple(unanswered))

    def _answers(
        self, stack: Stack, pages: Sequence[PolicyPage]
    ) -> Iterator[tuple[PolicyPage, dict[str, Any] | str]]:
        """Each policy with its answer, or with the reason why it has none."""
        message = {"do": "stack", "stack": encode(stack)}
        end = time.monotonic() + self._seat.time_limit
        told = False
        for page in pages:
            # Half of what is left: one endless policy leaves time for all that come after it.
            limit = max((end - time.monotonic()) / 2, SHORTEST_TURN)
            try:
                if not told:
                    self._worker.ask(message, limit)
                    told = True
                answer = self._worker.ask({"do": "check", "file": page.file}, limit)
            except JudgeError as error:
                told = False  # the next question may reach a fresh child
                yield page, error.message
                continue
            yield page, answer if "problem" not in answer else str(answer["problem"])


def _worker(root: FilePath) -> Worker:
    # -P: a file of the repository must not stand in for a module of Python or of skafu.
    command = [sys.executable, "-P", "-m", "skafu.validate.policies_child"]
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return Worker(command, env=env, cwd=root)


def _read(worker: Worker, root: FilePath) -> tuple[tuple[PolicyPage, ...], list[str]]:
    """Every policy by id, and everything that keeps them from being used."""
    files = policy_files(root)
    if not files:
        return (), [f"there is no policy in {FOLDER}/; without one nothing would be judged"]
    pages: list[PolicyPage] = []
    problems: list[str] = []
    for file in files:
        try:
            answer = worker.ask({"do": "read", "file": file}, READING_LIMIT)
        except JudgeError as error:
            problems.append(f"{file}:1: {error.message}")
            continue
        if "problem" in answer:
            problems.append(str(answer["problem"]))
            continue
        page = _page(answer["policy"])
        twin = next((other for other in pages if other.id == page.id), None)
        if twin is not None:
            problems.append(
                f"{file}:{page.line}: {page.id} is also the id of {twin.file}; rename one of the files"
            )
        pages.append(page)
    return tuple(sorted(pages, key=lambda page: page.id)), problems


def _page(told: Mapping[str, Any]) -> PolicyPage:
    return PolicyPage(
        id=told["id"],
        title=told["title"],
        severity=Severity(told["severity"]),
        resources=tuple(told["resources"]),
        controls=tuple(told["controls"]),
        file=told["file"],
        line=told["line"],
        docstring=told["docstring"],
    )


def _unreadable(template: Node) -> Iterator[Path]:
    """The resources that no policy can be asked about; the empty path when that is all of them."""
    resources = template.get("Resources")
    if resources is None or not isinstance(resources.value, Mapping):
        yield ()
        return
    for name, resource in resources.members.items():
        if not resource.text("Type"):
            yield ("Resources", name)


def _finding(stack: Stack, page: PolicyPage, violation: Mapping[str, Any], said: Rulings) -> Finding:
    path: Path = tuple(violation["path"])
    return Finding(
        rule=page.id,
        tool=TOOL,
        severity=said.severity(page.id, page.severity),
        title=page.title,
        message=violation["message"],
        location=_place(stack, path),
        stacks=(stack.id,),
        logical_id=violation["logical_id"],
        path="" if _declared(path) else dotted(path),
        controls=page.controls,
        help=violation["fix"] or _advice(page),
    )


def _advice(page: PolicyPage) -> str:
    """What to do: the last paragraph of the policy's page, on one line."""
    return " ".join(page.docstring.strip().rsplit("\n\n", 1)[-1].split())


def _not_evaluated(stack: Stack, page: PolicyPage, unanswered: Mapping[str, Any]) -> NotEvaluated:
    path: Path = tuple(unanswered["path"])
    return NotEvaluated(
        rule=page.id,
        tool=TOOL,
        stack=stack.id,
        logical_id=unanswered["logical_id"],
        reason=f"{dotted(path)} is not known because {unanswered['reason']}",
        location=_place(stack, path),
    )


def _place(stack: Stack, path: Path) -> Location:
    return (stack.definition.node if _declared(path) else stack.template).nearest(path).place


def _declared(path: Path) -> bool:
    """Whether the path leads into stack.yaml, whose keys are in lower case, as no section of a template is."""
    return bool(path) and str(path[0])[:1].islower()
