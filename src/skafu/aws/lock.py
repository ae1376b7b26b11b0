"""The lock: one deployment per account, region and environment at a time.

An object in the artifacts bucket, written only under conditions. Whoever created it holds it for as long as they renew it.
See docs/adr/0009-lock-in-the-bucket.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from skafu.aws.bucket import Bucket
from skafu.aws.holder import Holder, read
from skafu.aws.slot import Seen, Slot
from skafu.model.cloud import CloudError, Unreachable

TTL = 120.0
"""Seconds without renewal after which a lock is nobody's. The longest time that a run that died elsewhere stops others."""

RENEWALS = 4
"""Renewals within that time, so that a few that fail do no harm."""

SLACK = 3.0
"""Seconds that a lock must be older than that by S3's clock: it tells whole seconds, and not every server the same one."""

PAUSE = 2.0
"""Seconds between two looks at a lock that somebody else holds."""

RACES = 20
"""How often others may be first before it is an error: each time, one of them has got further."""


def elapsed() -> float:
    """Seconds on a clock that never goes back and also runs while the machine sleeps, as `time.monotonic` may not."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Found:
    """A lock that somebody else holds, or held.

    Attributes:
        seen: the object.
        holder: what it says; None where it cannot be read.
        renewals: how often it was renewed.
    """

    seen: Seen
    holder: Holder | None
    renewals: int


class Lock:
    """The lock of an environment. `held` and `lost` may be asked from any thread.

    Args:
        bucket: the artifacts bucket of the account and region.
        environment: name of the environment.
        holder: who takes it (`skafu.aws.holder.here`).
        clock: seconds on a clock that never goes back.
        sleep: waits so many seconds of that clock.
        when_lost: called once with the reason when it is found out, in whatever thread that is. It must not raise.
    """

    def __init__(
        self,
        bucket: Bucket,
        environment: str,
        holder: Holder,
        *,
        clock: Callable[[], float] = elapsed,
        sleep: Callable[[float], None] = time.sleep,
        when_lost: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._slot = slot_of(bucket, environment)
        self._what = f"{environment} in {bucket.account} {bucket.region}"
        self._me = holder
        self._clock = clock
        self._sleep = sleep
        self._when_lost = when_lost
        self._etag = ""
        self._renewals = 0
        self._renewed = 0.0
        self._failure = ""
        self._lost = ""
        self._ended = threading.Event()
        self._turn = threading.Lock()
        self._losing = threading.Lock()
        self._heart: threading.Thread | None = None

    @property
    def held(self) -> bool:
        """Whether nobody else can have it. Once False, it stays so."""
        if not self._etag or self._ended.is_set() or self._lost:
            return False
        if self._clock() - self._renewed >= self._me.ttl:
            why = f" ({self._failure})" if self._failure else ""
            self._lose(f"it could not be renewed for {self._me.ttl:g} s{why}")
            return False
        return True

    @property
    def lost(self) -> str:
        """Why it is not held any more although it was not released; empty otherwise."""
        return "" if self.held else self._lost

    def take(self, wait: float = 0.0) -> str:
        """Take the lock, and renew it in a thread until it is released or lost.

        Args:
            wait: seconds to wait for somebody who holds it; 0 to look once.

        Returns:
            Who held it before and did not release it; empty where nobody did.

        Raises:
            CloudError: somebody holds it (code `Locked`), or S3 refuses.
            Unreachable: nobody knows whether it was taken. If it was, it is stale after `ttl` seconds.
        """
        before = self._taken(wait)
        every = self._me.ttl / RENEWALS
        self._heart = threading.Thread(
            target=self._beat, args=(every,), name=f"lock of {self._what}", daemon=True
        )
        self._heart.start()
        return before

    def renew(self) -> None:
        """Renew it once. Never raises: `held` and `lost` tell what became of it."""
        with self._turn:
            if not self.held:
                return
            try:
                if not self._write(self._etag):
                    self._lose(self._who_has_it())
            except CloudError as error:
                self._failure = error.message

    def release(self) -> None:
        """Give it back. `lost` tells afterwards whether it was ours until then.

        Raises:
            CloudError: it could not be deleted; it is stale after `ttl` seconds.
        """
        still = self.held
        self._ended.set()
        if not still:
            return
        with self._turn:
            if self._lost:  # a renewal found it out that was under way
                return
            try:
                self._remove()
            except CloudError as error:
                hint = f"The lock of {self._what} is nobody's {self._me.ttl:g} s from now."
                raise type(error)(error.message, code=error.code, hint=hint) from None

    def _taken(self, wait: float) -> str:
        give_up = self._clock() + wait
        watched, since = "", 0.0
        races = 0
        while races < RACES:
            asked = self._clock()
            found = look(self._slot)
            if found and found.seen.etag != watched:
                watched, since = found.seen.etag, self._clock()
            if found and not self._wrote(found) and not is_stale(found, asked - since):
                if asked >= give_up:
                    raise self._refusal(found)
                self._sleep(PAUSE)
                continue
            if self._write(found.seen.etag if found else "") and self._renewed >= asked:
                before = found.holder.owner if found and found.holder and not self._wrote(found) else ""
                self._failure = ""
                return before
            races += 1
        raise CloudError(f"cannot lock {self._what}: others were always first.", code="Locked")

    def _write(self, etag: str) -> bool:
        """Create the lock, or replace it in this state. Whether it is ours now."""
        self._renewals += 1
        content, sent = self._me.content(self._renewals), self._clock()
        try:
            made = self._slot.replace(content, etag) if etag else self._slot.create(content)
        except Unreachable as error:
            self._failure = error.message
            if not self._adopt(sent):
                raise
            return True
        if made is None:
            # It may be our own write that was ahead: botocore sends one again whose answer got lost.
            return self._adopt(sent)
        self._etag, self._renewed = made, sent
        return True

    def _adopt(self, sent: float) -> bool:
        """Go on from what stands there, if we wrote it: just now, or, where that did not arrive, before."""
        found = look(self._slot)
        if found is None or not self._wrote(found):
            return False
        if found.renewals == self._renewals:
            self._renewed = sent
        self._etag = found.seen.etag
        return True

    def _wrote(self, found: Found) -> bool:
        return found.holder is not None and found.holder.nonce == self._me.nonce

    def _remove(self) -> None:
        """Delete it; where somebody else was ahead, it was lost before."""
        removal = self._slot.remove(self._etag)
        found = look(self._slot) if removal == "changed" else None
        if found and self._wrote(found):  # a renewal whose answer got lost
            removal = self._slot.remove(found.seen.etag)
        if removal != "removed":
            self._lose(self._who_has_it())

    def _who_has_it(self) -> str:
        try:
            found = look(self._slot)
        except CloudError:
            return "somebody else has it"
        if found is None:
            return "somebody broke it"
        if found.holder is None:
            return "somebody put something else in its place"
        return f"{found.holder.owner} has taken it over (run {found.holder.run})"

    def _lose(self, reason: str) -> None:
        with self._losing:
            if self._lost:
                return
            self._lost = reason
        self._when_lost(reason)

    def _beat(self, every: float) -> None:
        while not self._ended.wait(every) and self.held:
            self.renew()

    def _refusal(self, found: Found) -> CloudError:
        if found.holder is None:
            message = f"cannot lock {self._what}: {self._slot.url} is no lock that skafu wrote."
            return CloudError(message, code="Locked", hint="Delete it, if nobody deploys there.")
        holder, age = found.holder, found.seen.age
        renewed = "" if age is None else f"; it was renewed {max(age, 0):.0f} s ago"
        message = (
            f"{holder.owner} is deploying {self._what} since {holder.since} (run {holder.run}, on {holder.host})"
            f"{renewed}."
        )
        longest = holder.ttl + SLACK
        hint = f"Wait until that run has ended. If it was killed, its lock is taken over {longest:g} s after its last renewal."
        return CloudError(message, code="Locked", hint=hint)


def slot_of(bucket: Bucket, environment: str) -> Slot:
    """Where the lock of an environment lies."""
    return bucket.slot(f"locks/{environment}.json")


def look(slot: Slot) -> Found | None:
    """Who holds a lock; None if nobody does."""
    seen = slot.look()
    if seen is None:
        return None
    holder, renewals = read(seen.content) or (None, 0)
    return Found(seen, holder, renewals)


def is_stale(found: Found, unchanged: float) -> bool:
    """Whether nobody can hold this lock any more.

    Args:
        found: what stands there. What cannot be read is never stale: a person decides.
        unchanged: seconds, by one clock of ours, in which it was not renewed.
    """
    if found.holder is None:
        return False
    ttl, age = found.holder.ttl, found.seen.age
    return unchanged > ttl or (age is not None and age > ttl + SLACK) or found.holder.is_gone


def break_lock(slot: Slot, found: Found) -> bool:
    """Make sure that a lock is gone as somebody has seen it. False where it was renewed or taken since.

    Raises:
        CloudError: S3 refuses.
    """
    return slot.remove(found.seen.etag) != "changed"
