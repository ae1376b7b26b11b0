"""What came of planning -> text: the verdict, and every stack that would not be deployed."""

from __future__ import annotations

import json

import pytest

from skafu.model.change import Action, Change, Plan
from skafu.model.estate import StackId
from skafu.model.place import Location
from skafu.model.planned import Planned, Unplanned
from skafu.render.markdown import ROOM
from skafu.render.planned import FORMATS

API, DATA, WEB = (StackId("production", "us-east-1", name) for name in ("api", "data", "web"))
ADDED = Change("Queue", "AWS::SQS::Queue", Action.ADD, Location("stacks/platform/api/template.yaml", 3))
ONE = Planned("approved", plans=(Plan(API, "0" * 64, "create", (ADDED,)),))
FAILED = Unplanned(DATA, "failed", ("AccessDenied: \x1b[31mno",), "Ask somebody.")


def rendered(format_, planned):
    return FORMATS[format_](planned, lambda _: ())


@pytest.mark.parametrize(
    ("planned", "verdict"),
    [
        (ONE, "APPROVED  1 plan"),
        (Planned("approved", unplanned=(FAILED,)), "INCOMPLETE  0 plans, 1 not planned"),
        (
            Planned("blocked", unplanned=(FAILED, Unplanned(WEB, "blocked", ("why",)))),
            "BLOCKED  0 plans, 1 blocked by the judges, 1 not planned",
        ),
        (Planned("blocked", reasons=("no stacks",)), "BLOCKED  0 plans"),
    ],
)
def test_the_verdict_is_never_better_than_what_is_known(planned, verdict):
    assert rendered("console", planned).splitlines()[-1] == verdict


def test_a_stack_without_a_plan_says_why_and_what_to_do():
    text = rendered("console", Planned("approved", unplanned=(FAILED,)))

    assert text == (
        "\n"
        "NOT PLANNED  production/us-east-1/data\n"
        "  why   AccessDenied: \N{REPLACEMENT CHARACTER}[31mno\n"
        "  next  Ask somebody.\n"
        "\n"
        "INCOMPLETE  0 plans, 1 not planned\n"
    )


def test_a_program_reads_the_plans_and_what_has_none():
    told = json.loads(rendered("json", Planned("blocked", ("r",), ONE.plans, (), (FAILED,), ("gone",))))

    assert (told["gate"], told["reasons"], told["removed"]) == ("blocked", ["r"], ["gone"])
    assert [one["stack"] for one in told["plans"]] == ["production/us-east-1/api"]
    assert [one["stack"] for one in told["unplanned"]] == ["production/us-east-1/data"]


def test_a_comment_holds_it_whatever_there_is():
    many = tuple(Plan(StackId("e", "r", f"s{n}"), "0" * 64, "create", (ADDED,) * 40) for n in range(200))
    failed = tuple(Unplanned(StackId("e", "r", f"f{n}"), "failed", ("x" * 500,)) for n in range(90))

    text = rendered("markdown", Planned("blocked", plans=many, unplanned=failed))

    assert len(text.encode()) < ROOM
    assert text.startswith("## ❌ BLOCKED · 200 plans, 90 not planned\n")
    assert "and 50 more" in text


def test_a_stand_in_is_called_by_the_type_it_stands_in_for():
    rule = Change("Rule", "AWS::SSM::Parameter", Action.ADD, ADDED.location)
    own = Change("Own", "AWS::SSM::Parameter", Action.ADD, ADDED.location)
    plan = Plan(API, "0" * 64, "create", (own, rule))
    told = ("AWS::Config::ConfigRule", f"{API}: Rule"), ("AWS::SQS::Queue", f"{DATA}: Own")
    for format_ in ("console", "markdown"):
        text = rendered(format_, Planned("approved", plans=(plan,), stood_in=told))
        assert "AWS::Config::ConfigRule (stand-in)" in text
        assert text.count("AWS::SSM::Parameter") == 1
        assert "lacks 2 resources of 2 types; something else stands in for each" in " ".join(text.split())
