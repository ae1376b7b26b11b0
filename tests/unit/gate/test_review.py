from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from skafu.gate import decide, review
from skafu.model.finding import Errored, NotApplicable, Ran

API = "staging/us-east-1/api"
DATA = "staging/us-east-1/data"
LIVE = "production/us-east-1/api"
LIVE_DATA = "production/us-east-1/data"
TEST = "development/us-east-1/api"


def told(a_case):
    return [f"{one.waiver} {one.kind}: {one.message}" for one in review(a_case).warnings]


def usage(a_case):
    return [line for line in told(a_case) if line.split()[1] in {"unused:", "wide:"}]


@pytest.mark.parametrize(
    ("days", "lines"),
    [
        (-2, ["W-1 expired: expired on 2027-03-29; renew it with its approver, or remove it"]),
        (-1, ["W-1 expired: expired on 2027-03-30; renew it with its approver, or remove it"]),
        (0, ["W-1 expiring: expires today, after 2027-03-31"]),
        (1, ["W-1 expiring: expires tomorrow, after 2027-04-01"]),
        (30, ["W-1 expiring: expires in 30 days, after 2027-04-30"]),
        (31, []),
        (400, []),
        (401, ["W-1 long: holds until 2028-05-05, 401 days; 400 are the most"]),
    ],
)
def test_a_waiver_is_told_when_it_has_expired_or_soon_will_or_holds_for_long(
    case, finding, waiver, days, lines
):
    one = waiver(expires=waiver().expires + timedelta(days))
    assert told(case(findings=(finding(),), waivers=(one,))) == lines


@pytest.mark.parametrize(
    "change", [{"rule": "s"}, {"resources": ("Queue",)}, {"stacks": ("data",)}, {"environments": ("live",)}]
)
def test_a_waiver_that_covers_nothing_is_unused(case, finding, waiver, change):
    one = waiver(**change)
    line = f"W-1 unused: covers nothing: nobody finds {one.rule} in its scope; remove it"
    assert usage(case(findings=(finding(),), waivers=(one,))) == [line]


def test_a_waiver_behind_another_one_for_the_same_is_unused(case, finding, waiver):
    both = (waiver(), waiver(name="W-2", resources=("*",)))
    assert usage(case(findings=(finding(),), waivers=both)) == [
        "W-2 unused: covers nothing that W-1 does not cover already; remove one of them"
    ]


def test_a_waiver_for_a_rule_about_plans_is_not_called_unused_by_who_saw_no_plan(case, finding, waiver):
    one = case(findings=(finding(),), waivers=(waiver(rule="s"),))
    assert usage(replace(one, plan_rules=frozenset({"s"}))) == []


def test_a_waiver_for_what_only_advises_is_used(case, finding, waiver):
    assert usage(case(findings=(finding("info"),), waivers=(waiver(),))) == []


def test_input_that_cannot_be_used_is_no_use_of_a_waiver_and_no_time_to_say_what_is_unused(
    case, finding, waiver
):
    one = case(findings=(finding(bad_input=True),), waivers=(waiver(),))
    assert usage(one) == []
    assert not review(one).complete


EVERYWHERE = f"{TEST} {API} {LIVE}"


@pytest.mark.parametrize(
    ("change", "found", "line"),
    [
        ({}, [(EVERYWHERE, "Table")], None),
        ({"stacks": ("a*",)}, [(EVERYWHERE, "Table")], None),
        ({"stacks": ("*/api",)}, [(EVERYWHERE, "Table")], None),
        ({"environments": ("staging",)}, [(API, "Table")], None),
        ({}, [(API, "Table")], "environments: [staging]"),
        ({}, [(f"{API} {LIVE}", "Table")], "environments: [production, staging]"),
        (
            {"environments": ("staging", "production", "security")},
            [(f"{API} {LIVE}", "Table")],
            "environments: [production, staging]",
        ),
        (
            {"environments": ("staging",), "stacks": ("api", "data")},
            [(API, "Table")],
            "stacks: [api]",
        ),
        ({"environments": ("staging",), "stacks": ("*a*",)}, [(API, "Table")], "stacks: [api]"),
        (
            {"stacks": ("api", "nowhere")},
            [(EVERYWHERE, "Table")],
            "stacks: [api]",
        ),
        (
            {"stacks": ("*a*",)},
            [(API, "Table")],
            "environments: [staging] and stacks: [api]",
        ),
        (
            {"stacks": ("api", "data"), "environments": ("staging", "production")},
            [(API, "Table"), (LIVE_DATA, "Table")],
            "stacks: [production/us-east-1/data, staging/us-east-1/api]",
        ),
        ({"resources": ("Table", "Queue")}, [(EVERYWHERE, "Table")], "resources: [Table]"),
        ({"resources": ("*",)}, [(EVERYWHERE, "Table")], "resources: [Table]"),
        (
            {"resources": ("T*", "Queue")},
            [(EVERYWHERE, "Table"), (EVERYWHERE, "Topic"), (EVERYWHERE, "Queue")],
            "resources: [Queue, Table, Topic]",
        ),
        ({"resources": ("Tabl[e]",)}, [(EVERYWHERE, "Table")], "resources: [Table]"),
        ({"resources": ("*",)}, [(EVERYWHERE, "")], None),
        ({"resources": ("ApiDeployment*",)}, [(EVERYWHERE, "ApiDeployment0123456789")], None),
        ({"resources": ("Bucket*",)}, [(EVERYWHERE, "Bucket${Name}")], None),
        (
            {"resources": ("*",)},
            [(EVERYWHERE, f"Table{number}") for number in range(10)],
            "resources: [Table0, Table1, Table2, Table3, Table4, Table5, Table6, Table7, and 2 more]",
        ),
    ],
)
def test_a_waiver_is_wide_when_less_would_cover_the_same(case, finding, waiver, change, found, line):
    findings = tuple(finding(stacks=stacks, logical_id=name) for stacks, name in found)
    one = case(TEST, API, LIVE, DATA, LIVE_DATA, findings=findings, waivers=(waiver(**change),))
    expected = [] if line is None else [f"W-1 wide: allows more than it covers: {line} would do"]
    assert usage(one) == expected


def test_two_regions_of_an_environment_are_two_places(case, finding, waiver):
    west = "staging/us-west-2/api"
    one = case(API, west, findings=(finding(stacks=west),), waivers=(waiver(),))
    assert usage(one) == ["W-1 wide: allows more than it covers: stacks: [staging/us-west-2/api] would do"]


def test_an_expired_waiver_is_told_once_and_not_called_unused(case, waiver):
    one = waiver(expires=waiver().expires - timedelta(1))
    assert [line.split()[1] for line in told(case(waivers=(one,)))] == ["expired:"]


@pytest.mark.parametrize("said", [{}, {"checkov": Errored("it crashed")}, {"checkov": None}])
def test_what_is_unused_is_told_only_where_everybody_has_judged(case, id_, waiver, said):
    outcomes = {"checkov": Ran(), "policies": NotApplicable("nothing for it"), **said}
    given = {name: {id_(API): one} if one else {} for name, one in outcomes.items()}
    late = waiver(expires=waiver().expires - timedelta(1), name="W-2")
    one = review(case(outcomes=given, waivers=(waiver(), late)))
    assert one.complete is (said == {})
    kinds = [warning.kind for warning in one.warnings]
    assert kinds == (["expiring", "unused", "expired"] if one.complete else ["expiring", "expired"])


def test_nobody_can_say_what_is_unused_without_a_judge_or_a_stack_or_behind_an_obstacle(case, id_, stack):
    blocked = {id_(API): stack(API, obstacle="SAM said no")}
    for change in ({"validators": ()}, {"stacks": {}}, {"stacks": blocked}):
        assert not review(case(**change)).complete


def test_warnings_change_nothing_about_the_verdict(case, finding, waiver):
    one = case(findings=(finding(),), waivers=(waiver(), waiver(name="W-2", rule="s")))
    assert usage(one)
    assert decide(one).approved


def test_an_inline_skip_is_in_order_where_a_waiver_about_its_rule_holds(case, finding, waiver):
    skip = replace(finding(rule="inline-skip-unregistered"), skips="r")
    silent = decide(case(findings=(skip,), waivers=(waiver(),)))
    assert (silent.approved, silent.decided) == (True, ())
    assert usage(case(findings=(skip,), waivers=(waiver(),))) == []


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"rule": "s"}, ("1 finding blocks",)),
        ({"rule": "inline-skip-unregistered"}, ("1 finding blocks",)),
        ({"resources": ("Queue",)}, ("1 finding blocks",)),
        ({"stacks": ("data",)}, ("1 finding blocks",)),
        (
            {"expires": timedelta(-1)},
            ("1 finding blocks", "the waiver W-1 (policies/waivers.yaml:2:3) expired on 2027-03-30"),
        ),
    ],
)
def test_an_inline_skip_blocks_where_no_waiver_about_it_holds(case, finding, waiver, change, reasons):
    if "expires" in change:
        change = {"expires": waiver().expires + change["expires"]}
    skip = replace(finding(rule="inline-skip-unregistered"), skips="r")
    verdict = decide(case(findings=(skip,), waivers=(waiver(**change),)))
    assert verdict.reasons == reasons
    assert [one.finding for one in verdict.decided] == [skip]


def test_an_inline_skip_in_two_stacks_is_in_order_only_when_both_are(case, finding, waiver):
    skip = replace(finding(rule="inline-skip-unregistered", stacks=f"{API} {DATA}"), skips="r")
    both = case(API, DATA, findings=(skip,), waivers=(waiver(),))
    assert decide(both).reasons == ("1 finding blocks",)
    assert decide(replace(both, waivers=(waiver(stacks=("api", "data")),))).approved


def test_no_waiver_registers_a_skip_of_rules_that_are_not_named(case, finding, waiver):
    for rule in ("E*", "*"):
        skip = replace(finding(rule="inline-skip-unregistered"), skips=rule)
        waivers = tuple(waiver(name=name, rule=name) for name in ("E", "E3002", "r", skip.rule))
        assert not decide(case(findings=(skip,), waivers=waivers)).approved
