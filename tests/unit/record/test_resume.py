from __future__ import annotations

import pytest

from skafu.model.errors import InputError
from skafu.model.event import Event
from skafu.record import Left, broken_of, deployment_of, report_of


def broken(told, events):
    return broken_of(deployment_of(told(events)), "the-run")


def test_every_moment_at_which_a_stack_may_be_broken_off_says_what_is_left_to_do(told, make):
    events = list(make.done(make.keys))
    left = [broken(told, [make.begun(), *events[:end]]).left[make.keys] for end in range(len(events) + 1)]
    assert left == [Left.TO_DO] * 3 + [Left.IN_FLIGHT] * 8 + [Left.DONE]


def test_what_is_done_is_not_touched_and_what_needs_it_is_to_do(told, make):
    *until_executed, _, _ = make.done(make.data)
    found = broken(told, [make.begun(), make.lock("lock-taken"), *make.done(make.keys), *until_executed])
    assert [stack.id for stack in found.stacks(Left.DONE)] == [make.keys]
    assert [stack.id for stack in found.stacks(Left.TO_DO)] == [make.api]
    (data,) = found.stacks(Left.IN_FLIGHT)
    assert (data.id, data.token, data.change_set) == (make.data, "t-data", "arn:data:change-set")
    assert found.deployment.options == {"environments": ["staging"]}
    assert [lock.environment for lock in found.held] == ["staging"]


def test_what_failed_was_skipped_or_left_is_to_do_again(told, make):
    events = [
        make.begun(),
        *make.failing(make.keys),
        Event("stack-skipped", make.data, {"because": str(make.keys), "reason": "r"}),
        Event("stack-left", make.api, {"reason": "r"}),
    ]
    assert set(broken(told, events).left.values()) == {Left.TO_DO}


def test_a_done_stack_that_was_not_read_back_is_not_quite_done(told, make):
    events = [event for event in make.done(make.keys) if event.kind != "read-back"]
    assert broken(told, [make.begun(), *events]).left[make.keys] is Left.UNREAD


def test_a_stack_that_was_done_and_is_begun_anew_is_in_flight_again_with_its_new_token(told, make):
    again = [one for one in make.done(make.keys) if one.kind in {"stack-started", "change-set-requested"}]
    (stack,) = broken(told, [make.begun(), *make.done(make.keys), *again]).stacks(Left.IN_FLIGHT)
    assert (stack.id, stack.token, stack.result) == (make.keys, "t-keys", "")


def test_a_deleted_stack_has_nothing_to_read_back(told, make):
    deleted = Event("stack-done", make.keys, {"result": "deleted", "status": "DELETE_COMPLETE"})
    assert broken(told, [make.begun("destroy"), deleted]).left[make.keys] is Left.DONE


def test_a_result_that_is_not_known_is_no_reason_to_leave_a_stack_alone(told, make):
    events = list(make.done(make.keys, "of-a-newer-version"))
    assert broken(told, [make.begun(), *events]).left[make.keys] is Left.TO_DO


def test_a_lock_that_was_released_or_lost_is_not_held(told, make):
    for kind in ("lock-released", "lock-lost"):
        assert broken(told, [make.begun(), make.lock("lock-taken"), make.lock(kind)]).held == ()


def test_a_run_that_came_to_its_end_deployed_nothing_or_changes_nothing_is_not_resumed(told, make):
    for events, message in [
        ([], "run the-run deployed nothing, so there is nothing to resume"),
        (make.whole(), r"run the-run came to its end at 2026-11-22T10:00:38.000\+00:00 \(done\)"),
        ([make.begun("plan")], "run the-run is a `skafu plan`, which changes nothing"),
    ]:
        with pytest.raises(InputError, match=message):
            broken(told, events)


def test_a_run_that_was_resumed_and_broken_off_again_is_resumed_again(told, make):
    events = [make.begun(), Event("deploy-resumed", None, {"who": "bob"}), *make.done(make.keys)]
    assert broken(told, events).left[make.keys] is Left.DONE


def test_a_resumed_run_that_judges_again_is_reported_as_it_was_judged_last(told, make):
    resolved = {
        "event": "stack-resolved",
        "stack": str(make.keys),
        "definition": "keys",
        "environment": "staging",
        "account": "a",
        "region": "us-east-1",
        "digest": "1",
    }
    decided = {"event": "run-decided", "gate": "approved", "reasons": [], "tools": {}, "validators": []}
    gate = {
        "event": "stack-decided",
        "stack": str(make.keys),
        "digest": "1",
        "gate": "approved",
        "reasons": [],
    }
    first = [resolved, gate, decided]
    resumed = told([make.begun(), Event("deploy-resumed", None, {"who": "bob"})])
    assert report_of([*first, *resumed]).gate == "approved"
    assert report_of([*first, *resumed, resolved]).gate == "blocked"
    again = report_of([*first, *resumed, resolved, gate, decided])
    assert (again.gate, len(again.stacks)) == ("approved", 1)
