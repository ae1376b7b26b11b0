"""Drift -> text, in every format."""

from __future__ import annotations

import json

import pytest

from skafu.model.drifted import PropertyDrift, ResourceDrift, StackDrift
from skafu.model.estate import StackId
from skafu.model.place import Location
from skafu.render.drifted import FORMATS
from skafu.render.markdown import ROOM

API, DATA = (StackId("production", "us-east-1", name) for name in ("api", "data"))
FILE = "stacks/platform/data/template.yaml"
TABLE = ResourceDrift(
    "Table",
    "AWS::DynamoDB::Table",
    "metrics",
    "MODIFIED",
    Location(FILE, 9),
    (
        PropertyDrift("Properties.BillingMode", "PROVISIONED", "PAY_PER_REQUEST", Location(FILE, 12)),
        PropertyDrift("Properties.MasterPassword", "a", "b", Location("stacks/environments/p.yaml", 3)),
    ),
)
DRIFTED = StackDrift(DATA, "compared", (TABLE,), ("the tags are others",), 4, ("Policy",))
SAME = StackDrift(API, "compared", checked=2)
FAILED = StackDrift(API, "failed", reason="AccessDenied", hint="Ask somebody.")
LEFT = StackDrift(API, "left", reason="it does not stand")


@pytest.mark.parametrize(
    ("stacks", "verdict"),
    [
        ([SAME], "NO DRIFT  1 stack as deployed, 2 resources compared"),
        ([SAME, DRIFTED], "DRIFTED  1 of 2 stacks not as deployed, 6 resources compared"),
        (
            [DRIFTED, FAILED],
            "INCOMPLETE  1 of 1 stack not as deployed, 4 resources compared, 1 could not be compared",
        ),
        ([LEFT], "NOTHING STANDS  0 stacks as deployed, 0 resources compared, 1 never deployed"),
        ([], "NOTHING STANDS  0 stacks as deployed, 0 resources compared"),
    ],
)
def test_the_verdict_is_never_better_than_what_is_known(stacks, verdict):
    assert FORMATS["console"](stacks).splitlines()[-1] == verdict


def test_each_difference_stands_with_its_line_and_secrets_do_not():
    assert FORMATS["console"]([DRIFTED]) == (
        "production/us-east-1/data  1 of 4 resources drifted\n"
        "  ! the tags are others\n"
        f"  ~ Table  AWS::DynamoDB::Table  {FILE}:9\n"
        "    BillingMode  expected PROVISIONED, is PAY_PER_REQUEST  (line 12)\n"
        '    MasterPassword  expected "(secret)", is "(secret)"  (stacks/environments/p.yaml:3)\n'
        "\n"
        "1 resource of types that CloudFormation cannot compare: data: Policy\n"
        "DRIFTED  1 of 1 stack not as deployed, 4 resources compared\n"
    )
    (told,) = json.loads(FORMATS["json"]([DRIFTED]))["stacks"]
    assert [one["actual"] for one in told["drifted"][0]["differences"]] == ["PAY_PER_REQUEST", '"(secret)"']
    assert "PAY_PER_REQUEST" in FORMATS["markdown"]([DRIFTED])


def test_a_comment_holds_it_whatever_there_is():
    many = [StackDrift(StackId("e", "r", f"s{n}"), "failed", reason="x" * 390) for n in range(500)]

    text = FORMATS["markdown"](many)

    assert len(text.encode()) < ROOM
    assert "and 400 more" in text
