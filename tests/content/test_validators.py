"""This repository's own validators against the cases that stand beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from skafu.sdk.estate_cases import estate_differences, estate_lacking, estate_of, read_estate_cases
from skafu.sdk.estate_mutation import estate_mutants
from skafu.sdk.running import run_validator
from skafu.validate.policy_files import read_policy, validator_files

ROOT = Path(__file__).parents[2]
VALIDATORS = {file: read_policy(ROOT, file) for file in validator_files(ROOT)}
CASES = {
    file: read_estate_cases((ROOT / file).with_suffix(".cases.yaml").read_text("utf-8"))
    for file in VALIDATORS
}


@pytest.mark.parametrize(
    ("file", "case"),
    [
        pytest.param(file, case, id=f"{VALIDATORS[file].id}: {case.name}")
        for file, cases in CASES.items()
        for case in cases
    ],
)
def test_validator_says_what_its_case_expects(file, case):
    assert estate_differences(VALIDATORS[file].policy, case) == []


@pytest.mark.parametrize("file", VALIDATORS)
def test_validator_has_cases_for_each_of_its_answers(file):
    assert estate_lacking(CASES[file]) == []


@pytest.mark.parametrize("file", VALIDATORS)
def test_validator_bites_when_what_it_lets_pass_is_broken_and_does_not_fail(file):
    passing = [case for case in CASES[file] if case.expect == ()]
    broken = [found for case in passing for found in estate_mutants(case)]
    rulings = [
        (what, run_validator(VALIDATORS[file].policy, estate_of(mutant.written))) for what, mutant in broken
    ]

    failures = [(what, ruling.failures[0].reason) for what, ruling in rulings if ruling.failures]

    assert any(ruling.violations for _, ruling in rulings)
    # A file of the team's that lost a line may be none that can be read; whatever stacks hold must be answered.
    assert [(what, reason) for what, reason in failures if not what.startswith("files.")] == []


@pytest.mark.parametrize("file", VALIDATORS)
def test_validator_explains_itself_beyond_its_title(file):
    title, *rest = VALIDATORS[file].docstring.splitlines()

    assert title.endswith(".")
    assert rest[0] == ""
    assert len(rest) > 2


def test_every_cases_file_belongs_to_a_validator():
    cases = {path.name.removesuffix(".cases.yaml") for path in (ROOT / "validators").glob("*.cases.yaml")}

    assert cases == {Path(file).stem for file in VALIDATORS}
