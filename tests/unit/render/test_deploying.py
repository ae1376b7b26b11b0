from __future__ import annotations

import threading
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from skafu.model.estate import StackId
from skafu.model.event import KINDS, Event
from skafu.render.console.deploying import Deploying

NAMES = ("keys", "data", "api", "web")
KEYS, DATA, API, WEB = (StackId("staging", "us-east-1", name) for name in NAMES)
NEEDS = {KEYS: (), DATA: (KEYS,), API: (DATA,), WEB: ()}
EVIL = "\x1b]0;owned\x07[red]red[/red] \u202egnp.exe\n::error::no ##[group]"


def events():
    """A deployment in which one of four stacks fails."""
    needs = {str(stack): [str(one) for one in needed] for stack, needed in NEEDS.items()}
    begun = {"command": "deploy", "endpoint": "embedded", "who": "ada", "needs": needs}
    yield Event("deploy-started", None, begun)
    place = {"account": "rehearsal", "region": "us-east-1", "environment": "staging"}
    yield Event("lock-taken", None, {**place, "from": "bob"})
    yield Event("stack-started", KEYS, {"status": ""})
    yield Event("stack-started", WEB, {"status": "UPDATE_COMPLETE"})
    yield Event("stack-waiting", WEB, {"reason": "another operation to end"})
    requested = {"token": "t", "kind": "CREATE", "submitted": "", "file": ""}
    yield Event("change-set-requested", KEYS, requested)
    changes = [{"action": "add"}, {"action": "add"}, {"action": "modify", "replacement": "never"}]
    yield Event("planned", KEYS, {"plan": {"changes": changes}})
    yield Event("plan-decided", KEYS, {"gate": "approved", "reasons": [], "findings": []})
    yield Event("execution-requested", KEYS, {"id": "arn", "token": "t"})
    yield Event("resource", KEYS, resource("Key", "CREATE_IN_PROGRESS"))
    yield Event("stack-done", KEYS, {"result": "created", "status": "CREATE_COMPLETE", "seconds": 72.4})
    yield Event("stack-started", DATA, {"status": ""})
    yield Event("stack-failed", DATA, {"reason": "Table: no such key", "status": "", "hint": "Name another."})
    yield Event("stack-skipped", API, {"because": str(DATA), "reason": "it failed"})
    blocked = {"gate": "blocked", "reasons": ["stateful-not-lost at template.yaml:3:5"], "findings": []}
    yield Event("plan-decided", WEB, blocked)
    yield Event("deploy-finished", None, {"result": "failed", "counts": {}})


def resource(logical_id, status):
    type_ = "AWS::KMS::Key"
    return {"time": "", "logical_id": logical_id, "type": type_, "status": status, "reason": "", "in": ""}


def seen(told, *, width=100, terminal=False, **options):
    """What is printed, and what stands below at the end of `told`; each event takes a second."""
    console = Console(
        file=StringIO(), width=width, height=20, force_terminal=terminal, _environ={}, **options
    )
    seconds = 0
    view = Deploying(console, len(NEEDS), NEEDS, clock=lambda: seconds)
    for event in told:
        seconds += 1
        view.tell(event)
    printed = console.file.getvalue()
    with console.capture() as captured:
        console.print(view.at_work())
    return printed, captured.get()


def test_in_a_log_each_step_of_a_stack_is_a_line():
    printed, _ = seen(events())
    assert printed.splitlines() == [
        "Deploying    4 stacks in staging us-east-1 · endpoint embedded · by ada",
        "lock         of staging in rehearsal us-east-1 taken over from bob",
        "started      keys",
        "started      web   UPDATE_COMPLETE",
        "waits        web   for another operation to end",
        "plan         keys  2 added, 1 changed",
        "created      keys  in 1 min 12 s",
        "started      data",
        "failed       data  Table: no such key. Name another.",
        "skipped      api   because data failed",
        "blocked      web   stateful-not-lost at template.yaml:3:5",
    ]


def test_a_line_of_a_log_is_never_wrapped():
    assert seen(events(), width=20)[0] == seen(events(), width=200)[0]


def test_on_a_terminal_what_has_ended_stays_and_what_is_at_work_stands_below():
    printed, below = seen(list(events())[:10], terminal=True, color_system=None)
    assert printed.splitlines() == [
        "Deploying    4 stacks in staging us-east-1 · endpoint embedded · by ada",
        "lock         of staging in rehearsal us-east-1 taken over from bob",
    ]
    assert below.splitlines() == [
        "  keys       7.0 s  Key CREATE_IN_PROGRESS AWS::KMS::Key",
        "  web        6.0 s  waits for another operation to end",
        "10 s  0 of 4 · 2 at work · 2 waiting",
    ]


def test_on_a_terminal_marks_tell_how_a_stack_ended():
    printed, below = seen(events(), terminal=True, color_system=None)
    assert printed.splitlines()[2:] == [
        "✓ created    keys  in 1 min 12 s",
        "✗ failed     data  Table: no such key. Name another.",
        "- skipped    api   because data failed",
        "✗ blocked    web   stateful-not-lost at template.yaml:3:5",
    ]
    assert below.splitlines() == ["16 s  4 of 4 · 1 created · 1 skipped · 1 blocked · 1 failed · 0 at work"]


def test_more_stacks_at_work_than_the_terminal_is_high_are_counted():
    ids = [StackId("staging", "us-east-1", f"stack-{number:02}") for number in range(30)]
    console = Console(
        file=StringIO(), width=60, height=8, force_terminal=True, color_system=None, _environ={}
    )
    view = Deploying(console, 30, dict.fromkeys(ids, ()), clock=lambda: 5.0)
    for stack in ids:
        view.tell(Event("stack-started", stack, {"status": ""}))
    with console.capture() as captured:
        console.print(view.at_work())
    lines = captured.get().splitlines()
    assert len(lines) == 6
    assert lines[-2:] == ["  + 26 more at work", "0.0 s  0 of 30 · 30 at work"]


@pytest.mark.parametrize("width", [1, 7, 20, 43, 80, 300])
def test_what_is_drawn_again_never_wraps(width):
    for number in range(len(list(events()))):
        _, below = seen(list(events())[:number], width=width, terminal=True, color_system=None)
        assert all(len(line) <= width for line in below.splitlines())


def test_what_others_wrote_takes_over_neither_a_terminal_nor_a_log():
    told = [
        Event("stack-started", KEYS, {"status": EVIL}),
        Event("resource", KEYS, resource(EVIL, "CREATE_IN_PROGRESS")),
        Event("stack-waiting", KEYS, {"reason": EVIL}),
        Event("stack-failed", DATA, {"reason": EVIL, "status": "", "hint": EVIL}),
        Event("stack-skipped", StackId("staging", EVIL, EVIL), {"because": EVIL, "reason": EVIL}),
        Event("lock-lost", None, {"account": EVIL, "region": EVIL, "environment": EVIL, "reason": EVIL}),
    ]
    for terminal in (False, True):
        for part in seen(told, terminal=terminal, color_system=None, width=300):
            assert not {"\x1b", "\x07", "\u202e"} & set(part)
            assert "##[" not in part
            assert not any(word.startswith("::") for word in part.split())
            assert "[red]red[/red]" in part


def test_there_is_colour_on_a_terminal_only():
    assert "\x1b[" in seen(events(), terminal=True, color_system="standard")[0]
    assert "\x1b[" not in seen(events())[0]


def test_a_console_that_has_no_such_characters_is_given_others():
    ascii_only = Console(file=_Ascii(), width=100, force_terminal=True, color_system=None, _environ={})
    view = Deploying(ascii_only, 4, NEEDS, clock=lambda: 5.0)
    for event in events():
        view.tell(event)
    assert ascii_only.file.getvalue().isascii()


class _Ascii(StringIO):
    encoding = "ascii"


def test_every_kind_of_event_can_be_told_from_many_threads_while_it_is_drawn():
    console = Console(file=StringIO(), width=80, height=20, force_terminal=True, _environ={})
    failed = []

    def tell():
        try:
            for event in events():
                view.tell(event)
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            failed.append(error)

    with Deploying(console, 4, NEEDS) as view:
        threads = [threading.Thread(target=tell) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []
    assert console.file.getvalue().count("created") >= 4


def test_kinds_that_need_no_line_are_told_without_one():
    silent = {
        "lock-released",
        "change-set-made",
        "sealed",
        "artifact-stored",
        "not-declared",
        "of-a-newer-version",
    }
    assert silent - {"of-a-newer-version"} <= KINDS.keys()
    told = [Event(kind, None, {}) for kind in sorted(silent)]
    assert seen(told)[0] == ""


def test_drawing_and_telling_never_wait_for_one_another():
    """Who draws holds the console and asks the view; who tells must not hold the view and ask for the console."""
    console = Console(file=StringIO(), force_terminal=True, width=80, height=20, _environ={})
    stacks = [StackId("development", "us-east-1", f"s{number}") for number in range(8)]
    left = Event("stack-left", stacks[0], {"reason": "it is not ours"})

    def tell(stack):
        for _ in range(100):
            view.tell(replace(left, stack=stack))

    view = Deploying(console, len(stacks), dict.fromkeys(stacks, ())).__enter__()
    threads = [threading.Thread(target=tell, args=(one,), daemon=True) for one in stacks]
    threads.append(threading.Thread(target=lambda: [view._live.refresh() for _ in range(300)], daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [thread for thread in threads if thread.is_alive()] == []
    view.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            Event("stack-recovered", KEYS, {"action": "delete", "status": ""}),
            "recovered    keys  deleted, to be created anew",
        ),
        (
            Event("stack-recovered", KEYS, {"action": "rollback", "status": "UPDATE_ROLLBACK_COMPLETE"}),
            "recovered    keys  rolled back to what stood before: UPDATE_ROLLBACK_COMPLETE",
        ),
        (
            Event("stack-recovered", KEYS, {"action": "delete", "status": "DELETE_FAILED"}),
            "recovered    keys  deleting it was asked for, and it ended as DELETE_FAILED",
        ),
        (
            Event("stack-skipped", API, {"because": str(DATA), "reason": "its plan is blocked"}),
            "skipped      api   because the plan of data is blocked",
        ),
        (
            Event("stack-skipped", API, {"because": str(DATA), "reason": "of a reason of next year"}),
            "skipped      api   because of data: of a reason of next year",
        ),
        (
            Event("deploy-resumed", None, {"who": "ada", "run": "20261122T101500Z-3f9a1c", "left": 1, "stacks": 24}),
            "Resuming     20261122T101500Z-3f9a1c: 1 of 24 stacks left · by ada",
        ),
        (Event("deploy-resumed", None, {"who": "ada"}), "Resuming     by ada"),
    ],
)  # fmt: skip
def test_an_event_is_told_in_plain_words(event, line):
    assert seen([event])[0] == f"{line}\n"


def test_a_lock_that_ones_own_earlier_run_left_behind_is_not_said_to_be_somebody_elses():
    place = {"account": "1", "region": "us-east-1", "environment": "staging"}
    told = [
        Event("deploy-resumed", None, {"who": "ada"}),
        Event("lock-taken", None, {**place, "from": "ada"}),
        Event("lock-taken", None, {**place, "from": "bob"}),
    ]
    assert seen(told, width=200)[0].splitlines()[1:] == [
        "lock         of staging in 1 us-east-1 taken over from an earlier run of ada that did not give it back",
        "lock         of staging in 1 us-east-1 taken over from bob",
    ]


def test_what_a_run_that_goes_on_had_done_already_is_not_waited_for():
    console = Console(file=StringIO(), width=100, color_system=None, _environ={})
    view = Deploying(console, 4, NEEDS, done={KEYS: "created", WEB: "unchanged"}, clock=lambda: 5.0)
    console.print(view.at_work())
    assert console.file.getvalue() == "0.0 s  2 of 4 · 1 created · 1 unchanged · 0 at work · 2 waiting\n"


def test_below_the_line_of_a_stack_that_has_ended_it_is_not_at_work_any_more():
    console = Console(
        file=StringIO(), width=80, height=20, force_terminal=True, color_system=None, _environ={}
    )
    with Deploying(console, 1, {KEYS: ()}, clock=lambda: 5.0) as view:
        view.tell(Event("stack-started", KEYS, {"status": ""}))
        view.tell(Event("stack-done", KEYS, {"result": "created", "status": "", "seconds": 1.0}))
    drawn = console.file.getvalue()
    after = drawn[drawn.index("created    keys") :]
    assert "0.0 s  1 of 1 · 1 created · 0 at work" in after
    assert "1 at work" not in after
