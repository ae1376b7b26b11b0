"""The team's own policies as a judge of stacks. They run in a child process; see `policies_child`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from skafu.adapters.statement import Rulings, rulings
from skafu.model.errors import JudgeError
from skafu.model.estate import Seat, Stack
from skafu.model.finding import Errored, Finding, NotEvaluated, Outcome, Ran
from skafu.model.judge import Judge
from skafu.model.node import Node
from skafu.model.place import Path
from skafu.validate.pages import NO_POLICY, PolicyPage, own_worker, read_pages
from skafu.validate.policy_files import policy_files
from skafu.validate.policy_wire import encode
from skafu.validate.stated import POLICIES, about_stack, unanswered_by

SHORTEST_TURN = 2.0
"""Seconds a policy gets at least, however little of the stack's time the ones before it have left."""


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
        self._worker = own_worker(root)
        self._turn = threading.Lock()  # a stack and the checks about it belong together
        self._known: tuple[tuple[PolicyPage, ...], list[str]] | None = None

    @property
    def versions(self) -> Mapping[str, str]:
        return {}

    def judge(self, stack: Stack) -> Outcome:
        with self._turn:
            if self._known is None:
                files = policy_files(self._root)
                self._known = read_pages(self._worker, files) if files else ((), [NO_POLICY])
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
            findings += [about_stack(page, one, stack, self._said) for one in answer["violations"]]
            unanswered += [unanswered_by(page, one, stack, POLICIES) for one in answer["unanswered"]]
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


def _unreadable(template: Node) -> Iterator[Path]:
    """The resources that no policy can be asked about; the empty path when that is all of them."""
    resources = template.get("Resources")
    if resources is None or not isinstance(resources.value, Mapping):
        yield ()
        return
    for name, resource in resources.members.items():
        if not resource.text("Type"):
            yield ("Resources", name)
