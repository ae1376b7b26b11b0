"""Cases beside a validator tell a right validator from a wrong one."""

from __future__ import annotations

import pytest

from skafu.sdk import Unknown, validator
from skafu.sdk.case_text import CasesError
from skafu.sdk.comparing import Difference
from skafu.sdk.estate_cases import estate_differences, estate_lacking, estate_of, read_estate_cases

DATA = "production/us-east-1/data"


def estate(text):
    return estate_of(read_estate_cases(f"- name: a\n  expect: []\n{text}")[0].written)


@validator(severity="low")
def named(found):
    """Everything has a name: one statement for each kind of place."""
    for stack in found.stacks:
        for resource in stack.resources("AWS::S3::Bucket"):
            name = resource.get("Name")
            if isinstance(name, Unknown):
                yield name
            elif not name:
                yield resource.violation("The bucket is nameless.", at="Name")
        if not stack.tier:
            yield stack.violation("The stack is nameless.", at="tier")
    yield from declared(found)


def declared(found):
    for environment in found.environments:
        if environment.get("name") == "nameless":
            yield environment.violation("The environment is nameless.", at="name")
    for account in found.accounts:
        if account.purpose == "none":
            yield account.violation("The account is nameless.", at="purpose")
    for number, line in enumerate((found.text("policies/names.yaml") or "").splitlines(), 1):
        if line == "?":
            yield found.violation("The line is nameless.", file="policies/names.yaml", line=number)


GOOD = f"  stacks: {{{DATA}: {{tier: normal, resources: {{A: {{Type: 'AWS::S3::Bucket', Properties: {{Name: a}}}}}}}}}}\n"
LATE = GOOD.replace("Name: a", "Name: !Ref B")
BAD = f"""\
  stacks:
    {DATA}: {{resources: {{A: {{Type: 'AWS::S3::Bucket'}}}}}}
  environments: {{nameless: {{}}}}
  accounts: {{production: {{purpose: none}}}}
  files: {{policies/names.yaml: "?\\nb\\n?"}}
"""
SAID = f"""\
    - {{stack: {DATA}, resource: A, at: Name, message: bucket}}
    - {{stack: {DATA}, at: tier, message: stack}}
    - {{environment: nameless, at: name, message: environment}}
    - {{account: production, at: purpose, message: account}}
    - {{file: policies/names.yaml, message: line}}
    - {{file: policies/names.yaml, at: line 3, message: line}}
"""


def says(text, expect):
    return estate_differences(named, read_estate_cases(f"- name: a\n{text}  expect: {expect}\n")[0])


@pytest.mark.parametrize(
    ("text", "expect"), [(GOOD, "[]"), (LATE, "not_evaluated"), (BAD, f"\n{SAID}"), ("", "[]")]
)
def test_a_validator_that_says_what_is_expected_has_no_differences(text, expect):
    assert says(text, expect) == []


@pytest.mark.parametrize(
    ("text", "expect", "found"),
    [
        (
            GOOD.replace("Name: a", "{}"),
            "[]",
            [Difference("", f"{DATA}: A at Name: The bucket is nameless.", 1)],
        ),
        (
            GOOD.replace("Name: a", "{}"),
            f"[{{stack: {DATA}, resource: A, at: Name, message: empty}}]",
            [Difference(f"{DATA}: A at Name: empty", f"{DATA}: A at Name: The bucket is nameless.", 3)],
        ),
        (
            GOOD.replace("Name: a", "{}"),
            "[{stack: staging/us-east-1/data, resource: A, at: Name}]",
            [
                Difference("staging/us-east-1/data: A at Name: (any message)", "", 3),
                Difference("", f"{DATA}: A at Name: The bucket is nameless.", 1),
            ],
        ),
        (
            '  files: {policies/names.yaml: "?"}\n',
            "[{file: policies/names.yaml, at: line 2}]",
            [
                Difference("policies/names.yaml at line 2: (any message)", "", 3),
                Difference("", "policies/names.yaml at (all of it): The line is nameless.", 1),
            ],
        ),
        (
            LATE,
            "[]",
            [Difference("an answer", "not_evaluated: Resources.A.Properties.Name is not known", 1)],
        ),
        (GOOD, "not_evaluated", [Difference("not_evaluated", "no violation", 1)]),
    ],
)
def test_a_difference_names_what_it_is_about(text, expect, found):
    assert says(text.replace("{{}}", "{}"), expect) == found


def test_a_validator_that_uses_what_nobody_knows_has_failed():
    @validator(severity="low")
    def careless(found):
        yield from (one.violation("x") for one in found.resources() if one.get("Name") == "x")

    (difference,) = estate_differences(careless, read_estate_cases(f"- name: a\n{LATE}  expect: []\n")[0])

    assert difference.failed
    assert difference.said.startswith("it used Resources.A.Properties.Name, which is not known")


def test_what_is_left_out_has_a_default():
    found = estate(f"  stacks: {{{DATA}: {{}}, staging/eu-west-1/data: {{}}}}\n")
    stack = found.stacks[0]

    assert [one.id for one in found.stacks] == [DATA, "staging/eu-west-1/data"]
    assert (stack.name, stack.stack_name, stack.layer, stack.tier) == ("data", "data", "platform", "")
    assert (stack.region, stack.folder, stack.needs) == ("us-east-1", "stacks/platform/data", ())
    assert stack.environment.settings == {
        "name": "production",
        "account": "production",
        "region": "us-east-1",
    }
    assert [(one.name, one.id) for one in found.accounts] == [
        ("production", "000000000001"),
        ("staging", "000000000002"),
    ]
    assert found.complete


def test_what_is_written_stands_where_a_validator_looks_for_it():
    found = estate(
        "  complete: false\n"
        "  environments: {production: {account: prod}}\n"
        "  accounts: {prod: {id: '7', allowed_resources: [A], deployer_role: d}}\n"
        "  stacks:\n"
        f"    {DATA}:\n"
        "      layer: foundation\n"
        "      declaration: {tier: normal}\n"
        "      needs: [depends_on a/b/c, output a/b/d What, export a/b/e It]\n"
    )
    (stack,) = found.stacks

    assert (stack.account.id, stack.account.allowed_resources, stack.account.deployer_role) == (
        "7",
        ("A",),
        "d",
    )
    assert [(one.kind, one.target, one.what) for one in stack.needs] == [
        ("depends_on", "a/b/c", ""),
        ("output", "a/b/d", "What"),
        ("export", "a/b/e", "It"),
    ]
    assert (stack.layer, stack.declaration, found.complete) == ("foundation", {"tier": "normal"}, False)


def test_what_is_nested_follows_its_stack_under_its_id_and_needs_nothing():
    found = estate(
        "  stacks:\n"
        f"    {DATA}: {{needs: [depends_on a/b/c], nested: {{Inner: {{resources: {{B: {{Type: T, Properties: {{X: !Ref Y}}}}}}}}}}}}\n"
        "    staging/us-east-1/data: {}\n"
    )

    assert [(one.number, one.id, len(one.needs)) for one in found.stacks] == [
        (0, DATA, 1),
        (1, DATA, 0),
        (2, "staging/us-east-1/data", 0),
    ]
    assert found.stacks[1].resource("B").get("X").stack == 1


def test_a_late_value_of_a_resource_beside_it_is_of_its_kind():
    (stack,) = estate(
        f"  stacks: {{{DATA}: {{resources: {{K: {{Type: 'AWS::KMS::Key'}}, "
        "B: {Type: T, Properties: {Arn: !GetAtt K.Arn, Id: !Ref K, Other: !Ref P, Far: {unknown: X}}}}}}\n"
    ).stacks

    late = stack.resource("B").properties
    assert [late[key].kind for key in ("Arn", "Id", "Other", "Far")] == [
        "AWS::KMS::Key.Arn",
        "AWS::KMS::Key",
        "",
        "X",
    ]


def test_the_files_of_a_case_are_all_there_are():
    found = estate("  files: {policies/a.yaml: b}\n")

    assert found.text("policies/../policies/a.yaml") == "b"
    assert found.text("policies/waivers.yaml") is None
    with pytest.raises(ValueError, match="lies outside"):
        found.text("README.md")


def test_an_estate_shares_nothing_with_what_was_written():
    case = read_estate_cases("[{name: a, environments: {b: {c: {d: 1}}}, expect: []}]")[0]
    estate_of(case.written).environments[0].settings["c"]["d"] = 2

    assert case.written["environments"] == {"b": {"c": {"d": 1}}}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "a list of at least one case"),
        ("\n- {name: a}", 2, "case 1 needs name and expect"),
        ("- {name: a, expect: [], resources: {}}", 1, "case 1 needs name and expect"),
        ("- {name: a, expect: x}", 1, "a: expect is a list of violations or not_evaluated"),
        ("- name: a\n  expect:\n    - {at: x}", 3, "is about one of stack, environment, account, file"),
        ("- name: a\n  expect:\n    - {stack: x, environment: y}", 3, "is about one of stack"),
        ("- name: a\n  expect:\n    - {stack: x, line: y}", 3, "a: an expected violation has"),
        ("- {name: a, expect: []}\n- {name: a, expect: []}", 2, "the case at line 1 has the same name"),
        ("- {name: a, expect: [], stacks: []}", 1, "a: stacks is a mapping"),
        ("- {name: a, expect: [], complete: 1}", 1, "a: complete is true or false"),
        ("- {name: a, expect: [], files: {b: 1}}", 1, "a: a file is text"),
        ("- {name: a, expect: [], environments: {b: 1}}", 1, "a: the environment b is a mapping"),
        (
            "- {name: a, expect: [], environments: {b: {account: 1}}}",
            1,
            "the account of the environment b is text",
        ),
        ("- {name: a, expect: [], accounts: {b: {owner: c}}}", 1, "a: the account b may have access"),
        ("- {name: a, expect: [], accounts: {b: {id: 1}}}", 1, "what the account b says is text"),
        ("- {name: a, expect: [], accounts: {b: {allowed_resources: c}}}", 1, "is a list"),
        ("- {name: a, expect: [], stacks: {b: {}}}", 1, "the stack b is called environment/region/name"),
        ("- {name: a, expect: [], stacks: {b/c/: {}}}", 1, "is called environment/region/name"),
        ("- {name: a, expect: [], stacks: {b/c/d: {region: e}}}", 1, "the stack b/c/d may have"),
        ("- {name: a, expect: [], stacks: {b/c/d: {tier: 1}}}", 1, "tier of the stack b/c/d is text"),
        ("- {name: a, expect: [], stacks: {b/c/d: {tags: 1}}}", 1, "tags of the stack b/c/d is a mapping"),
        (
            "- {name: a, expect: [], stacks: {b/c/d: {needs: [output x]}}}",
            1,
            "needs of the stack b/c/d is a list",
        ),
        ("- {name: a, expect: [], stacks: {b/c/d: {needs: ['']}}}", 1, "needs of the stack b/c/d is a list"),
        (
            "- {name: a, expect: [], stacks: {b/c/d: {resources: {E: {}}}}}",
            1,
            "the resource E of the stack b/c/d",
        ),
        (
            "- {name: a, expect: [], stacks: {b/c/d: {nested: {E: {tier: f}}}}}",
            1,
            "what is nested in the stack b/c/d",
        ),
        (
            "- {name: a, expect: [], stacks: {b/c/d: {nested: {E: {outputs: 1}}}}}",
            1,
            "what is nested in the stack b/c/d",
        ),
        ("- " + "[" * 3000 + "]" * 3000, 1, "it is nested too deeply"),
    ],
)
def test_a_file_that_holds_no_cases_says_where_and_why(text, line, reason):
    with pytest.raises(CasesError, match=reason) as caught:
        read_estate_cases(text)
    assert caught.value.line == line


PASSES = "- {name: pass, expect: []}\n"
FAILS = "- {name: fail, expect: [{file: a}]}\n"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (PASSES + FAILS, []),
        (PASSES, ["no case states"]),
        (FAILS, ["no case passes"]),
        ("- {name: late, expect: not_evaluated}\n", ["no case passes", "no case states"]),
    ],
)
def test_a_validator_has_a_case_that_passes_and_one_that_states_a_violation(text, missing):
    found = estate_lacking(read_estate_cases(text))

    assert [one[: len(start)] for one, start in zip(found, missing, strict=True)] == missing
