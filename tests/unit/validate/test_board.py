"""Who looks at what next, without a clock and without threads where one answer is enough."""

from __future__ import annotations

import threading

import pytest

from skafu.validate.board import Board

STACKS = [f"stack {number}" for number in range(10)]
"""The board never looks at a stack."""


def board(**judges):
    made = Board(judges)
    for judge, count in judges.items():
        for stack in STACKS[:count]:
            made.add(judge, stack)
    return made


def closed(**judges):
    made = board(**judges)
    made.close()
    return made


def test_each_judge_is_started_once_before_any_is_helped():
    one = closed(checkov=5, lint=5, policies=5)
    assert [one.next(None)[0] for _ in range(3)] == ["checkov", "lint", "policies"]


def test_a_judge_that_has_started_goes_on_with_its_own_work():
    one = closed(checkov=2, lint=2)
    assert [one.next(None), one.next("checkov")] == [("checkov", "stack 0"), ("checkov", "stack 1")]


def test_without_work_of_its_own_it_turns_to_what_nobody_has_started():
    one = closed(checkov=1, lint=1, policies=1)
    assert one.next(None) == ("checkov", "stack 0")
    assert one.next("checkov") == ("lint", "stack 0")
    assert one.next("lint") == ("policies", "stack 0")
    assert one.next("policies") is None


@pytest.mark.parametrize(
    ("start", "each", "left", "helped"),
    [(1.0, 0.5, 6, True), (1.0, 0.5, 4, False), (0.1, 0.5, 1, True), (9.0, 1.0, 6, False)],
)
def test_a_further_process_is_started_where_the_work_left_is_worth_twice_its_start(start, each, left, helped):
    one = closed(checkov=1, lint=left + 2)
    one.next(None)
    one.next(None)
    one.answered("lint", start, first=True)
    one.next("lint")
    one.answered("lint", each, first=False)
    assert one.next("checkov") == (("lint", "stack 2") if helped else None)


def test_two_helpers_must_be_worth_it_twice_over():
    one = closed(a=1, b=1, lint=9)
    for _ in range(3):
        one.next(None)
    one.answered("lint", 1.0, first=True)
    one.next("lint")
    one.answered("lint", 0.4, first=False)
    assert one.next("a") == ("lint", "stack 2")  # seven left, 2.8 s, for one process
    assert one.next("b") is None  # six left, 2.4 s, for two of them


def test_who_cannot_know_yet_whether_help_pays_waits_for_the_first_answers():
    one = closed(checkov=1, lint=9)
    one.next(None)
    one.next(None)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(one.next("checkov")))
    waiting.start()
    one.answered("lint", 1.0, first=True)
    one.next("lint")
    assert waiting.is_alive()
    one.answered("lint", 1.0, first=False)
    waiting.join(10)
    assert answers == [("lint", "stack 2")]


def test_who_has_started_a_judge_waits_for_more_while_more_may_come():
    one = board(checkov=1, lint=3)
    assert one.next(None) == ("checkov", "stack 0")
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(one.next("checkov")))
    waiting.start()
    one.add("checkov", "late")
    waiting.join(10)
    assert answers == [("checkov", "late")]


@pytest.mark.parametrize("end", [Board.close, Board.stop])
def test_whoever_waits_is_told_that_there_is_nothing_left(end):
    one = board(checkov=0)
    answers = []
    waiting = [threading.Thread(target=lambda: answers.append(one.next(None))) for _ in range(3)]
    for thread in waiting:
        thread.start()
    end(one)
    for thread in waiting:
        thread.join(10)
    assert answers == [None, None, None]


def test_a_stopped_board_gives_no_work_although_there_is_some():
    one = closed(checkov=5)
    one.stop()
    assert (one.stopped, one.next(None)) == (True, None)
