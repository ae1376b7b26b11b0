"""The order of work: what a walk promises whatever the graph, the bounds and the failures."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skafu.deploy.walk import Bounds, walk
from skafu.model.estate import StackId


def stack(name):
    return StackId("production", "us-east-1", str(name))


@st.composite
def graphs(draw):
    """Stacks that need some of those before them, their accounts, and which of them fail."""
    size = draw(st.integers(0, 14))
    ids = [stack(f"{index:02}") for index in range(size)]
    needs = {
        id_: set(draw(st.lists(st.sampled_from(ids[:index]), max_size=3)) if index else [])
        for index, id_ in enumerate(ids)
    }
    accounts = {id_: draw(st.sampled_from(["a", "b", "c"])) for id_ in ids}
    failing = set(draw(st.lists(st.sampled_from(ids), max_size=3)) if ids else [])
    return needs, accounts, failing


def behind(failed, needs):
    found, pending = set(), set(failed)
    while pending:
        reached = {id_ for id_, needed in needs.items() if needed & pending} - found
        found |= reached
        pending = reached
    return found


class Seen:
    """Notes who was at work when, and fails as it is told."""

    def __init__(self, needs, accounts, failing):
        self._needs, self._accounts, self._failing = needs, accounts, failing
        self._turn = threading.Lock()
        self.begun, self.ended, self.busy = [], set(), Counter()
        self.most, self.most_of_one, self.early = 0, 0, []

    def do(self, id_):
        with self._turn:
            self.begun.append(id_)
            self.early += [one for one in self._needs[id_] if one not in self.ended]
            self.busy[self._accounts[id_]] += 1
            self.most = max(self.most, self.busy.total())
            self.most_of_one = max(self.most_of_one, *self.busy.values())
        with self._turn:
            self.busy[self._accounts[id_]] -= 1
            if id_ not in self._failing:
                self.ended.add(id_)
        return id_ not in self._failing


@given(graphs(), st.integers(1, 5), st.integers(1, 3))
@settings(deadline=None, max_examples=150)
def test_each_stack_is_done_once_after_all_it_needs_within_the_bounds(graph, together, per_account):
    needs, accounts, failing = graph
    seen = Seen(needs, accounts, failing)

    walked = walk(needs, accounts, seen.do, Bounds(together, per_account))

    skipped = behind(failing - behind(failing, needs), needs)
    assert sorted(seen.begun) == sorted(needs.keys() - skipped)
    assert not seen.early
    assert seen.most <= together
    assert seen.most_of_one <= per_account
    assert set(walked.done) == needs.keys() - skipped - failing
    assert set(walked.failed) == failing - skipped
    assert walked.skipped.keys() == skipped
    assert set(walked.skipped.values()) <= set(walked.failed)
    assert walked.left == ()


def test_a_stack_starts_while_another_of_the_level_before_is_still_at_work():
    slow, quick, after_quick = stack("a-slow"), stack("b-quick"), stack("c")
    let_go = threading.Event()

    def do(id_):
        if id_ == slow:
            assert let_go.wait(20), "c did not start while a was at work"
        if id_ == after_quick:
            let_go.set()
        return True

    walked = walk(
        {slow: [], quick: [], after_quick: [quick]},
        dict.fromkeys([slow, quick, after_quick], "a"),
        do,
        Bounds(2, 2),
    )

    assert walked.done[0] == quick
    assert set(walked.done) == {quick, after_quick, slow}


def test_who_has_the_longest_way_behind_it_goes_first():
    begun = []
    needs = {stack("a"): [], stack("b"): [], stack("c"): [stack("b")], stack("d"): [stack("c")]}

    walk(needs, dict.fromkeys(needs, "a"), lambda id_: begun.append(id_.name) or True, Bounds(1, 1))

    assert begun == ["b", "c", "a", "d"]


def test_how_long_stacks_took_before_decides_whose_way_is_longest():
    begun = []
    needs = {stack("a"): [], stack("b"): [], stack("c"): [stack("b")]}
    seconds = {stack("a"): 60.0, stack("b"): 1.0, stack("c"): 1.0}

    walk(
        needs,
        dict.fromkeys(needs, "x"),
        lambda id_: begun.append(id_.name) or True,
        Bounds(1, 1),
        seconds=seconds,
    )

    assert begun == ["a", "b", "c"]


def test_nothing_is_begun_once_the_walk_is_stopped():
    needs = {stack("a"): [], stack("b"): [stack("a")], stack("c"): [stack("b")]}
    done = []

    walked = walk(
        needs,
        dict.fromkeys(needs, "x"),
        lambda id_: done.append(id_) or True,
        Bounds(4, 4),
        stopped=lambda: len(done) == 2,
    )

    assert walked.done == [stack("a"), stack("b")]
    assert walked.left == (stack("c"),)


def test_what_cannot_be_recorded_stops_everything_but_what_is_under_way():
    both = threading.Barrier(2)
    ended = []

    def do(id_):
        if id_.name in "ab":
            both.wait(20)
        if id_.name == "a":
            raise OSError("No space left on device")
        ended.append(id_.name)
        return True

    needs = {stack("a"): [], stack("b"): [], stack("c"): [stack("b")]}
    with pytest.raises(OSError, match="No space left"):
        walk(needs, dict.fromkeys(needs, "x"), do, Bounds(2, 2))

    assert ended == ["b"]
