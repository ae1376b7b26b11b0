"""The order of work: a stack starts the moment what it needs is done, not with the next batch.

Of those that could start, the one with the longest way behind it goes first: the makespan can be no shorter than
the longest way, so whoever stands on it must not wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from skafu.model.estate import StackId


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many stacks are at work at once: `together` in total, `per_account` in each account."""

    together: int
    per_account: int


@dataclass(slots=True)
class Walked:
    """How it went.

    Attributes:
        done: in the order in which they ended.
        failed: likewise.
        skipped: stack -> the stack that it needs, directly or not, and that is not done.
        left: those that were not begun because the walk was stopped.
    """

    done: list[StackId] = field(default_factory=list)
    failed: list[StackId] = field(default_factory=list)
    skipped: dict[StackId, StackId] = field(default_factory=dict)
    left: tuple[StackId, ...] = ()


def walk(
    needs: Mapping[StackId, Collection[StackId]],
    accounts: Mapping[StackId, str],
    do: Callable[[StackId], bool],
    bounds: Bounds,
    *,
    stopped: Callable[[], bool] = lambda: False,
    seconds: Mapping[StackId, float] | None = None,
) -> Walked:
    """Do every stack once, after all it needs.

    Args:
        needs: stack -> what it needs, without circles; needs that are not keys count as done.
        accounts: stack -> its account.
        do: does one, in a thread of its own; whether that went well. What it raises stops the walk: what is under
            way ends, nothing is begun, and the first one raised is raised again.
        bounds: how many at once.
        stopped: whether nothing more may be begun.
        seconds: how long each is expected to take; all the same where nobody knows.
    """
    waiting = {id_: {one for one in needed if one in needs} for id_, needed in sorted(needs.items())}
    dependants = _dependants(waiting)
    rank = _ranks(waiting, dependants, seconds or {})
    result = Walked()
    running: dict[Future[bool], StackId] = {}
    busy: Counter[str] = Counter()
    raised: BaseException | None = None
    with ThreadPoolExecutor(max_workers=max(bounds.together, 1), thread_name_prefix="deploy") as executor:
        while True:
            if raised is None and not stopped():
                for id_ in sorted((one for one, left in waiting.items() if not left), key=rank.__getitem__):
                    if len(running) < bounds.together and busy[accounts[id_]] < bounds.per_account:
                        del waiting[id_]
                        busy[accounts[id_]] += 1
                        running[executor.submit(do, id_)] = id_
            if not running:
                break
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(ended, key=lambda one: running[one]):
                id_ = running.pop(future)
                busy[accounts[id_]] -= 1
                error = future.exception()
                raised = raised or error
                if error is None and future.result():
                    result.done.append(id_)
                    for dependant in dependants[id_] & waiting.keys():
                        waiting[dependant].discard(id_)
                else:
                    result.failed.append(id_)
                    _skip(id_, dependants, waiting, result.skipped)
    result.left = tuple(waiting)
    if raised is not None:
        raise raised
    return result


def _dependants(waiting: Mapping[StackId, Collection[StackId]]) -> dict[StackId, set[StackId]]:
    found: dict[StackId, set[StackId]] = {id_: set() for id_ in waiting}
    for id_, needed in waiting.items():
        for one in needed:
            found[one].add(id_)
    return found


def _ranks(
    waiting: Mapping[StackId, Collection[StackId]],
    dependants: Mapping[StackId, Collection[StackId]],
    seconds: Mapping[StackId, float],
) -> dict[StackId, tuple[float, StackId]]:
    """What sorts first has the longest way behind it; ties by id."""
    usual = sum(seconds.values()) / len(seconds) if seconds else 1.0
    way: dict[StackId, float] = {}
    left = {id_: len(dependants[id_]) for id_ in waiting}
    ends = [id_ for id_, count in left.items() if not count]
    while ends:
        id_ = ends.pop()
        behind = max((way[one] for one in dependants[id_]), default=0.0)
        way[id_] = behind + seconds.get(id_, usual)
        for one in waiting[id_]:
            left[one] -= 1
            if not left[one]:
                ends.append(one)
    return {id_: (-way.get(id_, 0.0), id_) for id_ in waiting}


def _skip(
    failed: StackId,
    dependants: Mapping[StackId, Collection[StackId]],
    waiting: dict[StackId, set[StackId]],
    skipped: dict[StackId, StackId],
) -> None:
    pending = [failed]
    while pending:
        for dependant in sorted(dependants[pending.pop()]):
            if dependant in waiting:
                del waiting[dependant]
                skipped[dependant] = failed
                pending.append(dependant)
