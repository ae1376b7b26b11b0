"""The registers of controls of this repository, against everything they name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from cfnlint import ConfigMixIn
from cfnlint.runner import Runner

from skafu.adapters.checkov import severities
from skafu.cli.controls import registered
from skafu.load import load_repository
from skafu.load.schema import shipped
from skafu.resolve import by_translator, resolve_estate

ROOT = Path(__file__).parents[2]
FRAMEWORKS = registered(ROOT)

CIS_3 = {"1": 22, "2.1": 4, "2.2": 1, "2.3": 3, "2.4": 1, "3": 9, "4": 16, "5": 6}
"""Section of the benchmark -> how many recommendations it has."""

SOC_2 = {"CC1": 5, "CC2": 3, "CC3": 4, "CC4": 2, "CC5": 3, "CC6": 8, "CC7": 5, "CC8": 1, "CC9": 2}
SOC_2 |= {"A1": 3, "C1": 2, "PI1": 5}
"""Group of criteria -> how many it has; those about privacy are not part of our report."""


@cache
def deployed():
    """The resources of all effective templates, as plain data."""
    stacks = resolve_estate(load_repository(ROOT), by_translator).stacks.values()
    templates = [one.template for stack in stacks for one in (stack, *stack.nested)]
    return [
        resource.plain() for one in templates for resource in one.nearest(("Resources",)).members.values()
    ]


@pytest.mark.parametrize(("framework", "sections"), [("cis", CIS_3), ("soc2", SOC_2)])
def test_every_control_of_a_framework_is_registered_once_and_in_order(framework, sections):
    expected = [f"{section}.{number + 1}" for section, count in sections.items() for number in range(count)]

    assert [control.id for control in FRAMEWORKS[framework].controls] == expected


def test_the_articles_that_concern_technology_are_registered():
    assert [control.id for control in FRAMEWORKS["gdpr"].controls] == [
        f"art-{number}" for number in (5, 15, 17, 20, 24, 25, 28, 30, 32, 33, 34, 35, 44)
    ]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_config_rule_that_a_control_claims_is_deployed(framework):
    rules = {
        resource["Properties"]["Source"]["SourceIdentifier"]
        for resource in deployed()
        if resource["Type"] == "AWS::Config::ConfigRule"
    }
    claimed = {(one.id, rule) for one in FRAMEWORKS[framework].controls for rule in one.config_rules}

    assert {(id_, rule) for id_, rule in claimed if rule not in rules} == set()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_resource_that_a_control_claims_is_deployed(framework):
    types = {resource["Type"] for resource in deployed()}
    claimed = {
        (one.id, type_)
        for one in FRAMEWORKS[framework].controls
        for type_ in (*one.prevented_by, *one.detected_by)
    }

    assert {(id_, type_) for id_, type_ in claimed if type_ not in types} == set()


def test_every_config_rule_that_is_deployed_serves_a_control():
    claimed = {
        rule for one in FRAMEWORKS.values() for control in one.controls for rule in control.config_rules
    }

    assert {
        resource["Properties"]["Source"]["SourceIdentifier"]
        for resource in deployed()
        if resource["Type"] == "AWS::Config::ConfigRule"
    } <= claimed


def test_every_rule_of_cfn_lint_that_a_control_claims_exists():
    rules = Runner(ConfigMixIn([], regions=["us-east-1"])).rules
    claimed = {rule for one in FRAMEWORKS.values() for control in one.controls for rule in control.cfn_lint}

    assert claimed <= set(rules)
    assert claimed


def test_registers_may_name_exactly_the_checks_that_have_a_severity():
    assert set(shipped("controls")["$defs"]["check"]["enum"]) == set(severities())
