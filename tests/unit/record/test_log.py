from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skafu.model.errors import InputError, SkafuError
from skafu.model.estate import Account, Definition, Environment, Stack, StackId
from skafu.model.finding import Errored, Finding, NotApplicable, NotEvaluated, Ran, Severity
from skafu.model.node import Node
from skafu.model.place import Location
from skafu.model.verdict import Approved, Blocked, Decided, Decision, Review, Verdict, WaiverWarning
from skafu.record import Log, read, report_of

API = StackId("staging", "us-east-1", "api")
DATA = StackId("staging", "us-east-1", "data")
HERE = Location("stack.yaml", 3, 5)
NOTHING = Node({}, HERE)
FINDING = Finding(
    "r", "policies", Severity.HIGH, "t", "m", HERE, (API,), "Table", "Resources.Table", ("soc2:A1",)
)
LATE = NotEvaluated("r", "policies", DATA, "Table", "a parameter", HERE)
TOOLS = {"skafu": "1", "checkov": "3"}


def stack(id_):
    return Stack(
        id=id_,
        definition=Definition(id_.name, "layer", "t.yaml", ("staging",), (), NOTHING),
        account=Account("rehearsal", "1" * 12, "", "", "", (), NOTHING),
        environment=Environment("staging", "rehearsal", "us-east-1", ("us-east-1",), NOTHING),
        stack_name=id_.name,
        source=NOTHING,
        template=NOTHING,
        parameters={},
        tags={},
        references=(),
        digest="a" * 64,
    )


VERDICT = Verdict(
    stacks=(Blocked(API, "a" * 64, ("r at stack.yaml:3:5",)), Approved(DATA, "a" * 64)),
    decided=(
        Decided(FINDING, Decision.BLOCKING),
        Decided(replace(FINDING, rule="s"), Decision.WAIVED, "W-1"),
    ),
    not_evaluated=(LATE,),
    reasons=("1 finding blocks",),
)


def record(log, verdict=VERDICT):
    log.started("run-1", "2027-03-31T10:00:00+00:00", "skafu validate")
    log.resolved(stack(DATA))
    log.resolved(stack(API))
    log.judged("checkov", str(API), Ran())
    log.judged("checkov", str(DATA), Errored("it crashed"))
    log.judged("policies", str(API), NotApplicable("nothing to judge"))
    log.judged("policies", str(DATA), Ran())
    log.decided(verdict, TOOLS, ["policies", "checkov", "silent"])


@pytest.fixture
def lines(tmp_path):
    """The lines of a whole run."""
    log = Log.create(tmp_path / "run")
    record(log)
    log.close()
    return (tmp_path / "run/events.jsonl").read_text("ascii").splitlines(keepends=True)


def test_every_event_is_in_the_file_as_soon_as_it_has_happened(tmp_path):
    log = Log.create(tmp_path / "reports/runs/one")
    file = tmp_path / "reports/runs/one/events.jsonl"
    log.started("one", "2027-03-31T10:00:00+00:00", "skafu validate")
    assert file.read_text() == (
        '{"command": "skafu validate", "event": "run-started", "run": "one", '
        '"time": "2027-03-31T10:00:00+00:00"}\n'
    )
    log.judged("checkov", str(API), Errored("two\nlines, \u2028 and \ud800"))
    written = file.read_text("ascii").splitlines()
    assert len(written) == 2
    assert json.loads(written[1]) == {
        "event": "outcome",
        "reason": "two\nlines, \u2028 and \ud800",
        "stack": "staging/us-east-1/api",
        "status": "errored",
        "validator": "checkov",
    }
    log.close()


def test_the_report_of_a_log_is_what_was_decided(lines):
    report = report_of(read(lines, "log"))
    assert (report.gate, report.reasons, report.tool) == ("blocked", ("1 finding blocks",), TOOLS)
    assert report.findings == VERDICT.decided
    assert report.not_evaluated == VERDICT.not_evaluated
    assert [(one.id, one.account, one.digest, one.gate) for one in report.stacks] == [
        (API, "rehearsal", "a" * 64, "blocked"),
        (DATA, "rehearsal", "a" * 64, "approved"),
    ]
    assert [(one.validator, one.status, one.reason) for one in report.outcomes] == [
        ("checkov", "errored", "it crashed"),
        ("policies", "ran", ""),
        ("silent", "not_applicable", "there was no stack to judge"),
    ]


def test_what_is_said_about_waivers_is_read_back_and_changes_no_gate():
    warning = WaiverWarning("W-1", "unused", "covers nothing", Location("policies/waivers.yaml", 4, 3))
    stream = io.StringIO()
    log = Log(stream, durable=False)
    log.reviewed(Review(complete=True, warnings=(warning,)))
    record(log, Verdict((Approved(API, "a" * 64),), (), (), ()))
    report = report_of(read(stream.getvalue().splitlines(keepends=True), "log"))
    assert report.review == Review(complete=True, warnings=(warning,))
    assert report.gate == "approved"


def test_a_run_over_a_part_of_the_estate_says_nothing_about_waivers(lines):
    assert report_of(read(lines, "log")).review is None


def test_an_approved_run_is_reported_as_approved():
    stream = io.StringIO()
    record(Log(stream, durable=False), Verdict((Approved(API, "a" * 64),), (), (), ()))
    assert report_of(read(stream.getvalue().splitlines(keepends=True), "log")).gate == "approved"


def test_a_log_cut_anywhere_is_a_blocked_report(tmp_path):
    log = Log.create(tmp_path / "run")
    record(log, Verdict((Approved(API, "a" * 64), Approved(DATA, "a" * 64)), VERDICT.decided, (LATE,), ()))
    log.close()
    whole = (tmp_path / "run/events.jsonl").read_text("ascii")
    for end in range(len(whole) - 1):
        report = report_of(read(whole[:end].splitlines(keepends=True), "log"))
        assert report.gate == "blocked"
        assert report.reasons == ("the run did not finish, so nothing is approved",)
        assert all(one.gate == "blocked" for one in report.stacks)
    assert report_of(read(whole.splitlines(keepends=True), "log")).gate == "approved"


@pytest.mark.parametrize(
    "line", ["garbage\n", '{"event": "outc\n', "5\n", "[]\n", "{}\n", '{"event": 5}\n', "\n"]
)
def test_a_line_that_is_no_event_is_refused_with_its_number(lines, line):
    lines[2] = line
    with pytest.raises(InputError) as caught:
        read(lines, "reports/runs/one/events.jsonl")
    assert str(caught.value) == "reports/runs/one/events.jsonl:3:1: this line of the log is no event"


def test_a_run_whose_folder_cannot_be_written_is_not_started(tmp_path):
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(SkafuError) as caught:
        Log.create(tmp_path / "reports/runs/one")
    assert str(caught.value) == (
        f"the record of this run cannot be written to {tmp_path}/reports/runs/one: Not a directory. "
        "skafu judges nothing that it cannot record."
    )
    assert caught.value.exit_code == 4


def test_a_record_is_never_written_over(lines, tmp_path):
    with pytest.raises(SkafuError, match="File exists"):
        Log.create(tmp_path / "run")
    assert (tmp_path / "run/events.jsonl").read_text("ascii") == "".join(lines)


def test_a_record_that_cannot_be_continued_stops_the_run():
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - the log closes it
    log = Log(full, durable=True)
    for act in (lambda: log.judged("checkov", str(API), Ran()), log.close):
        with pytest.raises(SkafuError) as caught:
            act()
        assert str(caught.value) == (
            "the record of this run cannot be continued: No space left on device. "
            "skafu judges nothing that it cannot record."
        )


TEXT = st.text(st.characters(), max_size=12)
NAMES = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
IDS = st.builds(StackId, NAMES, NAMES, st.text(st.characters(), min_size=1, max_size=6))
PLACES = st.builds(Location, TEXT, st.integers(1, 10**6), st.integers(1, 10**6))
FINDINGS = st.builds(
    Finding,
    rule=TEXT,
    tool=TEXT,
    severity=st.sampled_from(Severity),
    title=TEXT,
    message=TEXT,
    location=PLACES,
    stacks=st.lists(IDS, max_size=2).map(tuple),
    logical_id=TEXT,
    path=TEXT,
    controls=st.lists(TEXT, max_size=2).map(tuple),
    help=TEXT,
    fingerprint=TEXT,
    bad_input=st.booleans(),
)
DECIDED = st.builds(Decided, FINDINGS, st.sampled_from(Decision), TEXT)
LATER = st.builds(NotEvaluated, TEXT, TEXT, IDS, TEXT, TEXT, PLACES)


@given(st.lists(DECIDED, max_size=3), st.lists(LATER, max_size=2), st.lists(TEXT, max_size=2))
def test_whatever_was_found_is_read_back_as_it_was(decided, later, reasons):
    verdict = Verdict((), tuple(decided), tuple(later), tuple(reasons))
    stream = io.StringIO()
    Log(stream, durable=False).decided(verdict, TOOLS, [])
    report = report_of(read(stream.getvalue().splitlines(keepends=True), "log"))
    assert (report.findings, report.not_evaluated, report.reasons) == (
        verdict.decided,
        verdict.not_evaluated,
        verdict.reasons,
    )
    assert report.gate == ("approved" if verdict.approved else "blocked")
