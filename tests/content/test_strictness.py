"""How strictly the estate of this repository is judged, against what the architecture asks for."""

from __future__ import annotations

from pathlib import Path

from skafu.load import load_repository
from skafu.model.finding import Severity

DECLARED = load_repository(Path(__file__).parents[2])


def threshold(environment):
    return DECLARED.thresholds.environments.get(environment, DECLARED.thresholds.default)


def test_no_environment_is_held_to_less_than_development():
    weakest = threshold("development")

    assert [name for name in DECLARED.environments if threshold(name).rank < weakest.rank] == []
    assert weakest is Severity.HIGH


def test_staging_and_whatever_is_not_named_are_held_to_production_s_measure():
    others = set(DECLARED.environments) - {"development"}

    assert {threshold(name) for name in others} == {threshold("production")} == {Severity.MEDIUM}


def test_no_seat_makes_a_finding_less_than_critical_or_silent():
    assert [(seat.name, dict(seat.severities), dict(seat.muted)) for seat in DECLARED.seats] == [
        (seat.name, {}, {}) for seat in DECLARED.seats
    ]
    assert {"cfn-lint", "checkov", "definitions", "policies"} <= {seat.judge for seat in DECLARED.seats}
