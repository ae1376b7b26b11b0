"""Asking the team's policies, one after the other, about one thing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError
from skafu.validate.pages import PolicyPage

SHORTEST_TURN = 2.0
"""Seconds a policy gets at least, however little of the time the ones before it have left."""


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
