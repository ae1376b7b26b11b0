"""This repository's own policies against the cases that stand beside them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from skafu.sdk.mutation import Bites
from skafu.sdk.tried import tried
from skafu.validate.policy_files import policy_files, read_policy

ROOT = Path(__file__).parents[2]
POLICIES = {file: read_policy(ROOT, file) for file in policy_files(ROOT)}
TRIED = {
    file: tried(found.policy, (ROOT / file).with_suffix(".cases.yaml").read_text("utf-8"))
    for file, found in POLICIES.items()
}


@pytest.mark.parametrize(
    ("file", "number"),
    [
        pytest.param(file, number, id=f"{POLICIES[file].id}: {case.name}")
        for file, rule in TRIED.items()
        for number, case in enumerate(rule.cases)
    ],
)
def test_policy_says_what_its_case_expects(file, number):
    assert TRIED[file].differences(number) == []


@pytest.mark.parametrize("file", POLICIES)
def test_policy_has_cases_for_each_of_its_answers(file):
    assert TRIED[file].lacking() == []


@pytest.mark.parametrize("file", POLICIES)
def test_policy_bites_when_what_it_lets_pass_is_broken(file):
    rule = TRIED[file]
    found = sum((rule.bites(number) for number in range(len(rule.cases))), Bites())

    assert found.killed, f"none of these is a violation: {found.survivors}"


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
