"""What holds for every report that can exist, in every format."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from skafu.model.estate import StackId
from skafu.model.finding import Finding, NotEvaluated, Severity
from skafu.model.place import Location
from skafu.model.report import Report, ReportedOutcome, ReportedStack
from skafu.model.verdict import Decided, Decision, Review, WaiverWarning
from skafu.render.formats import FORMATS, renderer
from skafu.render.markdown import ROOM

SCHEMA = Draft202012Validator(
    json.loads(files("skafu.schemas").joinpath("report.schema.json").read_text(encoding="utf-8"))
)

# Anything can stand in a template, halves of surrogate pairs and terminal escapes included.
ANYTHING = st.text(max_size=30) | st.text("\x1b\x9b[]|`<>@$_*#:\\\n\ud800 a大", max_size=30)
SOMETHING = ANYTHING.filter(bool)
NAMES = st.sampled_from(["a", "b", "c"])
HEX = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")
GATES = st.sampled_from(["approved", "blocked"])
PLACES = st.builds(Location, SOMETHING, st.integers(1, 9), st.integers(1, 50))
STACK_IDS = st.builds(StackId, NAMES, NAMES, NAMES)
FINDINGS = st.builds(
    Finding,
    rule=SOMETHING,
    tool=SOMETHING,
    severity=st.sampled_from(Severity),
    title=ANYTHING,
    message=SOMETHING,
    location=PLACES,
    stacks=st.lists(STACK_IDS, max_size=3).map(tuple),
    logical_id=ANYTHING,
    path=ANYTHING,
    controls=st.lists(ANYTHING, max_size=3).map(tuple),
    help=ANYTHING,
    fingerprint=HEX,
)
DIGESTS = HEX.map(lambda half: half * 2)
STACKS = st.builds(ReportedStack, STACK_IDS, SOMETHING, NAMES, ANYTHING, NAMES, DIGESTS, GATES)
STATUSES = st.sampled_from(["ran", "errored", "not_applicable"])
OUTCOMES = st.builds(ReportedOutcome, SOMETHING, STATUSES, ANYTHING)
DECIDED = st.builds(Decided, FINDINGS, st.sampled_from(Decision), ANYTHING)
OPEN = st.builds(NotEvaluated, SOMETHING, SOMETHING, STACK_IDS, ANYTHING, SOMETHING, PLACES)
KINDS = st.sampled_from(["expired", "expiring", "long", "unused", "wide"])
WARNINGS = st.builds(WaiverWarning, SOMETHING, KINDS, SOMETHING, PLACES)
REVIEWS = st.builds(Review, st.booleans(), st.lists(WARNINGS, max_size=3).map(tuple))
REPORTS = st.builds(
    Report,
    tool=st.dictionaries(SOMETHING, SOMETHING, max_size=2).map(lambda tools: {"skafu": "0.1.0", **tools}),
    gate=GATES,
    reasons=st.lists(SOMETHING, max_size=3).map(tuple),
    stacks=st.lists(STACKS, max_size=4, unique_by=lambda stack: stack.id).map(tuple),
    outcomes=st.lists(OUTCOMES, max_size=3).map(tuple),
    findings=st.lists(DECIDED, max_size=4).map(tuple),
    not_evaluated=st.lists(OPEN, max_size=3).map(tuple),
    review=st.none() | REVIEWS,
)
LINES = st.lists(ANYTHING, max_size=4).map(tuple)

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(REPORTS)
def test_json_satisfies_the_schema(report):
    SCHEMA.validate(json.loads(renderer("json")(report, lambda _file: ())))


@few
@given(report=REPORTS, lines=LINES)
def test_the_same_report_gives_the_same_text_in_whatever_order_its_parts_come(report, lines):
    turned = replace(
        report,
        tool=dict(reversed(report.tool.items())),
        stacks=report.stacks[::-1],
        outcomes=report.outcomes[::-1],
        findings=report.findings[::-1],
        not_evaluated=report.not_evaluated[::-1],
        review=report.review and replace(report.review, warnings=report.review.warnings[::-1]),
    )
    for name in FORMATS:
        render = renderer(name)
        assert render(report, lambda _file: lines) == render(turned, lambda _file: lines), name


@few
@given(report=REPORTS, lines=LINES)
def test_nothing_that_a_terminal_or_a_ci_log_obeys_gets_out_and_the_text_can_be_written(report, lines):
    for name in FORMATS:
        text = renderer(name)(report, lambda _file: lines)
        assert not set(text.encode().decode()) & set("\x1b\x9b\x07\r\u202e\u2028"), name
        assert "##[" not in text, name
        assert not any(line.lstrip().startswith("::") for line in text.splitlines()), name


@settings(few, max_examples=15)
@given(st.text("|$@ab\n大<", min_size=1, max_size=20), st.integers(1, 400), st.integers(1, 400))
def test_markdown_always_fits_into_one_comment(text, times, number):
    long = text * times
    number = min(number, 20_000 // times)  # of long texts a few are too much already
    findings = tuple(
        Decided(Finding(long, "t", Severity.HIGH, long, long, Location(long)), list(Decision)[i % 3], long)
        for i in range(number)
    )
    report = Report({"skafu": "0.1.0"}, "blocked", (long,) * number, (), (), findings, ())
    assert len(renderer("markdown")(report, lambda _file: ()).encode()) < ROOM


@few
@given(REPORTS)
def test_the_last_line_of_the_console_is_the_verdict(report):
    last = renderer("console")(report, lambda _file: ()).splitlines()[-1]
    assert last.startswith("APPROVED  " if report.gate == "approved" else "BLOCKED  ")
