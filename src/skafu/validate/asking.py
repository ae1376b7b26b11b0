"""Asking the team's policies, one after the other, about one thing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError
from skafu.validate.pages import NO_POLICY, PolicyPage, own_worker, read_pages
from skafu.validate.policy_files import policy_files

SHORTEST_TURN = 2.0
"""Seconds a policy gets at least, however little of the time the ones before it have left."""


class Policies:
    """The policies of a repository in a process of their own, which starts when they are first asked for.

    Attributes:
        worker: the child they run in.
        turn: held by whoever asks: a subject and the checks about it belong together.
    """

    def __init__(self, root: Path) -> None:
        """Take the repository."""
        self.worker = own_worker(root)
        self.turn = threading.Lock()
        self._root = root
        self._known: tuple[tuple[PolicyPage, ...], list[str]] | None = None

    def pages(self) -> tuple[tuple[PolicyPage, ...], str]:
        """Their pages, read once; and why they cannot be used, empty if they can. To be called in one's turn."""
        if self._known is None:
            files = policy_files(self._root)
            self._known = read_pages(self.worker, files) if files else ((), [NO_POLICY])
        pages, problems = self._known
        return pages, f"The policies cannot be used: {'; '.join(problems)}" if problems else ""


def answers(
    worker: Worker, message: Mapping[str, Any], pages: Sequence[PolicyPage], time_limit: float
) -> Iterator[tuple[PolicyPage, dict[str, Any] | str]]:
    """Each policy with its answer, or with the reason why it has none.

    Args:
        worker: the child they run in.
        message: what to tell the child first: what they are asked about.
        pages: the policies.
        time_limit: seconds for all of them together.
    """
    end = time.monotonic() + time_limit
    told = False
    for page in pages:
        # Half of what is left: one endless policy leaves time for all that come after it.
        limit = max((end - time.monotonic()) / 2, SHORTEST_TURN)
        try:
            if not told:
                worker.ask(message, limit)
                told = True
            answer = worker.ask({"do": "check", "file": page.file}, limit)
        except JudgeError as error:
            told = False  # the next question may reach a fresh child
            yield page, error.message
            continue
        yield page, answer if "problem" not in answer else str(answer["problem"])


def failures(page: PolicyPage, answer: dict[str, Any] | str, whole: str) -> list[str]:
    """Why a policy gave no answer, or not all of it; each with its file and line.

    Args:
        page: the policy.
        answer: what `answers` gave.
        whole: what it was asked about where it names no resource.
    """
    if isinstance(answer, str):
        return [f"{page.file}:{page.line}: {page.id}: {answer}"]
    return [
        f"{page.file}:{one['line']}: {page.id} failed at {one['logical_id'] or whole}: {one['reason']}"
        for one in answer["failures"]
    ]
