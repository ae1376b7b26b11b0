"""`skafu policy list --framework`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from skafu.cli.controls import framework_of
from skafu.cli.policy import command
from skafu.model.errors import InputError

REGISTER = """\
framework: house
title: The rules of the house
version: "1"
source: https://example.org/rules
controls:
  "1.1":
    title: Everything has a name
    preventive:
      checkov: [CKV_AWS_18]
      resources: [AWS::Organizations::Policy]
    detective:
      config_rules: [REQUIRED_TAGS]
    not_covered: What CloudFormation has no type for.
  "1.2":
    title: Everything has its layer
    not_covered: Nobody has drawn the layers so far.
"""


@pytest.fixture
def house(tmp_path):
    file = tmp_path / "policies/controls/house.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(REGISTER)
    return tmp_path


def printed(house, *arguments):
    result = CliRunner(env={"COLUMNS": "120"}).invoke(command, ["list", "--root", str(house), *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_table_says_of_each_control_how_it_is_covered_and_by_what(house):
    lines = [line.rstrip() for line in printed(house, "--framework", "house").splitlines()]

    assert lines[0] == "The rules of the house, 1"
    assert lines[4:10] == [
        " 1.1       Everything has a name      preventive    Checkov: CKV_AWS_18",
        "                                      detective     resources that prevent: AWS::Organizations::Policy",
        "                                      not covered   AWS Config: REQUIRED_TAGS",
        "                                                    not covered: What CloudFormation has no type for.",
        " 1.2       Everything has its layer   not covered   not covered: Nobody has drawn the layers so far.",
        "",
    ]
    assert lines[-1] == "2 controls: 1 preventive, 1 detective, 0 manual, 1 not covered, 1 covered in part"


def test_json_has_everything_that_is_registered(house):
    first, second = json.loads(printed(house, "--framework", "house", "--format", "json"))

    assert first == {
        "control": "house:1.1",
        "title": "Everything has a name",
        "coverage": ["preventive", "detective", "not covered"],
        "preventive": {
            "policies": [],
            "validators": [],
            "checkov": ["CKV_AWS_18"],
            "cfn_lint": [],
            "resources": ["AWS::Organizations::Policy"],
        },
        "detective": {"config_rules": ["REQUIRED_TAGS"], "resources": []},
        "manual": "",
        "not_covered": "What CloudFormation has no type for.",
        "file": "policies/controls/house.yaml",
        "line": 6,
    }
    assert second["coverage"] == ["not covered"]


@pytest.mark.slow
def test_the_list_says_what_each_policy_is_about(house):
    for name, decorator in (
        ("lost", 'plan_policy(severity="high")'),
        ("named", 'policy(severity="low", resources=["*"])'),
        ("tagged", 'stack_policy(severity="info")'),
    ):
        text = f'"""It is {name}."""\nfrom skafu.sdk import *\n\n\n@{decorator}\ndef check(one):\n    return ()\n'
        (house / f"policies/{name}.py").write_text(text)
    rows = [line.split()[:3] for line in printed(house).splitlines()]

    assert rows[-4:-1] == [
        ["lost", "plans", "high"],
        ["named", "resources", "low"],
        ["tagged", "stacks", "info"],
    ]
    assert [one["about"] for one in json.loads(printed(house, "--format", "json"))] == [
        "plans",
        "resources",
        "stacks",
    ]


def test_a_framework_that_is_not_there_is_bad_input(house):
    with pytest.raises(InputError, match=r'no framework "hose"\. Did you mean "house"\?'):
        framework_of(house, "hose")


def test_a_register_that_cannot_be_used_is_bad_input_with_every_place(house):
    text = REGISTER.replace("CKV_AWS_18", "CKV_AWS_0").replace("REQUIRED_TAGS", "required-tags")
    (house / "policies/controls/house.yaml").write_text(text)

    with pytest.raises(InputError) as told:
        framework_of(house, "house")

    assert [line.partition(": ")[0].strip() for line in str(told.value).splitlines()[1:]] == [
        "policies/controls/house.yaml:12:22",
        "policies/controls/house.yaml:9:17",
    ]
