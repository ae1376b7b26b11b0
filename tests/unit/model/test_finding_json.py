"""What a finding states is what is read back, whatever fields it has or will have."""

from __future__ import annotations

import json
from dataclasses import fields

from skafu.model.estate import StackId
from skafu.model.finding import Finding, NotEvaluated, Severity
from skafu.model.finding_json import (
    finding_from_json,
    finding_to_json,
    not_evaluated_from_json,
    not_evaluated_to_json,
)
from skafu.model.place import Location

ID = StackId("staging", "us-east-1", "a/b.yaml")
SPECIAL = {
    "severity": Severity.LOW,
    "location": Location("a.yaml", 3, 7),
    "stack": ID,
    "stacks": (ID, StackId("production", "eu-west-1", "b")),
    "controls": ("soc2:CC6.1",),
    "bad_input": True,
}


def full(kind):
    """A value of this kind in which no field has its default."""
    one = kind(**{field.name: SPECIAL.get(field.name, f"some {field.name}") for field in fields(kind)})
    assert [field.name for field in fields(kind) if getattr(one, field.name) == field.default] == []
    return one


def test_every_field_of_a_finding_comes_back():
    finding = full(Finding)
    assert finding_from_json(json.loads(json.dumps(finding_to_json(finding)))) == finding


def test_every_field_of_an_unanswered_rule_comes_back():
    one = full(NotEvaluated)
    assert not_evaluated_from_json(json.loads(json.dumps(not_evaluated_to_json(one)))) == one


def test_the_form_is_the_one_that_logs_are_written_in():
    written = finding_to_json(full(Finding))
    assert (written["severity"], written["stacks"][0], written["location"]) == (
        "low",
        "staging/us-east-1/a/b.yaml",
        {"file": "a.yaml", "line": 3, "column": 7},
    )
