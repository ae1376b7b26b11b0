"""Which controls a finding bears."""

from __future__ import annotations

from skafu.model.control import Control, Framework
from skafu.model.finding import Finding, Severity
from skafu.model.node import Node
from skafu.model.place import Location
from skafu.validate import supported_by, with_controls

AT = Location("stacks/platform/data/template.yaml", 7, 3)


def finding(tool, rule, *controls):
    return Finding(rule, tool, Severity.HIGH, "a title", "a message", AT, controls=controls)


def control(framework, id_, *, checkov=(), cfn_lint=(), policies=()):
    node = Node("", Location(f"policies/controls/{framework}.yaml"))
    return Control(framework, id_, "a title", policies, (), checkov, cfn_lint, (), (), (), "", "", node)


def registers(*controls):
    names = dict.fromkeys(one.framework for one in controls)
    return supported_by(
        Framework(name, "t", "1", "https://x.org", tuple(one for one in controls if one.framework == name))
        for name in names
    )


def test_a_check_supports_every_control_that_names_it_in_any_framework():
    known = registers(
        control("soc2", "CC6.1", checkov=("CKV_AWS_20", "CKV_AWS_53")),
        control("soc2", "A1.2", checkov=("CKV_AWS_28",)),
        control("cis", "2.1.4", checkov=("CKV_AWS_53",)),
    )

    (found,) = with_controls([finding("checkov", "CKV_AWS_53")], known)

    assert found == finding("checkov", "CKV_AWS_53", "cis:2.1.4", "soc2:CC6.1")


def test_a_rule_of_one_tool_is_not_that_of_another():
    known = registers(control("soc2", "CC6.1", checkov=("CKV_AWS_53",), cfn_lint=("W2501",)))
    findings = (finding("skafu", "CKV_AWS_53"), finding("checkov", "W2501"), finding("cfn-lint", "W2501"))

    assert [one.controls for one in with_controls(findings, known)] == [(), (), ("soc2:CC6.1",)]


def test_findings_of_a_policy_keep_what_the_policy_says():
    known = registers(control("soc2", "CC6.1", policies=("buckets-private",)))
    stated = finding("policies", "buckets-private", "soc2:CC6.3")

    assert with_controls([stated], known) == (stated,)
