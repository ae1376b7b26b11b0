"""Findings of several stacks -> one finding for each place."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from skafu.model.estate import StackId
from skafu.model.finding import Finding, Severity
from skafu.model.place import Location
from skafu.validate.merge import merged

DEV, PROD = (StackId(name, "us-east-1", "api") for name in ("development", "production"))
BASE = Finding(
    rule="E3002",
    tool="cfn-lint",
    severity=Severity.HIGH,
    title="Properties exist",
    message="'Bilingmode' was unexpected",
    location=Location("template.yaml", 7, 5),
    stacks=(DEV,),
    logical_id="Table",
    path="Resources.Table.Properties.Bilingmode",
)


def test_what_holds_in_two_environments_is_said_once_and_names_both():
    (one,) = merged([replace(BASE, stacks=(PROD,)), BASE])
    assert one.stacks == (DEV, PROD)


def test_what_is_about_all_stacks_stays_so_beside_the_same_words_about_one():
    about_all = replace(BASE, stacks=())
    assert [one.stacks for one in merged([about_all, BASE])] == [(), (DEV,)]


def test_another_line_rule_or_message_is_another_finding():
    others = [
        replace(BASE, location=Location("template.yaml", 8, 5)),
        replace(BASE, rule="E3003"),
        replace(BASE, message="'Bilingmode' is 3"),
    ]
    assert len(merged([BASE, *others])) == 4


def test_names_that_sam_makes_of_the_environment_do_not_keep_findings_apart():
    in_dev = replace(BASE, logical_id="ApidevelopmentStage", message="ApidevelopmentStage fails this check")
    in_prod = replace(
        BASE, stacks=(PROD,), logical_id="ApiproductionStage", message="ApiproductionStage fails this check"
    )
    (one,) = merged([in_dev, in_prod])
    assert (one.message, one.stacks) == ("ApidevelopmentStage fails this check", (DEV, PROD))


def test_two_things_made_of_one_line_in_the_same_stack_stay_two():
    role = replace(BASE, logical_id="FunctionRole", message="FunctionRole fails this check")
    alias = replace(BASE, logical_id="FunctionAlias", message="FunctionAlias fails this check")
    assert len(merged([role, alias])) == 2


def test_the_same_statement_twice_is_one():
    assert len(merged([BASE, BASE])) == 1


def test_a_fingerprint_outlives_moved_lines():
    moved = replace(BASE, location=Location("template.yaml", 99, 1))
    assert merged([BASE])[0].fingerprint == merged([moved])[0].fingerprint


def test_a_fingerprint_outlives_the_hash_in_a_deployment_that_sam_made():
    one = replace(BASE, path="Resources.ApiDeployment0123456789.Properties")
    other = replace(BASE, path="Resources.ApiDeploymentabcdef0123.Properties")
    assert merged([one])[0].fingerprint == merged([other])[0].fingerprint


def test_alike_findings_of_one_file_have_fingerprints_of_their_own():
    second = replace(BASE, location=Location("template.yaml", 30, 5))
    one, other = merged([BASE, second])
    assert one.fingerprint != other.fingerprint


findings = st.builds(
    lambda line, rule, message, stack, name: replace(
        BASE,
        location=Location("template.yaml", line, 1),
        rule=rule,
        message=message,
        stacks=(stack,),
        logical_id=name,
    ),
    st.integers(1, 3),
    st.sampled_from(["E1", "E2"]),
    st.sampled_from(["one A", "two B", "three"]),
    st.sampled_from([DEV, PROD]),
    st.sampled_from(["", "A", "B"]),
)


@given(st.lists(findings, max_size=12), st.randoms())
def test_merging_loses_no_stack_no_rule_and_no_line_and_knows_no_order(some, random):
    shuffled = random.sample(some, len(some))
    result = merged(some)
    assert result == merged(shuffled)
    assert {(f.rule, f.location, stack) for f in some for stack in f.stacks} == {
        (f.rule, f.location, stack) for f in result for stack in f.stacks
    }
    assert len({f.fingerprint for f in result}) == len(result)
