from __future__ import annotations

import hashlib
import json
import multiprocessing
import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from skafu.model.errors import InputError, SkafuError
from skafu.model.estate import StackId
from skafu.model.event import Event
from skafu.record import Log
from skafu.record.history import (
    deployed_template,
    deployments,
    known_stacks,
    last_deployed,
    life,
    open_history,
    runs,
    sync,
)
from skafu.record.history.tables import (
    Finding,
    FindingStack,
    Judged,
    Lock,
    NotDeclared,
    Outcome,
    ResourceEvent,
    StoodIn,
    Table,
    Version,
)

FINDING = {
    "rule": "tables-recoverable",
    "tool": "policies",
    "severity": "high",
    "title": "t",
    "message": "m",
    "location": {"file": "stacks/data/template.yaml", "line": 3, "column": 5},
    "stacks": ["staging/us-east-1/data"],
    "logical_id": "Table",
    "path": "Resources.Table",
    "controls": ["soc2:A1.2"],
    "help": "",
    "fingerprint": "f" * 32,
    "bad_input": False,
    "skips": "",
}


def judging(gate="approved"):
    """Events of a run that judged two stacks."""
    for name in ("data", "keys"):
        stack = f"staging/us-east-1/{name}"
        place = {"definition": name, "environment": "staging", "account": "rehearsal", "region": "us-east-1"}
        yield {"event": "stack-resolved", "stack": stack, "digest": "a" * 64, **place}
        yield {"event": "outcome", "validator": "policies", "stack": stack, "status": "ran", "reason": ""}
    decision = "waived" if gate == "approved" else "blocking"
    waiver = "W-1" if gate == "approved" else ""
    yield {"event": "finding", "finding": FINDING, "decision": decision, "waiver": waiver}
    for name in ("data", "keys"):
        reasons = [] if gate == "approved" else ["tables-recoverable at template.yaml:3:5"]
        stack = f"staging/us-east-1/{name}"
        yield {"event": "stack-decided", "stack": stack, "digest": "a" * 64, "gate": gate, "reasons": reasons}
    tools = {"skafu": "0.1.0"}
    yield {"event": "run-decided", "gate": gate, "reasons": [], "tools": tools, "validators": ["policies"]}


@pytest.fixture
def record(tmp_path, make):
    """Writes the record of a run, from events and raw lines; answers its file."""

    now = make.clock()

    def write(run, events=(), *, gate="approved"):
        log = Log.create(tmp_path / "runs" / run, now=now)
        log.started(run, "2026-11-22T10:00:00+00:00", "skafu deploy")
        file = tmp_path / "runs" / run / "events.jsonl"
        with file.open("a", encoding="ascii") as lines:
            lines.writelines(f"{json.dumps(event)}\n" for event in judging(gate))
        log.close()
        log = Log.resume(tmp_path / "runs" / run, now=now)
        for event in events:
            log.told(event)
        log.close()
        return file

    return write


@pytest.fixture
def history(tmp_path):
    opened = open_history(tmp_path / "reports" / "history.db")
    yield opened
    opened.close()


def rows(history, table):
    """All rows of a table, as plain values."""
    with history.session() as session:
        return [
            {column.key: getattr(row, column.key) for column in table.__mapper__.column_attrs}
            for row in session.scalars(select(table))
        ]


def dump(history):
    """Everything the history holds."""
    tables = [mapper.class_ for mapper in Table.registry.mappers]
    return {table.__tablename__: rows(history, table) for table in tables}


def test_a_run_is_entered_with_all_that_it_judged_and_did(tmp_path, record, history, make):
    record(make.run, make.whole())
    done = sync(tmp_path / "runs", history)
    assert (done.read, done.known, done.unreadable) == ((make.run,), 0, {})
    (run,) = runs(history)
    assert (run.run, run.state, run.command, run.line) == (make.run, "read", "deploy", "skafu deploy")
    assert (run.who, run.endpoint, run.gate, run.result) == ("ada", "embedded", "approved", "done")
    assert (run.started, run.stacks, run.done) == (datetime(2026, 11, 22, 10, tzinfo=UTC), 2, 3)
    assert [one["stack"] for one in rows(history, Judged)] == [
        "staging/us-east-1/data",
        "staging/us-east-1/keys",
    ]
    assert {(one["validator"], one["status"]) for one in rows(history, Outcome)} == {("policies", "ran")}
    (finding,) = rows(history, Finding)
    assert (finding["fingerprint"], finding["decision"], finding["waiver"]) == ("f" * 32, "waived", "W-1")
    assert [one["stack"] for one in rows(history, FindingStack)] == ["staging/us-east-1/data"]
    assert [one["happened"] for one in rows(history, Lock)] == ["taken", "released"]
    assert [one["name"] for one in rows(history, NotDeclared)] == ["old"]
    assert [one["logical_id"] for one in rows(history, ResourceEvent)] == ["Table"] * 3


def test_what_was_deployed_is_told_with_who_where_when_and_on_which_approval(tmp_path, record, history, make):
    record(make.run, make.whole())
    sync(tmp_path / "runs", history)
    (data,) = [one for one in deployments(history) if one.stack == make.data]
    assert (data.run, data.endpoint, data.result, data.who) == (make.run, "embedded", "updated", "ada")
    assert (data.approval.run, data.approval.digest) == (make.run, "a" * 64)
    assert data.approval.tools == {"skafu": "0.1.0"}
    assert (data.as_approved, data.submitted, data.file) == ("same", "b" * 64, "submitted/data.json")
    assert (data.seconds, data.outputs) == (2.5, {"Name": "data"})
    assert data.ended.tzinfo is not None
    (api,) = [one for one in deployments(history) if one.stack == make.api]
    assert api.approval is None  # nothing in the record approves it


def test_what_was_sealed_as_something_else_has_no_approval(tmp_path, record, history, make):
    events = list(make.whole())
    for event in events:
        if event.kind == "sealed" and event.stack == make.data:
            event.values["digest"] = "0" * 64
    record(make.run, events)
    sync(tmp_path / "runs", history)
    assert {one.stack.name: one.approval is not None for one in deployments(history)} == {
        "api": False,
        "data": False,
        "keys": True,
    }


def test_deployments_are_asked_for_by_environment_time_and_endpoint(tmp_path, record, history, make):
    record(make.run, make.whole())
    sync(tmp_path / "runs", history)
    assert len(deployments(history, environment="staging")) == 3
    assert deployments(history, environment="production") == []
    assert deployments(history, endpoint="aws") == []
    assert [
        one.stack.name for one in deployments(history, since=datetime(2026, 11, 22, 10, 0, 30, tzinfo=UTC))
    ] == ["api"]


def test_a_second_sync_enters_nothing_and_one_that_has_grown_is_read_again(tmp_path, record, history, make):
    events = list(make.whole())
    file = record(make.run, events[:5])
    sync(tmp_path / "runs", history)
    assert runs(history)[0].result == ""
    before = dump(history)
    assert sync(tmp_path / "runs", history).read == ()
    assert dump(history) == before
    log = Log.resume(file.parent, now=make.clock())
    for event in events[5:]:
        log.told(event)
    log.close()
    assert sync(tmp_path / "runs", history).read == (make.run,)
    assert runs(history)[0].result == "done"
    fresh = open_history(tmp_path / "another.db")
    sync(tmp_path / "runs", fresh)
    assert dump(fresh) == dump(history)
    fresh.close()


BROKEN = {
    "of-nothing": ("", "it holds no event: the run was broken off before it began"),
    "of-half-a-line": ('{"event": "run-st', "it holds no event: the run was broken off before it began"),
    "of-no-json": (
        "what\nis this\n",
        "of-no-json/events.jsonl:1:1: this line of the log is no event",
    ),
    "of-another": (
        '{"event": "run-started", "run": "x", "time": "", "command": ""}\n',
        "it is not the record of this run: its first event is about x",
    ),
    "of-less": (
        '{"event": "run-started", "run": "of-less", "time": "", "command": ""}\n{"event": "deploy-started"}\n',
        "an event is not what its kind carries: KeyError: 'command'",
    ),
    "of-bytes": (b"\xff\xfe\0\n", "of-bytes/events.jsonl:1:1: this line of the log is no event"),
}


def test_a_record_that_cannot_be_read_is_entered_with_the_reason_and_stops_no_other(
    tmp_path, record, history, make
):
    for run, (body, _) in BROKEN.items():
        (tmp_path / "runs" / run).mkdir(parents=True)
        (tmp_path / "runs" / run / "events.jsonl").write_bytes(
            body if isinstance(body, bytes) else body.encode()
        )
    (tmp_path / "runs" / "of-a-folder" / "events.jsonl").mkdir(parents=True)
    record(make.run, make.whole())
    done = sync(tmp_path / "runs", history)
    problems = {run: problem for run, (_, problem) in BROKEN.items()}
    problems["of-a-folder"] = "it cannot be read: Is a directory"
    assert done.unreadable == problems
    found = {one.run: (one.state, one.problem) for one in runs(history)}
    assert found == {make.run: ("read", ""), **{run: ("unreadable", text) for run, text in problems.items()}}


def test_a_record_that_says_something_twice_or_leaves_it_out_stops_no_other(tmp_path, record, history, make):
    resolved = next(event for event in judging() if event["event"] == "stack-resolved")
    nobody = {"event": "outcome", "validator": "v", "stack": "s", "status": None, "reason": ""}
    for run, event in (("20261122T080000Z-000001", resolved), ("20261122T090000Z-000002", nobody)):
        with record(run).open("a", encoding="ascii") as lines:
            lines.write(f"{json.dumps(event)}\n")
    record(make.run, make.whole())
    assert sync(tmp_path / "runs", history).unreadable == {
        "20261122T080000Z-000001": (
            "the database does not take it: UNIQUE constraint failed: judged.run, judged.stack"
        ),
        "20261122T090000Z-000002": "the database does not take it: NOT NULL constraint failed: outcomes.status",
    }
    assert [one.state for one in runs(history)] == ["read", "unreadable", "unreadable"]


def test_text_that_no_database_takes_is_kept_without_what_it_cannot_hold(tmp_path, record, history, make):
    events = list(make.whole(well=False))
    for event in events:
        if event.kind == "stack-failed":
            event.values["reason"] = "half \ud800 a pair, and \0"
    record(make.run, events)
    assert sync(tmp_path / "runs", history).unreadable == {}
    (failed,) = [one for one in deployments(history) if one.result == "failed"]
    assert failed.reason == "half ? a pair, and \N{REPLACEMENT CHARACTER}"


def test_the_life_of_a_stack_is_every_run_that_judged_or_deployed_it(tmp_path, record, history, make):
    record("20261122T090000Z-000001", gate="blocked")
    record("20261122T100000Z-000002", make.whole())
    record("20261122T110000Z-000003")
    sync(tmp_path / "runs", history)
    assert known_stacks(history) == [make.api, make.data, make.keys]
    assert [
        (one.run[:11], one.command, one.gate, one.deployed.result if one.deployed else "")
        for one in life(history, make.data)
    ] == [
        ("20261122T11", "validate", "approved", ""),
        ("20261122T10", "deploy", "approved", "updated"),
        ("20261122T09", "validate", "blocked", ""),
    ]
    assert life(history, make.data)[2].reasons == ("tables-recoverable at template.yaml:3:5",)
    assert [(one.gate, one.deployed.result) for one in life(history, make.api)] == [("", "unchanged")]
    assert [one.run[:11] for one in runs(history, command="validate")] == ["20261122T11", "20261122T09"]
    assert len(runs(history, limit=1)) == 1


def test_what_stands_is_what_was_deployed_last_at_that_endpoint(tmp_path, record, history, make):
    record("20261122T090000Z-000001", make.whole())
    sync(tmp_path / "runs", history)
    assert last_deployed(history, make.data, endpoint="aws") is None
    assert last_deployed(history, StackId("staging", "us-east-1", "new"), endpoint="embedded") is None
    found = last_deployed(history, make.data, endpoint="embedded")
    assert (found.run, found.file) == ("20261122T090000Z-000001", "submitted/data.json")


def test_a_failed_deployment_leaves_standing_what_was_there_and_a_deleted_stack_nothing(
    tmp_path, record, history, make
):
    record("20261122T090000Z-000001", make.whole())
    record("20261122T100000Z-000002", make.whole(well=False))
    sync(tmp_path / "runs", history)
    assert last_deployed(history, make.data, endpoint="embedded").run == "20261122T090000Z-000001"
    record("20261122T110000Z-000003", [make.begun("destroy"), *make.done(make.data, "deleted")])
    sync(tmp_path / "runs", history)
    assert last_deployed(history, make.data, endpoint="embedded") is None
    assert last_deployed(history, make.keys, endpoint="embedded").run == "20261122T100000Z-000002"


def test_the_template_that_was_deployed_is_the_one_that_was_submitted_or_none(
    tmp_path, record, history, make
):
    body = b'{"Resources": {}}'
    events = list(make.whole())
    for event in events:
        if event.kind == "change-set-requested":
            event.values["submitted"] = hashlib.sha256(body).hexdigest()
    file = record(make.run, events)
    sync(tmp_path / "runs", history)
    deployed = last_deployed(history, make.data, endpoint="embedded")
    with pytest.raises(InputError, match=r"cannot be read from .*data\.json: No such file"):
        deployed_template(tmp_path / "runs", deployed)
    copy = file.parent / "submitted" / "data.json"
    copy.parent.mkdir()
    copy.write_bytes(body)
    assert deployed_template(tmp_path / "runs", deployed) == body.decode()
    copy.write_bytes(body + b" ")
    with pytest.raises(InputError, match=r"is not the template that run .* submitted: it was edited since"):
        deployed_template(tmp_path / "runs", deployed)


def _sync_alone(folder, database, found):
    history = open_history(database)
    found.put(len(sync(folder, history).read))
    history.close()


def test_four_syncs_at_once_enter_each_run_once(tmp_path, record, make):
    for number in range(12):
        record(f"20261122T10{number:02}00Z-000000", make.whole())
    context = multiprocessing.get_context("fork")
    found = context.Queue()
    database = tmp_path / "together.db"
    arguments = (tmp_path / "runs", database, found)
    processes = [context.Process(target=_sync_alone, args=arguments) for _ in range(4)]
    for process in processes:
        process.start()
    entered = [found.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    assert sum(entered) == 12
    together, alone = open_history(database), open_history(tmp_path / "alone.db")
    sync(tmp_path / "runs", alone)
    assert dump(together) == dump(alone)
    together.close()
    alone.close()


def test_a_history_of_another_version_is_refused_and_made_anew_from_the_records(tmp_path, record, make):
    record(make.run, make.whole())
    file = tmp_path / "history.db"
    history = open_history(file)
    sync(tmp_path / "runs", history)
    before = dump(history)
    history.change(lambda session: session.execute(update(Version).values(number=0)))
    history.close()
    with pytest.raises(InputError) as caught:
        open_history(file)
    assert str(caught.value) == (
        "the history is of version 0, and this skafu writes version 1. "
        "`skafu history sync --rebuild` makes it anew from the records."
    )
    rebuilt = open_history(file, rebuild=True)
    sync(tmp_path / "runs", rebuilt)
    assert dump(rebuilt) == before
    rebuilt.close()


def test_a_file_that_is_no_database_is_no_history(tmp_path):
    (tmp_path / "history.db").write_text(
        "a letter to somebody, longer than the header of a database would be " * 3
    )
    with pytest.raises(InputError, match=r"history\.db is no history: file is not a database"):
        open_history(tmp_path / "history.db")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE runs (x)")
    with pytest.raises(InputError, match="the history is incomplete: it has runs and no version"):
        open_history(tmp_path / "other.db")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense", "the address of the history is no URL of a database. Write sqlite:///FILE"),
        ("oracel://host/name", 'there is no kind of database "oracel". Write sqlite:///FILE'),
        (
            "postgresql+psycopg2://me:secret@host/name",
            "a history in postgresql needs the Python package psycopg2",
        ),
        ("sqlite:////dev/null/history.db", "the history cannot be kept in /dev/null/history.db: File exists"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_to_do_and_without_its_password(address, message):
    with pytest.raises(InputError) as caught:
        open_history(address)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_history_that_cannot_be_written_is_said_so(tmp_path, record, make):
    record(make.run)
    file = tmp_path / "history.db"
    open_history(file).close()
    history = open_history(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(SkafuError, match="cannot be used: attempt to write a readonly database"):
        sync(tmp_path / "runs", history)
    history.close()


def test_what_stood_in_is_known_by_name(tmp_path, record, history, make):
    resources = [{"logical_id": "Trail", "type": "AWS::CloudTrail::Trail", "reason": "no such type"}]
    record(make.run, [make.begun(), Event("stood-in", make.keys, {"resources": resources})])
    sync(tmp_path / "runs", history)
    assert [(one["stack"], one["logical_id"], one["type"]) for one in rows(history, StoodIn)] == [
        ("staging/us-east-1/keys", "Trail", "AWS::CloudTrail::Trail")
    ]


def test_nothing_recorded_is_nothing_entered(tmp_path, history):
    assert sync(tmp_path / "nowhere", history).read == ()
    assert runs(history) == []
    assert (tmp_path / "reports" / "history.db").is_file()
