"""Asking AWS: how often, with which pauses, and what is worth asking again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from skafu.aws.failures import FAILURES, THROTTLED, said
from skafu.model.cloud import CloudError, Unreachable

GROWTH = 1.5
"""Each pause is this much longer than the one before."""

LONGEST = 5
"""No pause is more than this many times as long as the first."""

THROTTLED_TRIES = 20
"""How often a question is asked that AWS answers with `Rate exceeded`, each time after the client's own retries."""

UNANSWERED_TRIES = 3
"""How often a question is asked that nobody answers, each time after the client's own retries."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Patience:
    """How skafu waits.

    Attributes:
        pause: seconds before the second look at something that takes its time; later pauses grow.
        clock: seconds on a clock that never goes back.
        sleep: waits so many seconds.
    """

    pause: float = 1.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def pauses(self) -> Iterator[float]:
        """Seconds, again and again: growing, and none twice the same, so that waiters do not ask in step."""
        length = self.pause
        while True:
            yield length * random.uniform(0.75, 1.25)  # noqa: S311 - spreads requests; nothing secret
            length = min(length * GROWTH, self.pause * LONGEST)

    def ask(self, doing: str, question: Callable[[], Answer]) -> Answer:
        """What AWS answers. `question` is asked again while AWS throttles, and a few times if nobody answers.

        So it must be one that does no harm when it is asked twice.

        Args:
            doing: what is being done, as in `cannot ...`: `describe the stack data`.
            question: one call of a client.

        Raises:
            CloudError: AWS refuses.
            Unreachable: nobody answered.
        """
        unanswered = 0
        for tries, pause in enumerate(self.pauses(), start=1):
            try:
                return question()
            except FAILURES as error:
                failure = said(error, doing)
            throttled = failure.code in THROTTLED
            if not isinstance(failure, Unreachable) or tries >= THROTTLED_TRIES:
                raise failure
            unanswered += not throttled
            if unanswered >= UNANSWERED_TRIES:
                raise failure
            self.sleep(pause)
        raise AssertionError  # pauses() never ends

    def pages(
        self, doing: str, question: Callable[..., Mapping[str, Any]], **arguments: Any
    ) -> Iterator[Mapping[str, Any]]:
        """Every page of an answer, each asked for when it is wanted.

        Raises:
            CloudError: AWS refuses, or the pages go round in a circle.
            Unreachable: nobody answered.
        """
        more: dict[str, str] = {}
        seen: set[str] = set()
        while True:
            page = self.ask(doing, partial(question, **arguments, **more))
            yield page
            following = page.get("NextToken", "")
            if not following:
                return
            if following in seen:
                raise CloudError(f"cannot {doing}: AWS sends the same page again and again.")
            seen.add(following)
            more = {"NextToken": following}


def missing(failure: CloudError) -> bool:
    """Whether AWS says that the stack it was asked about is not there; it has no code of its own for that."""
    return failure.code == "ValidationError" and "does not exist" in failure.message
