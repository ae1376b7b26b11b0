"""`${...}` in a stack's declaration: what it reads, and what is said where it leads nowhere."""

from __future__ import annotations

import pytest

from skafu.model.node import Unknown

ENVIRONMENT = """
    name: lab
    account: lab
    region: eu-west-1
    regions: [us-east-1]
    size: 5
    ratio: 0.5
    active: false
    label: small
    urls: [https://a, https://b]
    nested:
      deep: {value: x}
"""
TEMPLATE = """
    Parameters:
      P: {Type: TYPE}
    Resources:
      R: {Type: A::B::C, Properties: {V: !Ref P}}
"""


def declared(estate, written, kind="String", **more):
    """The parameter P of the stack, given what stands in line 4 of its declaration."""
    declaration = f"template: template.yaml\nenvironments: [lab]\nparameters:\n  P: {written}\n"
    declaration += "".join(f"{key}: {value}\n" for key, value in more.items())
    return estate(
        {
            "environments/lab.yaml": ENVIRONMENT,
            "platform/app/stack.yaml": declaration,
            "platform/app/template.yaml": TEMPLATE.replace("TYPE", kind),
        }
    )


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("${environment.label}", "String", "small"),
        ("${environment.size}", "Number", 5),
        ("${environment.ratio}", "Number", 0.5),
        ("${environment.active}", "String", "false"),
        ("${ environment.nested.deep.value }", "String", "x"),
        ("${environment.urls}", "CommaDelimitedList", ["https://a", "https://b"]),
        ("['${environment.label}', other]", "CommaDelimitedList", ["small", "other"]),
        ("${environment.label}-${environment.size}-${environment.active}", "String", "small-5-false"),
        ("${account.id}", "String", "111122223333"),
        ("${account.name}", "String", "lab"),
        ("${account.deployer_role}", "String", "r"),
        ("${accounts.live.id}", "String", "444455556666"),
        ("${region}", "String", "eu-west-1"),
        ("${estate}", "String", "shop"),
        ("$${environment.label}", "String", "${environment.label}"),
        ("a $${b} ${estate}", "String", "a ${b} shop"),
        ("'{{resolve:ssm:/a}}'", "String", "{{resolve:ssm:/a}}"),
    ],
)
def test_path_becomes_the_value_behind_it(estate, written, kind, value):
    found = declared(estate, written, kind)

    stack = found.stacks["lab/eu-west-1/app"]
    assert stack.parameters["P"].plain() == value
    assert type(stack.parameters["P"].plain()) is type(value)
    assert found.findings == []


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "${environment.labl}",
            (
                '${environment.labl} leads nowhere: there is no "labl" at stacks/environments/lab.yaml:1:1 '
                'Did you mean "label"?'
            ),
        ),
        (
            "x-${environment.nested.dep.value}",
            (
                '${environment.nested.dep.value} leads nowhere: there is no "dep" at stacks/environments/lab.yaml:10:1 '
                'Did you mean "deep"?'
            ),
        ),
        (
            "${environment.label.more}",
            '${environment.label.more} leads nowhere: there is no "more" at stacks/environments/lab.yaml:8:1',
        ),
        (
            "${accounts.liv.id}",
            '${accounts.liv.id} leads nowhere: there is no account "liv" Did you mean "live"?',
        ),
        ("${accounts.live}", "${accounts.live} must be ${accounts.<account>.id} or another of its members"),
        ("${enviroment.label}", '${enviroment.label} leads nowhere Did you mean "environment"?'),
        ("${regions}", '${regions} leads nowhere Did you mean "region"?'),
        ("${environment}", '${environment} leads nowhere Did you mean "environment"?'),
        (
            "${account.number}",
            '${account.number} leads nowhere: there is no "number" at stacks/accounts.yaml:3:3 ',
        ),
        ("${stacks.app}", "${stacks.app} must be ${stacks.<stack>.outputs.<Output>}"),
        ("x${environment.urls}", "${environment.urls} is not text, so it cannot stand inside text"),
    ],
)
def test_path_that_leads_nowhere_is_told_at_its_line(estate, written, message):
    found = declared(estate, written)

    assert len(found.findings) == 1
    assert found.findings[0].startswith(f"definition-reference stack.yaml:4 {message}")
    stack = found.stacks["lab/eu-west-1/app"]
    assert isinstance(stack.parameters["P"].value, Unknown)


@pytest.mark.parametrize(
    ("written", "kind", "message"),
    [
        (
            "${environment.urls}",
            "String",
            "P is \"['https://a', 'https://b']\", a list, but its type is String",
        ),
        (
            "${environment.nested}",
            "String",
            "P is \"{'deep': {'value': 'x'}}\", which is neither text nor a list of texts",
        ),
    ],
)
def test_value_of_the_wrong_shape_is_told_in_the_environment(estate, written, kind, message):
    found = declared(estate, written, kind)

    assert [one.split(" ", 2)[2] for one in found.findings] == [message]
    assert found.findings[0].startswith("parameter-value lab.yaml:")


def test_value_that_does_not_fit_is_told_at_its_line_in_the_environment(estate):
    found = estate(
        {
            "environments/lab.yaml": ENVIRONMENT,
            "platform/app/stack.yaml": """
                template: template.yaml
                environments: [lab]
                parameters: {P: "${environment.size}"}
            """,
            "platform/app/template.yaml": """
                Parameters:
                  P: {Type: Number, MaxValue: 4}
                Resources:
                  R: {Type: A::B::C, Properties: {V: !Ref P}}
            """,
        }
    )

    assert found.findings == ['parameter-value lab.yaml:5 P is "5", which is above MaxValue 4']


def test_value_tells_the_way_it_came(estate):
    found = declared(estate, "${environment.label}")

    node = found.stacks["lab/eu-west-1/app"].template.get("Resources", "R", "Properties", "V")
    assert [
        (step.what, step.location.file.rsplit("/", 1)[-1], step.location.line) for step in node.steps
    ] == [
        ("parameter P", "stack.yaml", 4),
        ("environment.label", "lab.yaml", 8),
    ]


def test_stack_goes_to_every_environment_and_region_that_it_names(estate):
    found = declared(estate, "${region}", regions="[us-east-1, eu-west-1]")

    assert {id_: found.values(id_) for id_ in found.stacks} == {
        "lab/eu-west-1/app": {"V": "eu-west-1"},
        "lab/us-east-1/app": {"V": "us-east-1"},
    }


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({}, "shop-lab-app"),
        ({"stack_name": "own"}, "own"),
        ({"stack_name": "${estate}-${environment.label}"}, "shop-small"),
    ],
)
def test_stack_has_the_name_that_its_declaration_gives(estate, more, name):
    found = declared(estate, "x", **more)

    assert found.stacks["lab/eu-west-1/app"].stack_name == name
    assert found.findings == []


def test_tags_are_read_like_parameters(estate):
    found = declared(estate, "x", tags="{Size: '${environment.size}', Part: 'a-${estate}'}")

    tags = found.stacks["lab/eu-west-1/app"].tags
    assert {name: node.plain() for name, node in tags.items()} == {"Size": 5, "Part": "a-shop"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"stack_name": "'${environment.urls}'"},
            "the name of a stack must be text that is known before deployment",
        ),
        ({"tags": "{Where: '${environment.nested}'}"}, "the tag Where must be text, not a whole section"),
    ],
)
def test_name_or_tag_that_is_no_text_is_told(estate, more, message):
    found = declared(estate, "x", **more)

    assert found.findings == [f"definition-reference stack.yaml:5 {message}"]
