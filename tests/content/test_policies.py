"""This repository's own policies against the cases that stand beside them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from skafu.sdk.cases import differences, lacking, read_cases
from skafu.sdk.mutation import Bites, bites
from skafu.validate.policy_files import policy_files, read_policy

ROOT = Path(__file__).parents[2]
POLICIES = {file: read_policy(ROOT, file) for file in policy_files(ROOT)}
CASES = {file: read_cases((ROOT / file).with_suffix(".cases.yaml").read_text("utf-8")) for file in POLICIES}


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
    assert lacking(POLICIES[file].policy, CASES[file]) == []


@pytest.mark.parametrize("file", POLICIES)
def test_policy_bites_when_what_it_lets_pass_is_broken(file):
    tried = sum((bites(POLICIES[file].policy, case, CASES[file]) for case in CASES[file]), Bites())

    assert tried.killed, f"none of these is a violation: {tried.survivors}"


@pytest.mark.parametrize("file", POLICIES)
def test_policy_explains_itself_beyond_its_title(file):
    title, *rest = POLICIES[file].docstring.splitlines()

    assert title.endswith(".")
    assert rest[0] == ""
    assert len(rest) > 2


def test_every_cases_file_belongs_to_a_policy():
    cases = {path.name.removesuffix(".cases.yaml") for path in (ROOT / "policies").glob("*.cases.yaml")}

    assert cases == {Path(file).stem for file in POLICIES}


def test_waivers_are_what_their_schema_says():
    waivers = yaml.safe_load((ROOT / "policies" / "waivers.yaml").read_text("utf-8"))

    schema = json.loads(files("skafu.schemas").joinpath("waivers.schema.json").read_text("utf-8"))
    jsonschema.validate(waivers, schema)
