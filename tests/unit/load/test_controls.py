"""Registers of controls, and what policies and validators claim to support."""

from __future__ import annotations

import pytest

from skafu.load.repository import load_repository

POLICY = '''\
"""Buckets have names.

See to it.
"""

from skafu.sdk import policy


@policy(severity="low", resources=["AWS::S3::Bucket"], controls={controls})
def check(bucket):
    yield from ()
'''

VALIDATOR = '''\
"""Layers hold.

See to it.
"""

from skafu.sdk import validator


@validator(severity="low", controls=["house:1.2"])
def check(estate):
    yield from ()
'''

REGISTER = """\
framework: house
title: The rules of the house
version: "1"
source: https://example.org/rules
controls:
  "1.1":
    title: Everything has a name
    preventive:
      policies: [buckets-named]
      checkov: [CKV_AWS_18]
      cfn_lint: [W2501]
      resources: [AWS::Organizations::Policy]
    detective:
      config_rules: [REQUIRED_TAGS]
      resources: [AWS::GuardDuty::Detector]
  "1.2":
    title: Everything has its layer
    preventive:
      validators: [layers]
    manual: >-
      A drawing of the layers,
      reviewed once a year.
  "1.10":
    title: Everything is swept once a week
    not_covered: Nobody has a broom that is long enough.
"""

HOUSE = {
    "policies/controls/house.yaml": REGISTER,
    "policies/buckets_named.py": POLICY.format(controls='["house:1.1"]'),
    "validators/layers.py": VALIDATOR,
}

CONTROL = 'framework: house\ntitle: t\nversion: "1"\nsource: https://x.org\ncontrols:\n  "1.1":\n'


def test_a_register_is_read_in_its_own_order_with_its_lines(load):
    read = load(HOUSE)

    assert read.problems == ()
    house = read.frameworks["house"]
    assert (house.title, house.version, house.source) == (
        "The rules of the house",
        "1",
        "https://example.org/rules",
    )
    assert [(one.name, one.coverage, one.node.place.line) for one in house.controls] == [
        ("house:1.1", ("preventive", "detective"), 6),
        ("house:1.2", ("preventive", "manual"), 16),
        ("house:1.10", ("not covered",), 23),
    ]
    named, layered, _ = house.controls
    assert (named.policies, named.checkov, named.cfn_lint) == (
        ("buckets-named",),
        ("CKV_AWS_18",),
        ("W2501",),
    )
    assert named.prevented_by == ("AWS::Organizations::Policy",)
    assert (named.config_rules, named.detected_by) == (("REQUIRED_TAGS",), ("AWS::GuardDuty::Detector",))
    assert (layered.validators, layered.manual) == (
        ("layers",),
        "A drawing of the layers, reviewed once a year.",
    )


def test_a_repository_without_registers_may_name_controls_as_it_likes(load):
    read = load({"policies/buckets_named.py": POLICY.format(controls='["nobody:1"]')})

    assert (read.frameworks, read.problems) == ({}, ())


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        pytest.param(
            {"policies/buckets_named.py": POLICY.format(controls='["house:1.1", "house:1.11"]')},
            [
                (
                    "policies/buckets_named.py:9:79: no file in policies/controls/ has the control "
                    '"house:1.11" Did you mean "house:1.1"?'
                )
            ],
            id="a policy claims a control that is nowhere",
        ),
        pytest.param(
            {"policies/buckets_named.py": POLICY.format(controls='["house:1.1", "house:1.2"]')},
            [
                (
                    "policies/buckets_named.py:9:79: buckets-named supports house:1.2, and "
                    "policies/controls/house.yaml does not say so "
                    "Add buckets-named to preventive.policies of 1.2 at policies/controls/house.yaml:16:3."
                )
            ],
            id="a policy claims a control that does not know it",
        ),
        pytest.param(
            {"policies/buckets_named.py": POLICY.format(controls="[]")},
            [
                (
                    "policies/controls/house.yaml:9:18: house:1.1 names buckets-named, and "
                    "policies/buckets_named.py does not say that it supports it "
                    'Add "house:1.1" to its controls, or take buckets-named out here.'
                )
            ],
            id="a control names a policy that does not claim it",
        ),
        pytest.param(
            {"policies/buckets_named.py": None},
            [
                (
                    'policies/controls/house.yaml:9:18: house:1.1 names "buckets-named", '
                    "which is no file in policies/"
                )
            ],
            id="a control names a policy that is not there",
        ),
        pytest.param(
            {"validators/layers.py": VALIDATOR.replace("1.2", "1.10")},
            [
                (
                    "policies/controls/house.yaml:19:20: house:1.2 names layers, and validators/layers.py "
                    'does not say that it supports it Add "house:1.2" to its controls, or take layers out here.'
                ),
                (
                    "validators/layers.py:9:38: layers supports house:1.10, and policies/controls/house.yaml "
                    "does not say so "
                    "Add layers to preventive.validators of 1.10 at policies/controls/house.yaml:23:3."
                ),
            ],
            id="a validator is held to it as well",
        ),
        pytest.param(
            {"policies/buckets_named.py": POLICY.format(controls="CONTROLS")},
            [
                (
                    "policies/buckets_named.py:9:65: the controls must be written out here as a list of texts, "
                    'to be held against policies/controls/ For instance controls=["soc2:A1.2"].'
                )
            ],
            id="claims that only running the policy would tell",
        ),
        pytest.param(
            {"policies/buckets_named.py": "def ("}, [], id="a policy that its judge cannot run either"
        ),
        pytest.param(
            {"policies/controls/house.yaml": REGISTER.replace("CKV_AWS_18]", "CKV_AWS_81000]")},
            [
                (
                    'policies/controls/house.yaml:10:17: controls.1.1.preventive.checkov[0] is "CKV_AWS_81000" '
                    'Did you mean "CKV_AWS_100"? An id of a check that Checkov has for CloudFormation.'
                )
            ],
            id="a check that Checkov does not have; claims of that framework are not told twice",
        ),
        pytest.param(
            {"policies/controls/house.yaml": CONTROL + "    title: Everything has a name\n"},
            [
                (
                    "policies/controls/house.yaml:6:3: controls.1.1 is empty or too short "
                    "A title, and at least one of preventive, detective, manual and not_covered."
                )
            ],
            id="a control of which nothing is said",
        ),
        pytest.param(
            {"policies/controls/house.yaml": REGISTER.replace("not_covered", "uncovered")},
            [
                (
                    'policies/controls/house.yaml:25:5: unknown key "uncovered" in controls.1.10 '
                    'Did you mean "not_covered"?'
                )
            ],
            id="a kind of coverage nobody knows",
        ),
        pytest.param(
            {"policies/controls/house.yaml": REGISTER.replace("framework: house", "framework: hose")},
            [
                (
                    "policies/controls/house.yaml:1:12: policies/controls/house.yaml is the register of house, "
                    "not of hose Name the file as the framework."
                )
            ],
            id="a register in the wrong file",
        ),
        pytest.param(
            {"policies/controls/house.yml": REGISTER},
            [
                (
                    'policies/controls/house.yml:1:1: the framework "house" is registered twice, '
                    "in policies/controls/house.yaml too Put its controls into one file."
                )
            ],
            id="two registers of one framework",
        ),
        pytest.param(
            {"policies/controls/notes.md": "notes"},
            [
                (
                    "policies/controls/notes.md:1:1: policies/controls/notes.md is no register of controls "
                    "policies/controls/ holds <framework>.yaml files only."
                )
            ],
            id="something else among the registers",
        ),
    ],
)
def test_what_a_register_says_is_held_against_what_is_there(told, changes, lines):
    assert told({**HOUSE, **changes}) == lines


def test_a_mistake_in_a_register_is_bad_input(load):
    broken = load({**HOUSE, "policies/buckets_named.py": POLICY.format(controls="[]")})

    assert [one.bad_input for one in broken.problems] == [True]


def test_links_among_the_registers_are_not_followed(tmp_path, load):
    load(HOUSE)
    (tmp_path / "policies/controls/other.yaml").symlink_to(tmp_path / "policies/controls/house.yaml")

    problems = load_repository(tmp_path).problems

    assert ["is a symbolic link" in one.message for one in problems] == [True]
