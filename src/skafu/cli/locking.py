"""The locks of every account, region and environment that a run changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

from skafu.aws.lock import Lock
from skafu.cli.reach import Reach
from skafu.model.cloud import CloudError
from skafu.model.errors import SkafuError
from skafu.model.estate import Stack
from skafu.model.event import Event, Tell


@contextmanager
def locked(stacks: Iterable[Stack], reach: Reach, tell: Tell, patience: float) -> Iterator[list[Lock]]:
    """Hold the locks of these stacks' places. Each account is verified before anything is written to it.

    Args:
        stacks: those that may be changed.
        reach: the way to the accounts.
        tell: records what becomes of the locks.
        patience: seconds to wait for somebody else's lock.

    Raises:
        CloudError: an account cannot be reached or is another one, or somebody else has a lock.
    """
    places: dict[tuple[str, str, str], Stack] = {}
    for stack in stacks:
        places.setdefault((stack.account.id, stack.id.region, stack.id.environment), stack)
    held: list[Lock] = []
    with ExitStack() as opened:
        for (account, region, environment), stack in sorted(places.items()):
            reach.verify(stack)
            bucket = reach.bucket(stack)
            bucket.ensure({"skafu:purpose": "artifacts"})
            values = {"account": account, "region": region, "environment": environment}
            lock, before = reach.lock(stack, patience, _loss(values, tell))
            tell(Event("lock-taken", None, {**values, "from": before}))
            opened.callback(_released, lock, values, tell)
            held.append(lock)
        yield held


def _loss(values: Mapping[str, str], tell: Tell) -> Callable[[str], None]:
    """Tells that a lock was lost when it is found out; a run that is killed before its end has said it too."""

    def lost(reason: str) -> None:
        # What cannot be recorded here cannot be recorded at the next step either, and that stops the run.
        with suppress(SkafuError):
            tell(Event("lock-lost", None, {**values, "reason": reason}))

    return lost


def _released(lock: Lock, values: Mapping[str, str], tell: Tell) -> None:
    try:
        lock.release()
    except CloudError as error:
        reason = f"it could not be given back, and goes stale by itself ({error.message})"
        tell(Event("lock-lost", None, {**values, "reason": reason}))
        return
    if not lock.lost:
        tell(Event("lock-released", None, values))
