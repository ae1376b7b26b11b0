"""Reports name the controls that a finding is about, in the first run and in those that remember it."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

REGISTER = """\
framework: house
title: The rules of the house
version: "1"
source: https://example.org/rules
controls:
  "{id}":
    title: It is known who reads what
    preventive:
      checkov: [CKV_AWS_18]
"""


@pytest.fixture
def house(estate, tmp_path_factory):
    """The estate with Checkov and a register; a function that gives its report's controls."""
    cache = tmp_path_factory.mktemp("cache") / "skafu"
    tried = estate(
        {
            "validators/checkov.yaml": "judge: checkov\n",
            "policies/controls/house.yaml": REGISTER.format(id="1.1"),
        }
    )

    def controls(*arguments):
        run = tried.judge(*arguments, SKAFU_CACHE=str(cache))
        return {one["rule"]: one["controls"] for one in json.loads(run.stdout)["findings"]}

    controls.write = tried.write
    controls.judge = tried.judge
    return controls


def test_a_finding_of_checkov_bears_its_controls_however_it_is_known(house):
    first, remembered, again = house(), house(), house()

    assert first["CKV_AWS_18"] == ["house:1.1"]
    assert first["CKV_AWS_21"] == []
    assert first == remembered == again == house("--no-cache")


def test_a_changed_register_is_seen_in_what_is_remembered(house):
    house()
    house.write({"policies/controls/house.yaml": REGISTER.format(id="1.2")})

    assert house()["CKV_AWS_18"] == ["house:1.2"]


def test_a_register_that_names_what_is_not_there_is_bad_input(house):
    text = REGISTER.format(id="1.1") + "      policies: [buckets-namd]\n"
    house.write({"policies/controls/house.yaml": text})

    run = house.judge()

    assert run.code == 2
    assert (
        'policies/controls/house.yaml:10:18: house:1.1 names "buckets-namd", which is no file in policies/ '
        'Did you mean "buckets-named"?'
    ) in run.told
