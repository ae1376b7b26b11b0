from __future__ import annotations

import json

import pytest

from skafu.load.document import parse_document
from skafu.load.problems import DocumentError
from skafu.load.schema import check, check_schema, shipped


def said(text, schema):
    found = check(parse_document(text, "f.yaml", rule="definition-syntax"), schema)
    assert all(one.rule == "definition-schema" and one.bad_input for one in found)
    return [f"{one.location}: {one.message} {one.help}".strip() for one in found]


def own(schema):
    return check_schema(parse_document(json.dumps(schema), "schema.json", rule="definition-syntax"))


STACK = "template: t.yaml\nenvironments: [staging]\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (STACK, []),
        (
            f"{STACK}paramters: {{}}\n",
            ['f.yaml:3:1: unknown key "paramters" Did you mean "parameters"?'],
        ),
        (
            f"{STACK}tier: critcal\n",
            ['f.yaml:3:7: tier is "critcal" Did you mean "critical"? Allowed: critical, important, normal.'],
        ),
        (f"{STACK}tier: 3\n", ["f.yaml:3:7: tier is 3 Allowed: critical, important, normal."]),
        (
            f"{STACK}termination_protection: 'yes'\n",
            ['f.yaml:3:25: termination_protection must be true or false, not "yes"'],
        ),
        (
            "template: 5\nenvironments: staging\n",
            [
                (
                    "f.yaml:1:11: template must be text, not 5 "
                    "Path of the template, relative to this file, inside the repository."
                ),
                'f.yaml:2:15: environments must be a list, not "staging" Names of the environments it goes to.',
            ],
        ),
        (
            "template: t.yaml\nenvironments: []\n",
            ["f.yaml:2:1: environments is empty or too short Names of the environments it goes to."],
        ),
        (
            "template: t.yaml\nenvironments: [a, a]\n",
            ["f.yaml:2:1: environments names something twice Names of the environments it goes to."],
        ),
        (
            "environments: [a]\n",
            [
                (
                    'f.yaml:1:1: the file lacks the key "template" '
                    "Path of the template, relative to this file, inside the repository."
                ),
            ],
        ),
        (
            f"{STACK}parameters:\n  A: {{b: 1}}\n",
            ['f.yaml:4:3: parameters.A must be a list or true or false or a number or text, not {"b": 1}'],
        ),
    ],
)
def test_a_mistake_in_a_definition_is_told_at_its_key_with_what_would_be_right(text, lines):
    assert said(text, shipped("stack")) == lines


def test_a_long_wrong_value_is_cut():
    (line,) = said(f"template: t\nenvironments: {'x' * 500}\n", shipped("stack"))
    assert f'not "{"x" * 56}... Names' in line


def test_a_key_with_the_wrong_form_is_told_at_the_key():
    account = "{id: '111111111111', purpose: x, access: x, deployer_role: x}"
    assert said(f"estate: e\naccounts:\n  Prod: {account}\n", shipped("accounts")) == [
        'f.yaml:3:3: accounts has the key "Prod", which has the wrong form It must match ^[a-z][a-z0-9-]*$'
    ]


def test_an_account_id_that_yaml_reads_as_a_number_is_refused_and_says_why():
    account = "{id: 012345670123, purpose: x, access: x, deployer_role: x}"
    (line,) = said(f"estate: e\naccounts:\n  prod: {account}\n", shipped("accounts"))
    assert line.startswith("f.yaml:3:14: accounts.prod.id must be text, not ")
    assert line.endswith("Twelve digits, quoted, so that YAML keeps leading zeros.")


@pytest.mark.parametrize("pattern", ["*", "**", "*/*", "*/*/*"])
def test_no_waiver_is_about_every_stack(pattern):
    waiver = {
        "id": "W-1",
        "rule": "r",
        "stacks": [pattern],
        "resources": ["*"],
        "owner": "me",
        "approver": "you",
        "ticket": "T-1",
    }
    waiver |= {"reason": "a reason with twenty letters", "expires": "2027-01-01"}
    (line,) = said(json.dumps({"waivers": [waiver]}), shipped("waivers"))
    assert f'waivers[0].stacks[0] is "{pattern}", which is not allowed' in line


@pytest.mark.parametrize(
    ("schema", "lines"),
    [
        ({"properties": {"a": {"minimum": 3}}}, ["f.yaml:1:1: a: 1 is less than the minimum of 3"]),
        ({"properties": {"a": False}}, ["f.yaml:1:1: 1 is not allowed in the file"]),
        ({"properties": {"b": True}, "required": ["b"]}, ['f.yaml:1:1: the file lacks the key "b"']),
        (
            {"properties": {"a": {"anyOf": [{"const": 3}, {"type": "null"}]}}},
            ["f.yaml:1:1: a: 1 is not valid under any of the given schemas"],
        ),
        (
            {"properties": {"a": {"oneOf": [True, True]}}},
            ["f.yaml:1:1: a: 1 is valid under each of True, True"],
        ),
        (
            {"patternProperties": {"^x": {}}, "additionalProperties": False},
            ['f.yaml:1:1: unknown key "a"'],
        ),
        (
            {"$ref": "#"},
            ["f.yaml:1:1: f.yaml cannot be checked: the schema refers to itself without end"],
        ),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"maxProperties": 2}}}, []),
    ],
)
def test_a_team_may_write_any_schema_it_likes(schema, lines):
    assert said("a: 1\nx1: 2\n", own(schema)) == lines


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        (
            {"type": "strin"},
            "schema.json:1:2: not a JSON Schema: 'strin' is not valid under any of the given schemas",
        ),
        (
            {"properties": {"a": {"pattern": "("}}},
            "schema.json:1:23: not a JSON Schema: '(' is not a 'regex'",
        ),
        (
            {"$ref": "#/$defs/x"},
            (
                'schema.json:1:10: "#/$defs/x" leads to no place in this file. '
                "A schema refers to places in its own file only, as #/$defs/<name>."
            ),
        ),
        (
            {"$ref": "https://schemas.invalid/x.json"},
            (
                'schema.json:1:10: "https://schemas.invalid/x.json" leads to no place in this file. '
                "A schema refers to places in its own file only, as #/$defs/<name>."
            ),
        ),
    ],
)
def test_a_schema_of_the_teams_own_that_is_none_is_refused_at_its_line(schema, line):
    with pytest.raises(DocumentError) as caught:
        own(schema)
    assert str(caught.value) == line
