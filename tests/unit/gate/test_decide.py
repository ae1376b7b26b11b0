from __future__ import annotations

import ast
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import skafu
from skafu.gate import decide
from skafu.model.finding import Errored, NotApplicable, NotEvaluated, Ran, Severity
from skafu.model.place import Location
from skafu.model.verdict import Approved, Blocked, Thresholds

API = "staging/us-east-1/api"
DATA = "staging/us-east-1/data"
LIVE = "production/us-east-1/api"

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("severity", "default", "staging", "production"),
    [
        ("medium", "critical", "approved", "blocked"),
        ("low", "critical", "approved", "approved"),
        ("medium", "medium", "blocked", "blocked"),
    ],
)
def test_what_is_about_no_stack_is_held_against_the_threshold_of_each(
    case, finding, severity, default, staging, production
):
    thresholds = Thresholds(Severity(default), {"production": Severity.MEDIUM, "development": Severity.LOW})
    verdict = decide(case(API, LIVE, findings=(finding(severity, stacks=""),), thresholds=thresholds))
    said = {str(one.stack): "approved" if isinstance(one, Approved) else "blocked" for one in verdict.stacks}
    assert said == {API: staging, LIVE: production}
    assert decisions(verdict) == [("blocking" if "blocked" in said.values() else "advisory", "")]


def gates(verdict):
    return [(str(one.stack), isinstance(one, Approved)) for one in verdict.stacks]


def decisions(verdict):
    return [(one.decision.value, one.waiver) for one in verdict.decided]


def test_a_stack_is_approved_with_its_digest_when_everybody_ran_and_nobody_found_anything(case):
    verdict = decide(case(API, DATA))
    assert verdict.approved
    assert verdict.reasons == ()
    assert [(str(one.stack), one.digest) for one in verdict.stacks] == [(API, "a" * 64), (DATA, "d" * 64)]
    assert gates(verdict) == [(API, True), (DATA, True)]


@pytest.mark.parametrize(
    ("severity", "threshold"), list(product([one.value for one in Severity], [one.value for one in Severity]))
)
def test_a_finding_blocks_from_the_threshold_on(case, finding, severity, threshold):
    order = ["info", "low", "medium", "high", "critical"]
    blocks = order.index(severity) >= order.index(threshold)
    verdict = decide(case(findings=(finding(severity),), thresholds=Thresholds(Severity(threshold), {})))
    assert verdict.approved is not blocks
    assert gates(verdict) == [(API, not blocks)]
    assert decisions(verdict) == [("blocking" if blocks else "advisory", "")]


def test_an_environment_has_a_threshold_of_its_own(case, finding):
    verdict = decide(case(API, LIVE, findings=(finding("low", f"{LIVE} {API}"),)))
    assert gates(verdict) == [(LIVE, False), (API, True)]
    assert decisions(verdict) == [("blocking", "")]
    assert verdict.reasons == ("1 finding blocks",)


def test_the_reasons_name_the_rule_and_its_place(case, finding):
    (stack,) = decide(case(findings=(finding(), finding(rule="s")))).stacks
    assert isinstance(stack, Blocked)
    assert stack.reasons == ("r at t.yaml:3:5", "s at t.yaml:3:5")


@pytest.mark.parametrize(
    ("change", "decision", "reasons"),
    [
        ({}, ("waived", "W-1"), ()),
        ({"expires": DAY}, ("waived", "W-1"), ()),
        (
            {"expires": -DAY},
            ("blocking", ""),
            ("1 finding blocks", "the waiver W-1 (policies/waivers.yaml:2:3) expired on 2027-03-30"),
        ),
        ({"rule": "R"}, ("blocking", ""), ("1 finding blocks",)),
        ({"rule": "r*"}, ("blocking", ""), ("1 finding blocks",)),
        ({"stacks": ("a*",)}, ("waived", "W-1"), ()),
        ({"stacks": ("data", API)}, ("waived", "W-1"), ()),
        ({"stacks": ("staging/*/api",)}, ("waived", "W-1"), ()),
        ({"stacks": ("production/us-east-1/api",)}, ("blocking", ""), ("1 finding blocks",)),
        ({"stacks": ("API",)}, ("blocking", ""), ("1 finding blocks",)),
        ({"resources": ("Tab??",)}, ("waived", "W-1"), ()),
        ({"resources": ("Queue",)}, ("blocking", ""), ("1 finding blocks",)),
        ({"environments": ("production", "staging")}, ("waived", "W-1"), ()),
        ({"environments": ("production",)}, ("blocking", ""), ("1 finding blocks",)),
        ({"environments": ("stag*",)}, ("blocking", ""), ("1 finding blocks",)),
    ],
)
def test_a_waiver_covers_exactly_what_it_says_until_its_last_day(
    case, finding, waiver, change, decision, reasons
):
    if "expires" in change:
        change = {"expires": waiver().expires + change["expires"]}
    verdict = decide(case(findings=(finding(),), waivers=(waiver(**change),)))
    assert decisions(verdict) == [decision]
    assert verdict.reasons == reasons
    assert gates(verdict) == [(API, not reasons)]


def test_a_finding_in_two_stacks_is_waived_only_when_both_are(case, finding, waiver):
    both = case(API, DATA, findings=(finding(stacks=f"{API} {DATA}"),), waivers=(waiver(),))
    assert decisions(decide(both)) == [("blocking", "")]
    assert gates(decide(both)) == [(API, True), (DATA, False)]
    second = waiver(stacks=("data",), name="W-2")
    assert decisions(decide(replace(both, waivers=(waiver(), second)))) == [("waived", "W-1")]


def test_bad_input_blocks_whatever_its_severity_and_cannot_be_waived(case, finding, waiver):
    verdict = decide(case(findings=(finding("info", bad_input=True),), waivers=(waiver(),)))
    assert decisions(verdict) == [("blocking", "")]
    assert gates(verdict) == [(API, False)]


def test_a_finding_about_no_stack_is_about_all_of_them(case, finding):
    verdict = decide(case(API, DATA, findings=(finding("critical", stacks=""),)))
    assert gates(verdict) == [(API, False), (DATA, False)]
    assert gates(decide(case(findings=(finding("low", stacks=""),)))) == [(API, True)]


@pytest.mark.parametrize(
    ("changes", "stack_reasons", "reasons"),
    [
        (
            {"outcomes": {"checkov": {}}},
            ("checkov gave no outcome", "policies gave no outcome"),
            (f"checkov gave no outcome for {API}", f"policies gave no outcome for {API}"),
        ),
        ({"outcomes": {}, "validators": ("x",)}, ("x gave no outcome",), (f"x gave no outcome for {API}",)),
        (
            {"validators": ()},
            ("no validator is seated",),
            ("no validator is seated; put one file for each into validators/",),
        ),
    ],
    ids=["silence about a stack", "silence", "nobody to judge"],
)
def test_where_nobody_has_judged_nothing_is_approved(case, changes, stack_reasons, reasons):
    verdict = decide(case(**changes))
    assert [one.reasons for one in verdict.stacks] == [stack_reasons]
    assert verdict.reasons == reasons


def test_no_stacks_are_never_approved(case):
    verdict = decide(case(stacks={}))
    assert verdict.stacks == ()
    assert verdict.reasons == ("no stack could be judged",)


def test_an_error_is_never_a_pass(case, id_):
    outcomes = {"checkov": {id_(API): Errored("it crashed")}, "policies": {id_(API): Ran()}}
    verdict = decide(case(outcomes=outcomes))
    assert [one.reasons for one in verdict.stacks] == [("checkov could not judge it: it crashed",)]
    assert verdict.reasons == ("checkov could not do its work: it crashed",)


def test_one_failure_of_a_judge_is_one_reason_for_many_stacks(case, id_):
    crashed = {id_(API): Errored("it crashed"), id_(DATA): Errored("it crashed")}
    passed = {id_(API): Ran(), id_(DATA): Ran()}
    verdict = decide(case(API, DATA, outcomes={"checkov": crashed, "policies": passed}))
    assert verdict.reasons == ("checkov could not do its work: it crashed",)
    assert gates(verdict) == [(API, False), (DATA, False)]


def test_a_judge_with_nothing_to_say_does_not_block_while_another_has_judged(case, id_):
    nothing = {id_(API): NotApplicable("no resources")}
    assert decide(case(outcomes={"checkov": nothing, "policies": {id_(API): Ran()}})).approved
    verdict = decide(case(outcomes={"checkov": nothing, "policies": nothing}))
    assert [one.reasons for one in verdict.stacks] == [("no validator has anything to say about it",)]
    assert verdict.reasons == ("1 of 1 stacks are blocked",)


def test_a_stack_with_an_obstacle_is_blocked_although_nobody_complains(case, id_, stack):
    verdict = decide(case(stacks={id_(API): stack(API, obstacle="SAM said no")}))
    assert [one.reasons for one in verdict.stacks] == [("cannot be judged: SAM said no",)]
    assert verdict.reasons == (f"{API} cannot be judged: SAM said no",)


def test_what_was_not_evaluated_is_kept_once_and_sorted(case, id_):
    late = NotEvaluated("r", "policies", id_(API), "Table", "a parameter", Location("t.yaml", 9))
    early = replace(late, location=Location("t.yaml", 2))
    outcomes = {"checkov": {id_(API): Ran((), (late, early))}, "policies": {id_(API): Ran((), (late,))}}
    verdict = decide(case(outcomes=outcomes))
    assert verdict.not_evaluated == (early, late)
    assert verdict.approved


OUTCOMES = st.sampled_from([Ran(), Errored("crashed"), NotApplicable("nothing to judge"), None])
IDS = (API, DATA, LIVE)


@st.composite
def cases(draw, case, id_, finding, waiver):
    """Any case at all: outcomes missing or failed, findings of any kind, waivers that hold or not."""
    validators = draw(st.sampled_from([(), ("checkov",), ("checkov", "policies")]))
    outcomes = {
        name: {id_(text): said for text in IDS if (said := draw(OUTCOMES)) is not None} for name in validators
    }
    severities = st.sampled_from([one.value for one in Severity])
    places = st.sampled_from(["", API, LIVE, f"{LIVE} {API}", f"{LIVE} {API} {DATA}"])
    found = draw(
        st.lists(
            st.builds(lambda s, p, r, *, b: finding(s, p, r, bad_input=b), severities, places,
                      st.sampled_from("rs"), b=st.booleans()),
            max_size=3,
        )
    )  # fmt: skip
    waived = draw(
        st.lists(st.sampled_from([waiver(), waiver(stacks=("*a*",)), waiver(rule="s")]), max_size=2)
    )
    return case(*IDS, validators=validators, outcomes=outcomes, findings=tuple(found), waivers=tuple(waived))


@given(data=st.data())
def test_nothing_is_approved_without_an_answer_from_every_validator(data, case, id_, finding, waiver):
    one = data.draw(cases(case, id_, finding, waiver))
    verdict = decide(one)
    for stack in verdict.stacks:
        said = [one.outcomes[name].get(stack.stack) for name in one.validators]
        if isinstance(stack, Approved):
            assert said
            assert all(isinstance(outcome, Ran | NotApplicable) for outcome in said)
    assert verdict.approved == all(isinstance(stack, Approved) for stack in verdict.stacks)


@given(data=st.data())
def test_one_finding_more_never_turns_blocked_into_approved(data, case, id_, finding, waiver):
    before = data.draw(cases(case, id_, finding, waiver))
    more = data.draw(cases(case, id_, finding, waiver)).findings
    after = decide(replace(before, findings=(*before.findings, *more)))
    assert after.approved <= decide(before).approved
    for was, is_ in zip(decide(before).stacks, after.stacks, strict=True):
        assert isinstance(is_, Approved) <= isinstance(was, Approved)


def test_only_the_gate_makes_approved():
    source = Path(skafu.__file__).parent
    makers = {
        path.relative_to(source).parts[0]
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and "Approved" in {getattr(node.func, "id", None), getattr(node.func, "attr", None)}
    }
    assert makers == {"gate"}
