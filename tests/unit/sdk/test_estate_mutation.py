"""What a validator lets pass is broken in one place at a time."""

from __future__ import annotations

import copy

from skafu.sdk import validator
from skafu.sdk.estate_cases import estate_of, read_estate_cases
from skafu.sdk.estate_mutation import estate_bites, estate_grafts, estate_mutants

TEXT = """\
- name: good
  environments: {production: {stage: production, kept: true}}
  accounts: {production: {id: "5"}}
  stacks:
    production/r/keys: {layer: foundation, tier: critical}
    production/r/api:
      layer: platform
      tier: normal
      needs: [depends_on production/r/keys, output production/r/gone Url]
      resources: {Topic: {Type: T, Properties: {Days: 8}}}
  files: {policies/a.yaml: "one\\ntwo\\n"}
  expect: []

- name: bad
  environments: {production: {kept: false}}
  stacks:
    production/r/api: {layer: platform, resources: {Topic: {Type: T, Properties: {Days: 9}}}}
    production/r/more: {}
  expect: [{stack: production/r/more}]
"""
CASES = read_estate_cases(TEXT)


def test_every_part_of_a_case_is_broken_but_what_it_expects_and_the_types_of_its_resources():
    api = "stacks.production/r/api"
    keys = "stacks.production/r/keys"
    words = ("is ''", "is '*'", "is 'other'")

    assert [what for what, _ in estate_mutants(CASES[0])] == [
        f"{keys} is removed",
        f"{keys}.layer is 'platform'",
        f"{keys}.tier is 'normal'",
        f"{keys}.layer is removed",
        *(f"{keys}.layer {what}" for what in words),
        f"{keys}.tier is removed",
        *(f"{keys}.tier {what}" for what in words),
        f"{api} is removed",
        f"{api}.needs[0] (depends_on production/r/keys) is removed",
        f"{api}.needs[1] (output production/r/gone Url) is removed",
        f"{api}.layer is 'foundation'",
        f"{api}.tier is 'critical'",
        f"{api}.layer is removed",
        *(f"{api}.layer {what}" for what in words),
        f"{api}.tier is removed",
        *(f"{api}.tier {what}" for what in words),
        f"{api}.resources is removed",
        f"{api}.resources.Topic is removed",
        f"{api}.resources.Topic.Properties is removed",
        f"{api}.resources.Topic.Properties.Days is removed",
        f"{api}.resources.Topic.Properties.Days is 0, not 8",
        f"{api}.resources.Topic.Properties.Days is 4, not 8",
        f"{api}.resources.Topic.Properties.Days is 16, not 8",
        "environments.production is removed",
        "environments.production.stage is removed",
        *(f"environments.production.stage {what}" for what in words),
        "environments.production.kept is removed",
        "environments.production.kept is false, not true",
        "accounts.production is removed",
        "accounts.production.id is removed",
        *(f"accounts.production.id {what}" for what in (*words, "is '0'", "is '2'", "is '10'")),
        "files.policies/a.yaml is removed",
        "files.policies/a.yaml has no line 1",
        "files.policies/a.yaml has no line 2",
        f"{api}.needs: depends_on production/r/keys is turned around",
    ]


def test_a_need_that_is_turned_around_is_the_other_stacks():
    broken = dict(estate_mutants(CASES[0]))
    turned = broken["stacks.production/r/api.needs: depends_on production/r/keys is turned around"]
    found = estate_of(turned.written)

    assert [one.target for one in found.stack("production/r/keys").needs] == ["production/r/api"]
    assert [one.target for one in found.stack("production/r/api").needs] == ["production/r/gone"]


def test_a_graft_takes_what_a_violating_case_has_in_the_same_place():
    grafted = dict(estate_grafts(CASES[0], CASES[1:]))

    assert list(grafted) == [
        "stacks.production/r/api.resources.Topic.Properties.Days is as in the case at line 14",
        "stacks.production/r/more is as in the case at line 14",
        "environments.production.kept is as in the case at line 14",
    ]


def test_what_is_broken_is_an_estate_and_leaves_the_original_as_it_was():
    before = copy.deepcopy(CASES[0].written)

    for what, mutant in [*estate_mutants(CASES[0]), *estate_grafts(CASES[0], CASES[1:])]:
        assert mutant.written != before, what
        assert estate_of(mutant.written).name == "case"
    assert CASES[0].written == before


def test_a_case_without_a_section_takes_that_of_a_violating_case():
    empty, bad = read_estate_cases("- {name: a, expect: []}\n- {name: b, files: {x: y}, expect: [{file: x}]}")

    ((_, mutant),) = estate_grafts(empty, [bad])
    assert mutant.written["files"] == {"x": "y"}


def test_a_validator_bites_that_minds_what_was_broken():
    @validator(severity="low")
    def kept(found):
        for one in found.environments:
            if one.get("kept") is False:
                yield one.violation("It is not kept.", at="kept")

    found = estate_bites(kept, CASES[0], CASES)

    assert (found.cases, found.killed, found.failed) == (1, 2, 0)
    assert found.mutants == found.killed + len(found.survivors)


def test_nothing_is_tried_on_a_case_that_should_not_pass():
    @validator(severity="low")
    def never(found):
        raise ValueError(found)

    assert estate_bites(never, CASES[1], CASES).mutants == 0
    assert estate_bites(never, CASES[0], CASES).failed == estate_bites(never, CASES[0], CASES).mutants > 0
