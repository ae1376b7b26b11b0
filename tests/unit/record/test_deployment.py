from __future__ import annotations

import pytest

from skafu.model.cloud import ResourceEvent
from skafu.model.deployment import LockEvent, NotDeclared, Phase, ReadBack, StoodIn
from skafu.model.event import KINDS, Event
from skafu.record import deployment_of
from skafu.record.stack_steps import STEPS


def by_name(deployment):
    return {stack.id.name: stack for stack in deployment.stacks}


def test_a_run_that_only_judged_deployed_nothing(told):
    assert deployment_of(told([])) is None


def test_a_deployment_is_read_back_with_all_that_was_told(told, make):
    judged = [
        {
            "event": "stack-resolved",
            "stack": str(make.data),
            "account": "rehearsal",
        },
        {"event": "stack-decided", "stack": str(make.data), "digest": "a" * 64, "gate": "approved"},
    ]
    found = deployment_of([*judged, *told(make.whole())])
    assert (found.run, found.command, found.endpoint, found.who) == (make.run, "deploy", "embedded", "ada")
    assert found.line == "skafu deploy --env staging"
    assert found.options == {"environments": ["staging"]}
    assert found.needs == {make.keys: (), make.data: (make.keys,), make.api: (make.data,)}
    assert (found.result, found.finished, found.ended) == ("done", True, "2026-11-22T10:00:38.000+00:00")
    assert [lock.happened for lock in found.locks] == ["taken", "released"]
    assert found.not_declared == (NotDeclared("old", "arn:old", "CREATE_COMPLETE"),)
    assert {name: stack.result for name, stack in by_name(found).items()} == {
        "api": "unchanged",
        "data": "updated",
        "keys": "created",
    }
    data = by_name(found)["data"]
    assert (data.account, data.digest, data.gate, data.sealed) == (
        "rehearsal",
        "a" * 64,
        "approved",
        "a" * 64,
    )
    assert (data.parts, data.judges) == ({"template": "d"}, {"policies": "e"})
    assert (data.kind, data.token, data.execution_token) == ("CREATE", "t-data", "t-data")
    assert (data.submitted, data.file) == ("b" * 64, "submitted/data.json")
    assert (data.change_set, data.stack_id, data.status) == (
        "arn:data:change-set",
        "arn:data",
        "CREATE_COMPLETE",
    )
    assert (data.outputs, data.seconds, data.phase) == ({"Name": "data"}, 2.5, Phase.ENDED)
    assert data.plan == {"kind": "create", "changes": [{"action": "add"}]}
    assert data.plan_gate == "approved"
    assert data.read_back == ReadBack("same", "same", "same")
    assert [one["key"] for one in data.artifacts] == ["data.zip"]
    assert data.resources == (
        ResourceEvent(
            "", "2026-11-22T10:00:00+00:00", "data", "Table", "AWS::DynamoDB::Table", "CREATE_COMPLETE"
        ),
    )


def test_a_failure_has_its_reason_its_status_and_what_to_do(told, make):
    found = by_name(deployment_of(told(make.whole(well=False))))
    data, api = found["data"], found["api"]
    assert (data.result, data.status) == ("failed", "ROLLBACK_COMPLETE")
    assert (data.reason, data.hint) == ("Table: no such key", "Name another key.")
    assert (api.result, api.because, api.reason) == ("skipped", str(make.data), "it failed")


PHASES = [
    (0, Phase.NOT_BEGUN, "not begun"),
    (1, Phase.STARTED, "in flight"),
    (3, Phase.CHANGE_SET_REQUESTED, "in flight"),
    (4, Phase.CHANGE_SET_MADE, "in flight"),
    (7, Phase.CHANGE_SET_MADE, "in flight"),
    (8, Phase.EXECUTION_REQUESTED, "in flight"),
    (10, Phase.EXECUTION_REQUESTED, "in flight"),
    (11, Phase.ENDED, "created"),
]


@pytest.mark.parametrize(("events", "phase", "state"), PHASES)
def test_a_run_that_was_broken_off_tells_how_far_a_stack_came(told, make, events, phase, state):
    keys = by_name(deployment_of(told([make.begun(), *list(make.done(make.keys))[:events]])))["keys"]
    assert (keys.phase, keys.state) == (phase, state)


def test_a_blocked_plan_is_not_a_failure_of_the_deployment(told, make):
    *until_planned, _, _, _, _, _, _ = make.done(make.keys)
    blocked = Event(
        "plan-decided", make.keys, {"gate": "blocked", "reasons": ["r at t.yaml:1:1"], "findings": []}
    )
    afterwards = Event("stack-failed", make.keys, {"reason": "its plan is blocked", "status": "", "hint": ""})
    for events in ([*until_planned, blocked], [*until_planned, blocked, afterwards]):
        keys = by_name(deployment_of(told([make.begun(), *events])))["keys"]
        assert (keys.result, keys.phase) == ("blocked", Phase.ENDED)
        assert keys.plan_reasons == ("r at t.yaml:1:1",)


def test_a_stack_that_failed_and_is_begun_anew_has_nothing_of_its_first_attempt(told, make):
    events = [make.begun(), *make.failing(make.keys), Event("deploy-resumed", None, {"who": "bob"})]
    again = Event("stack-started", make.keys, {"status": "ROLLBACK_COMPLETE"})
    keys = by_name(deployment_of(told([*events, again])))["keys"]
    assert (keys.phase, keys.result, keys.token, keys.reason) == (Phase.STARTED, "", "", "")


def test_a_stack_in_flight_that_is_picked_up_keeps_its_token_and_hears_nothing_twice(told, make):
    *until_executed, _, _ = make.done(make.keys)
    resumed = [
        Event("deploy-resumed", None, {"who": "bob"}),
        Event("stack-started", make.keys, {"status": ""}),
    ]
    again = make.resource(make.keys, "Table", "CREATE_COMPLETE")
    found = deployment_of(told([make.begun(), *until_executed, *resumed, again]))
    keys = by_name(found)["keys"]
    assert (keys.phase, keys.execution_token) == (Phase.EXECUTION_REQUESTED, "t-keys")
    assert len(keys.resources) == 1
    assert [who for _, who in found.resumed] == ["bob"]
    assert not found.finished


def test_whatever_else_happened_to_a_stack_is_known_too(told, make):
    events = [
        Event("stack-recovered", make.keys, {"action": "delete", "status": "DELETE_COMPLETE"}),
        Event("stood-in", make.keys, {"resources": [{"logical_id": "Trail", "type": "T", "reason": "r"}]}),
        Event("drift", make.keys, {"drifted": [{"logical_id": "A"}], "checked": 3, "unchecked": ["B"]}),
        Event("stack-left", make.api, {"reason": "only an administrator deploys it"}),
        make.lock("lock-lost", reason="somebody took it"),
        make.lock("lock-taken", **{"from": "bob"}),
    ]
    found = deployment_of(told([make.begun(), *events]))
    keys, api = by_name(found)["keys"], by_name(found)["api"]
    assert keys.recovered == (("delete", "DELETE_COMPLETE"),)
    assert keys.stood_in == (StoodIn("Trail", "T", "r"),)
    assert keys.drift == {"drifted": [{"logical_id": "A"}], "checked": 3, "unchecked": ["B"]}
    assert (api.result, api.reason) == ("left", "only an administrator deploys it")
    place = ("rehearsal", "us-east-1", "staging")
    assert found.locks == (
        LockEvent("lost", "2026-11-22T10:00:06.000+00:00", *place, "somebody took it"),
        LockEvent("taken", "2026-11-22T10:00:07.000+00:00", *place, "bob"),
    )


def test_events_of_a_newer_version_change_nothing(told, make):
    events = list(make.whole())
    newer = [event for one in events for event in (one, Event("of-a-newer-version", make.api, {"x": 1}))]
    assert [stack.result for stack in deployment_of(told(newer)).stacks] == [
        "unchanged",
        "updated",
        "created",
    ]


def test_every_step_is_a_kind_of_event_that_may_be_told():
    assert STEPS.keys() <= KINDS.keys()


def test_an_event_without_what_its_kind_carries_is_never_passed_over(told, make):
    with pytest.raises(KeyError):
        deployment_of(told([make.begun(), Event("stack-done", make.keys, {"status": "CREATE_COMPLETE"})]))
