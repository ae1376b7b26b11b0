"""Events of a deployment, and logs that hold them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from skafu.model.estate import StackId
from skafu.model.event import Event
from skafu.record.log import Log, read

KEYS = StackId("staging", "us-east-1", "keys")
DATA = StackId("staging", "us-east-1", "data")
API = StackId("staging", "us-east-1", "api")
RUN = "20261122T100000Z-abcdef"


def clock():
    """A clock that goes on by a second each time it is asked."""
    time = datetime(2026, 11, 22, 10, tzinfo=UTC)

    def now():
        nonlocal time
        time += timedelta(seconds=1)
        return time

    return now


def resource(stack, logical_id, status, reason=""):
    return Event(
        "resource",
        stack,
        {
            "time": "2026-11-22T10:00:00+00:00",
            "logical_id": logical_id,
            "type": "AWS::DynamoDB::Table",
            "status": status,
            "reason": reason,
            "in": stack.name,
        },
    )


def begun(command="deploy"):
    needs = {str(KEYS): [], str(DATA): [str(KEYS)], str(API): [str(DATA)]}
    return Event(
        "deploy-started",
        None,
        {
            "command": command,
            "endpoint": "embedded",
            "who": "ada",
            "options": {"environments": ["staging"]},
            "needs": needs,
        },
    )


def lock(kind, **values):
    place = {"account": "rehearsal", "region": "us-east-1", "environment": "staging"}
    return Event(kind, None, {**place, **values})


def done(stack, result="created"):
    """What is told of a stack that goes well."""
    name = stack.name
    yield Event("stack-started", stack, {"status": ""})
    yield Event(
        "artifact-stored",
        stack,
        {"place": "Resources.F", "key": f"{name}.zip", "sha256": "c" * 64, "size": 5, "new": True},
    )
    yield Event(
        "change-set-requested",
        stack,
        {"token": f"t-{name}", "kind": "CREATE", "submitted": "b" * 64, "file": f"submitted/{name}.json"},
    )
    yield Event("change-set-made", stack, {"id": f"arn:{name}:change-set"})
    yield Event("planned", stack, {"plan": {"kind": "create", "changes": [{"action": "add"}]}})
    yield Event("plan-decided", stack, {"gate": "approved", "reasons": [], "findings": []})
    yield Event(
        "sealed", stack, {"digest": "a" * 64, "parts": {"template": "d"}, "judges": {"policies": "e"}}
    )
    yield Event("execution-requested", stack, {"id": f"arn:{name}:change-set", "token": f"t-{name}"})
    yield resource(stack, "Table", "CREATE_COMPLETE")
    yield Event(
        "read-back", stack, {"template": "same", "parameters": "same", "tags": "same", "differences": []}
    )
    yield Event(
        "stack-done",
        stack,
        {
            "result": result,
            "status": "CREATE_COMPLETE",
            "stack_id": f"arn:{name}",
            "outputs": {"Name": name},
            "seconds": 2.5,
        },
    )


def failing(stack):
    """What is told of a stack that CloudFormation cannot make."""
    *before, _, _, _ = done(stack)
    yield from before
    yield resource(stack, "Table", "CREATE_FAILED", "no such key")
    yield Event(
        "stack-failed",
        stack,
        {"reason": "Table: no such key", "status": "ROLLBACK_COMPLETE", "hint": "Name another key."},
    )


def whole(*, well=True):
    """A deployment from its beginning to its end: `keys`, then `data`, then `api`."""
    yield begun()
    yield lock("lock-taken", **{"from": ""})
    yield from done(KEYS)
    if well:
        yield from done(DATA, "updated")
        yield from done(API, "unchanged")
    else:
        yield from failing(DATA)
        yield Event("stack-skipped", API, {"because": str(DATA), "reason": "it failed"})
    yield lock("lock-released")
    yield Event("not-declared", None, {"name": "old", "id": "arn:old", "status": "CREATE_COMPLETE"})
    yield Event("deploy-finished", None, {"result": "done" if well else "failed", "counts": {"done": 3}})


@pytest.fixture
def told():
    """Events, as the log of a run gives them back."""

    def record(events):
        stream = io.StringIO()
        log = Log(stream, durable=False, now=clock())
        log.started(RUN, "2026-11-22T10:00:00+00:00", "skafu deploy --env staging")
        for event in events:
            log.told(event)
        return read(stream.getvalue().splitlines(keepends=True), "log")

    return record


@pytest.fixture
def make():
    """The stacks and events above."""

    class Make:
        keys, data, api, run = KEYS, DATA, API, RUN
        begun = staticmethod(begun)
        done = staticmethod(done)
        failing = staticmethod(failing)
        whole = staticmethod(whole)
        lock = staticmethod(lock)
        resource = staticmethod(resource)
        clock = staticmethod(clock)

    return Make
