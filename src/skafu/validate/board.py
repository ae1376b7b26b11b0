"""Which judge looks at which stack next. Threads come with the judge they have and leave with work for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from threading import Condition

from skafu.model.estate import Stack

WORTH_IT = 2.0
"""How many times over a second process must earn its start: both numbers are estimates."""


class Board:
    """The questions that are open.

    Each judge is served by one thread first. A thread that has nothing left to do for its own judge turns to one
    that nobody serves yet, then helps another where that pays: where the work left takes longer than a start.

    Args:
        judges: names of the seats, those to be served first at the beginning.
    """

    def __init__(self, judges: Iterable[str]) -> None:
        self._open = {judge: deque[Stack]() for judge in judges}
        self._serving = dict.fromkeys(self._open, 0)
        self._first: dict[str, float] = {}
        self._later: dict[str, list[float]] = {judge: [] for judge in self._open}
        self._more = True
        self._stopped = False
        self._changed = Condition()

    def add(self, judge: str, stack: Stack) -> None:
        """One more question."""
        with self._changed:
            self._open[judge].append(stack)
            self._changed.notify_all()

    def close(self) -> None:
        """No more questions will be added."""
        with self._changed:
            self._more = False
            self._changed.notify_all()

    def stop(self) -> None:
        """Whoever asks for work from now on gets none."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether there will be no more work whatever is open."""
        return self._stopped

    def next(self, judge: str | None) -> tuple[str, Stack] | None:
        """The next question for a thread that has started `judge`, or none yet. Waits for one; None at the end."""
        with self._changed:
            while not self._stopped:
                found = self._choice(judge)
                if found is not None:
                    self._moves(judge, found)
                    return found, self._open[found].popleft()
                if not self._more and not self._undecided():
                    break
                self._changed.wait()
            self._moves(judge, None)
            return None

    def answered(self, judge: str, seconds: float, *, first: bool) -> None:
        """A question took this long; the first one of a process, with its start."""
        with self._changed:
            if first:
                self._first.setdefault(judge, seconds)
            else:
                self._later[judge].append(seconds)
            self._changed.notify_all()

    def _choice(self, judge: str | None) -> str | None:
        if judge is not None and (self._open[judge] or self._more):
            return judge if self._open[judge] else None
        waiting = [name for name, stacks in self._open.items() if stacks]
        alone = [name for name in waiting if not self._serving[name]]
        if alone:
            return alone[0]
        helped = [(self._gain(name), name) for name in waiting if self._gain(name) > 0]
        return max(helped)[1] if helped else None

    def _gain(self, judge: str) -> float:
        """Seconds by which what is left takes longer than a further process for it may cost; 0 if not known."""
        times = self._later[judge]
        if judge not in self._first or not times:
            return 0.0
        left = len(self._open[judge]) * sum(times) / len(times)
        return left - WORTH_IT * self._first[judge] * self._serving[judge]

    def _undecided(self) -> bool:
        """Whether some judge has work left and nobody can say yet how long it will take."""
        return any(stacks and not self._later[judge] for judge, stacks in self._open.items())

    def _moves(self, judge: str | None, to: str | None) -> None:
        if judge is not None:
            self._serving[judge] -= 1
        if to is not None:
            self._serving[to] += 1
