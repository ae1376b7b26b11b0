"""Outcomes of a stack and of what is nested in it -> one."""

from __future__ import annotations

import pytest

from skafu.model.estate import StackId
from skafu.model.finding import Errored, Finding, NotApplicable, NotEvaluated, Ran, Severity
from skafu.model.place import Location
from skafu.validate.whole import together

AT = Location("template.yaml", 1, 1)
ONE, TWO = (Finding(rule, "t", Severity.HIGH, "", "m", AT) for rule in ("R1", "R2"))
OPEN = NotEvaluated("R3", "t", StackId("a", "b", "c"), "", "late", AT)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Ran((ONE,))], Ran((ONE,))),
        ([Ran((ONE,)), Ran((TWO,), (OPEN,))], Ran((ONE, TWO), (OPEN,))),
        ([Ran((ONE,)), Errored("crashed", (TWO,))], Errored("crashed", (ONE, TWO))),
        ([Errored("a"), Errored("a"), Errored("b")], Errored("a; b")),
        ([NotApplicable("empty"), Ran((ONE,))], Ran((ONE,))),
        ([NotApplicable("empty"), NotApplicable("too")], NotApplicable("empty")),
        ([NotApplicable("empty"), Errored("crashed")], Errored("crashed")),
    ],
)
def test_outcomes_become_one(outcomes, expected):
    assert together(outcomes) == expected
