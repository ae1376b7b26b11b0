from __future__ import annotations

import dataclasses
import io
import itertools
import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from skafu.aws import holder as holders
from skafu.aws.bucket import Bucket
from skafu.aws.holder import Holder, here
from skafu.aws.lock import PAUSE, SLACK, Found, Lock, break_lock, elapsed, is_stale, look, slot_of
from skafu.aws.slot import Seen, Slot
from skafu.model.cloud import CloudError, Unreachable

ACCOUNT = "240000000001"
REGION = "eu-west-1"
TTL = 120.0
SINCE = "2026-11-22T10:00:00Z"
ELSEWHERE = "elsewhere 0-0-0 pid:[1] time:[1]"

_numbers = itertools.count()


class Clock:
    """Time passes when somebody sleeps."""

    def __init__(self):
        self._now = 1_000.0
        self._turn = threading.RLock()

    def __call__(self):
        with self._turn:
            return self._now

    def sleep(self, seconds):
        with self._turn:
            self._now += seconds
        time.sleep(0.001)  # let others have their turn

    @contextmanager
    def stopped(self):
        with self._turn:
            yield


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def bucket(connect):
    made = Bucket(connect("s3", ACCOUNT, REGION), "skafu-locks", ACCOUNT, REGION)
    made.ensure({})
    return made


@pytest.fixture
def environment():
    """The name of an environment that no other test uses."""
    return f"environment-{next(_numbers)}"


def holder(owner="me", run="run-1", **more):
    """A holder on another machine: nobody here can tell whether its process is gone."""
    return dataclasses.replace(here(owner, run, SINCE, TTL), **{"kernel": ELSEWHERE, **more})


@pytest.fixture
def lock(bucket, environment, clock):
    """`lock(owner, **holder)`: another lock of the same environment."""

    def make(owner="me", *, of=bucket, **more):
        return Lock(of, environment, holder(owner, **more), clock=clock, sleep=clock.sleep)

    return make


@pytest.mark.slow
def test_a_free_lock_is_taken_and_given_back(lock, bucket, environment):
    mine = lock()
    assert (mine.held, mine.lost) == (False, "")
    assert mine.take() == ""
    assert (mine.held, mine.lost) == (True, "")
    found = look(slot_of(bucket, environment))
    assert (found.holder.owner, found.holder.run, found.holder.since) == ("me", "run-1", SINCE)
    mine.release()
    assert (mine.held, mine.lost) == (False, "")
    assert look(slot_of(bucket, environment)) is None
    assert lock("you").take() == ""


@pytest.mark.slow
def test_a_held_lock_names_its_holder_and_what_to_do(lock, environment):
    mine = lock(host="laptop")
    mine.take()
    with pytest.raises(CloudError) as failure:
        lock("you").take()
    assert failure.value.code == "Locked"
    assert failure.value.message.startswith(
        f"me is deploying {environment} in {ACCOUNT} {REGION} since {SINCE} (run run-1, on laptop); it was renewed "
    )
    assert failure.value.hint == (
        "Wait until that run has ended. If it was killed, its lock is taken over 123 s after its last renewal."
    )
    assert mine.held


@pytest.mark.slow
def test_environments_are_locked_apart(bucket, clock):
    for environment in ("one", "other"):
        Lock(bucket, environment, holder(), clock=clock).take()


@pytest.mark.slow
def test_who_waits_gets_the_lock_when_it_is_given_back(lock, clock):
    mine = lock()
    mine.take()
    looks = []

    def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            mine.release()
        clock.sleep(seconds)

    yours = lock("you")
    yours._sleep = sleep  # its only way to wait
    assert yours.take(wait=60.0) == ""
    assert looks == [PAUSE] * 3


@pytest.mark.slow
def test_who_waits_in_vain_is_told_so(lock, clock):
    mine = lock()
    mine.take()
    yours = lock("you")
    yours._sleep = lambda seconds: (clock.sleep(seconds), mine.renew())  # its only way to wait
    start = clock()
    with pytest.raises(CloudError, match="me is deploying"):
        yours.take(wait=2 * TTL)
    assert clock() - start >= 2 * TTL
    assert mine.held


@pytest.mark.slow
def test_a_lock_that_is_not_renewed_is_taken_over_and_its_holder_knows(lock):
    mine, yours = lock(), lock("you")
    mine.take()
    assert yours.take(wait=2 * TTL) == "me"
    assert yours.held
    assert not mine.held
    assert mine.lost == "it could not be renewed for 120 s"
    mine.release()
    assert yours.held
    yours.renew()
    assert yours.held


@pytest.mark.slow
def test_who_sees_that_it_was_taken_over_has_lost_it_at_once(lock, bucket, environment):
    mine = lock()
    mine.take()
    slot = slot_of(bucket, environment)
    slot.replace(holder("you", "run-2").content(1), slot.look().etag)
    mine.renew()
    assert mine.lost == "you has taken it over (run run-2)"
    mine.release()
    assert look(slot).holder.owner == "you"


@pytest.mark.slow
def test_a_lock_that_a_person_breaks_is_lost_at_once(lock, bucket, environment):
    mine = lock()
    mine.take()
    slot = slot_of(bucket, environment)
    found = look(slot)
    mine.renew()
    assert break_lock(slot, found) is False  # somebody is at work
    assert break_lock(slot, look(slot)) is True
    mine.renew()
    assert mine.lost == "somebody broke it"


@pytest.mark.slow
def test_a_lock_that_was_broken_taken_and_released_by_another_run_was_lost(lock, bucket, environment):
    mine = lock()
    mine.take()
    slot = slot_of(bucket, environment)
    assert break_lock(slot, look(slot)) is True
    yours = lock("you")
    yours.take()
    yours.release()
    mine.release()
    assert (yours.lost, mine.lost) == ("", "somebody broke it")


@pytest.mark.slow
def test_a_lock_that_another_run_has_by_its_release_was_lost_and_stays_theirs(lock, bucket, environment):
    mine = lock()
    mine.take()
    slot = slot_of(bucket, environment)
    break_lock(slot, look(slot))
    yours = lock("you")
    yours.take()
    mine.release()
    assert mine.lost == "you has taken it over (run run-1)"
    assert look(slot).holder.owner == "you"


@pytest.mark.slow
def test_a_release_that_is_sent_again_because_its_answer_got_lost_is_a_release(connect):
    client = connect("s3", ACCOUNT, REGION)
    with Stubber(client) as stubber:
        stubber.add_client_error(
            "delete_object", "NoSuchKey", http_status_code=404, response_meta={"RetryAttempts": 1}
        )
        stubber.add_client_error("get_object", "NoSuchKey", http_status_code=404)
        assert Slot(client, "skafu-locks", "key", ACCOUNT).remove('"etag"') == "removed"


@pytest.mark.slow
def test_a_loss_is_told_once_and_when_it_is_found_out(bucket, environment, clock):
    told = []
    mine = Lock(bucket, environment, holder(), clock=clock, sleep=clock.sleep, when_lost=told.append)
    mine.take()
    assert told == []
    break_lock(slot_of(bucket, environment), look(slot_of(bucket, environment)))
    mine.renew()
    assert told == ["somebody broke it"]
    clock.sleep(2 * TTL)
    assert not mine.held
    mine.release()
    assert told == ["somebody broke it"]


@pytest.mark.slow
def test_the_heart_tells_a_loss_although_nobody_asks(bucket, environment):
    told = []
    mine = Lock(bucket, environment, dataclasses.replace(holder(), ttl=0.2), when_lost=told.append)
    mine.take()
    slot = slot_of(bucket, environment)
    for _ in _until(lambda: told):
        found = look(slot)
        if found:
            break_lock(slot, found)
    assert len(told) == 1


@pytest.mark.slow
def test_what_is_no_lock_is_never_taken_over(lock, bucket, environment):
    slot_of(bucket, environment).create(b"not a lock")
    with pytest.raises(CloudError, match="is no lock that skafu wrote") as failure:
        lock().take(wait=2 * TTL)
    assert "Delete it" in failure.value.hint


@pytest.mark.slow
def test_the_lock_of_a_process_that_was_killed_on_this_machine_is_taken_over_at_once(
    bucket, environment, lock
):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        content = holder(kernel=holders.this_kernel(), process=holders.process(child.pid)).content(1)
        slot_of(bucket, environment).create(content)
        with pytest.raises(CloudError, match="me is deploying"):
            lock("you").take()
        child.kill()
    assert lock("you").take() == "me"


@pytest.mark.slow
def test_the_heart_beats_until_it_is_released(bucket, environment):
    mine = Lock(bucket, environment, dataclasses.replace(holder(), ttl=2.0))  # a busy machine may be late
    mine.take()
    slot = slot_of(bucket, environment)
    seen = {slot.look().etag for _ in _until(lambda: look(slot).renewals >= 3)}
    mine.release()
    assert len(seen) > 1
    assert mine._heart is not None
    mine._heart.join(10)  # what it does is seen above; that it ends only shows here
    assert not mine._heart.is_alive()
    assert slot.look() is None


def _until(met):
    end = time.monotonic() + 60
    while not met() and time.monotonic() < end:
        yield
    yield


class Faulty(Slot):
    """Answers get lost before or after the request has arrived, as often as `chance` says."""

    def __init__(self, slot, chance):
        self.__dict__.update(slot.__dict__)
        self._chance = chance

    def _faulty(self, ask, *args):
        where = self._chance()
        if where == "before":
            raise Unreachable("nobody answers", code="")
        answer = ask(*args)
        if where == "after":
            raise Unreachable("nobody answers", code="")
        return answer

    def create(self, content):
        return self._faulty(super().create, content)

    def replace(self, content, etag):
        return self._faulty(super().replace, content, etag)

    def remove(self, etag):
        return self._faulty(super().remove, etag)


class FaultyBucket(Bucket):
    def __init__(self, bucket, chance):
        self.__dict__.update(bucket.__dict__)
        self._chance = chance

    def slot(self, key):
        return Faulty(super().slot(key), self._chance)


@pytest.mark.slow
def test_a_lock_whose_answer_got_lost_is_recognised_by_its_nonce(lock, bucket):
    faults = itertools.chain(["after"], itertools.repeat(""))
    mine = lock(of=FaultyBucket(bucket, lambda: next(faults)))
    assert mine.take() == ""
    assert mine.held
    mine.renew()
    assert mine.held
    with pytest.raises(CloudError, match="me is deploying"):
        lock("you").take()


@pytest.mark.slow
def test_a_lock_that_may_not_have_been_taken_is_not_held(lock, bucket):
    mine = lock(of=FaultyBucket(bucket, lambda: "before"))
    with pytest.raises(Unreachable):
        mine.take()
    assert not mine.held
    assert lock("you").take() == ""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_renewal_that_nobody_answers_is_tried_again_until_the_time_is_up(lock, bucket, clock, where):
    faults = iter(["", *[where] * 3, *["before"] * 100])
    mine = lock(of=FaultyBucket(bucket, lambda: next(faults)))
    mine.take()
    for _ in range(3):
        clock.sleep(TTL / 4)
        mine.renew()
        assert mine.held
    clock.sleep(TTL / 4 if where == "before" else TTL)
    mine.renew()
    assert mine.lost == "it could not be renewed for 120 s (nobody answers)"


@pytest.mark.slow
def test_a_release_that_nobody_answers_says_when_the_lock_ends(lock, bucket):
    faults = iter(["", "before"])
    mine = lock(of=FaultyBucket(bucket, lambda: next(faults)))
    mine.take()
    with pytest.raises(Unreachable) as failure:
        mine.release()
    assert "is nobody's 120 s from now" in failure.value.hint
    assert not mine.held


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_of_many_who_want_it_never_two_have_it(bucket, environment, clock, seed):
    """Some renew, some stop renewing and stay, some give back; answers get lost."""
    everybody = []
    dice = random.Random(seed)  # noqa: S311 - so that a failure can be seen again
    turn = threading.Lock()

    def roll(*choices):
        with turn:
            return dice.choice(choices)

    flaky = FaultyBucket(bucket, lambda: roll("before", "after", *[""] * 8))
    held = itertools.count()

    def work(number):
        for round_ in range(6):
            me = holder(f"worker-{number}", f"run-{round_}", ttl=20.0)
            mine = Lock(flaky, environment, me, clock=clock, sleep=clock.sleep)
            with turn:
                everybody.append(mine)
            try:
                mine.take(wait=1_000.0)
            except CloudError:
                continue
            for _ in range(roll(1, 2, 5)):
                with clock.stopped():
                    others = [one for one in everybody if one is not mine]
                    if mine.held:
                        assert not any(other.held for other in others)
                        next(held)
                clock.sleep(1.0)
                mine.renew()
            if roll("gives back", "gives back", "forgets") == "gives back":
                try:
                    mine.release()
                except Unreachable:
                    continue

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert next(held) > 10


def found(age=0.0, **more):
    return Found(Seen(b"", '"etag"', age), holder(**more), 1)


def a_gone_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        return holders.process(child.pid)


@pytest.mark.parametrize(
    ("lock", "unchanged", "stale"),
    [
        (found(), 0.0, False),
        (found(), TTL, False),
        (found(), TTL + 1, True),
        (found(age=TTL + SLACK), 0.0, False),
        (found(age=TTL + SLACK + 1), 0.0, True),
        (found(age=-3600.0), 0.0, False),
        (found(age=None), TTL, False),
        (found(age=None), TTL + 1, True),
        (found(ttl=10.0), 11.0, True),
        (Found(Seen(b"?", '"etag"', 1e9), None, 0), 1e9, False),
        (found(kernel=holders.this_kernel(), process=holders.process(os.getpid())), 0.0, False),
        (found(kernel=holders.this_kernel(), process=a_gone_process()), 0.0, True),
        (found(kernel=holders.this_kernel(), process=f"{os.getpid()} 1"), 0.0, True),
        (found(kernel=ELSEWHERE, process=f"{os.getpid()} 1"), 0.0, False),
        (found(kernel="", process=f"{os.getpid()} 1"), 0.0, False),
        (found(kernel=holders.this_kernel(), process="nonsense"), 0.0, False),
        (found(kernel=holders.this_kernel(), process="-1 1"), 0.0, False),
        (found(kernel=holders.this_kernel(), process="99999999999999999999 1"), 0.0, False),
    ],
)
def test_when_a_lock_is_stale(lock, unchanged, stale):
    assert is_stale(lock, unchanged) is stale


def test_a_killed_process_that_nobody_waited_for_is_gone():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        named = holders.process(child.pid)
        assert holders.is_alive(named)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not holders.is_alive(named)


def test_what_a_holder_writes_can_be_read_and_is_never_written_twice():
    me = here("me", "run-1", SINCE, TTL)
    assert holders.read(me.content(7)) == (me, 7)
    assert me.content(7) != me.content(8) != here("me", "run-1", SINCE, TTL).content(8)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'"text"',
        b"[" * 100_000,
        holder().content(1).replace(b'"schema": 1', b'"schema": 2'),
        holder().content(1).replace(b"120.0", b"NaN"),
        holder().content(1).replace(b"120.0", b"Infinity"),
        holder().content(1).replace(b"120.0", b"-1"),
        holder().content(1).replace(b'"owner"', b'"owners"'),
    ],
)
def test_what_is_no_content_of_a_lock_is_nobodys(content):
    assert holders.read(content) is None


@pytest.mark.slow
def test_the_age_of_an_object_is_told_by_the_clock_of_s3(connect):
    client = connect("s3", ACCOUNT, REGION)
    written = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)
    ages = []
    for date in ("Sun, 22 Nov 2026 09:02:30 GMT", "nonsense", ""):
        with Stubber(client) as stubber:
            stubber.add_response(
                "get_object",
                {
                    "Body": io.BytesIO(b"{}"),
                    "ETag": '"etag"',
                    "LastModified": written,
                    "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {"date": date}},
                },
            )
            ages.append(Slot(client, "bucket", "key", ACCOUNT).look().age)
    assert ages == [150.0, None, None]


def test_the_clock_goes_on():
    first = elapsed()
    assert elapsed() >= first > 0


def test_a_holder_knows_where_it_runs():
    me = here("me", "run-1", SINCE, TTL)
    assert isinstance(me, Holder)
    assert me.process.startswith(f"{os.getpid()} ")
    assert not me.is_gone
    assert len(me.kernel.split()) == 4
