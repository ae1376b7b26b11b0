"""This repository's own policies against the cases that stand beside them, and against the control registers."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from skafu.sdk.cases import differences, read_cases
from skafu.validate.policy_files import policy_files, read_policy

ROOT = Path(__file__).parents[2]
POLICIES = {file: read_policy(ROOT, file) for file in policy_files(ROOT)}
CASES = {file: read_cases((ROOT / file).with_suffix(".cases.yaml").read_text("utf-8")) for file in POLICIES}
FRAMEWORKS = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted((ROOT / "policies" / "controls").glob("*.yaml"))
}

ALWAYS_ANSWERED = {"policies/types_allowed.py"}
"""Policies that no unknown value can stop: this one asks for the type only, which is always known."""


@pytest.mark.parametrize(
    ("file", "case"),
    [
        pytest.param(file, case, id=f"{POLICIES[file].id}: {case.name}")
        for file, cases in CASES.items()
        for case in cases
    ],
)
def test_policy_says_what_its_case_expects(file, case):
    assert differences(POLICIES[file].policy, case) == []


@pytest.mark.parametrize("file", POLICIES)
def test_policy_has_cases_for_each_of_its_answers(file):
    answers = [case.expect for case in CASES[file]]

    assert () in answers, "no case passes"
    assert any(answers), "no case violates"
    assert (None in answers) == (file not in ALWAYS_ANSWERED)


@pytest.mark.parametrize("file", POLICIES)
def test_policy_explains_itself_beyond_its_title(file):
    title, *rest = POLICIES[file].docstring.splitlines()

    assert title.endswith(".")
    assert rest[0] == ""
    assert len(rest) > 2


def test_controls_name_exactly_the_policies_that_name_them():
    by_policies = {(control, policy.id) for policy in POLICIES.values() for control in policy.policy.controls}
    by_registers = {
        (f"{framework}:{control}", policy)
        for framework, register in FRAMEWORKS.items()
        for control, entry in register["controls"].items()
        for policy in entry["policies"]
    }

    assert by_policies == by_registers


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_register_is_complete_and_sorted(framework):
    register = FRAMEWORKS[framework]

    assert register["framework"] == framework
    assert list(register["controls"]) == sorted(register["controls"])
    for entry in register["controls"].values():
        assert entry.keys() == {"title", "policies", "checkov", "config_rules"}
        assert entry["policies"] == sorted(entry["policies"])


def test_every_cases_file_belongs_to_a_policy():
    cases = {path.name.removesuffix(".cases.yaml") for path in (ROOT / "policies").glob("*.cases.yaml")}

    assert cases == {Path(file).stem for file in POLICIES}


def test_waivers_are_what_their_schema_says():
    waivers = yaml.safe_load((ROOT / "policies" / "waivers.yaml").read_text("utf-8"))

    schema = json.loads(files("skafu.schemas").joinpath("waivers.schema.json").read_text("utf-8"))
    jsonschema.validate(waivers, schema)
