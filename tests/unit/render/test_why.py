"""A path in an effective template -> the lines that made the value there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skafu.model.errors import InputError
from skafu.model.estate import Account, Definition, Environment, Stack, StackId
from skafu.model.node import Node, Step, Unknown
from skafu.model.place import Location
from skafu.render.why import parsed, render

FILES = {
    "template.yaml": ["Resources:", "  Table:", "    BillingMode: !Ref Mode", "    Arn: !GetAtt Key.Arn"],
    "stack.yaml": ["parameters:", "  Mode: ${environment.mode}"],
    "production.yaml": ["mode: PROVISIONED"],
}
AT = Location("template.yaml", 1, 1)
EMPTY = Node({}, AT)
MODE = Node(
    "PROVISIONED",
    Location("template.yaml", 3, 18),
    Location("template.yaml", 3, 5),
    (
        Step("parameter Mode", Location("stack.yaml", 2, 9)),
        Step("environment.mode", Location("production.yaml", 1, 1)),
    ),
)
LATE = Node(
    Unknown("Arn of Key exists only after deployment", {"Fn::GetAtt": ["Key", "Arn"]}),
    Location("template.yaml", 4, 10),
    Location("template.yaml", 4, 5),
)
TABLE = Node({"BillingMode": MODE, "Arn": LATE, "Keys": Node([MODE], AT)}, Location("template.yaml", 2, 3))
STACK = Stack(
    id=StackId("production", "us-east-1", "data"),
    definition=Definition("data", "platform", "template.yaml", ("production",), (), EMPTY),
    account=Account("production", "123456789014", "", "", "", (), EMPTY),
    environment=Environment("production", "production", "us-east-1", ("us-east-1",), EMPTY),
    stack_name="skafu-production-data",
    source=EMPTY,
    template=Node({"Resources": Node({"Table": TABLE}, AT)}, AT),
    parameters={},
    tags={},
    references=(),
    digest="0" * 64,
)


def sources(file):
    return FILES.get(file, [])


def test_a_value_is_followed_from_the_template_to_where_it_was_decided():
    assert render(STACK, "Resources.Table.BillingMode", sources) == (
        'Resources.Table.BillingMode = "PROVISIONED"\n'
        "  template.yaml:3:5    BillingMode: !Ref Mode\n"
        "  stack.yaml:2:9       Mode: ${environment.mode}  (parameter Mode)\n"
        "  production.yaml:1:1  mode: PROVISIONED  (environment.mode)\n"
    )


def test_a_value_that_nobody_can_know_says_so():
    assert render(STACK, "Resources.Table.Arn", sources) == (
        'Resources.Table.Arn = {"Fn::GetAtt": ["Key", "Arn"]}\n'
        "  not known before deployment: Arn of Key exists only after deployment\n"
        "  template.yaml:4:5  Arn: !GetAtt Key.Arn\n"
    )


def test_a_path_that_leads_nowhere_gets_the_nearest_name():
    with pytest.raises(InputError) as raised:
        render(STACK, "Resources.Table.BilingMode", sources)
    assert str(raised.value) == "Resources.Table has nothing at 'BilingMode'. Did you mean \"BillingMode\"?"


def test_a_path_goes_through_lists_and_through_keys_with_slashes():
    assert parsed("Resources.Table.Keys[0]") == ("Resources", "Table", "Keys", 0)
    assert parsed("Body.paths./api/metrics.get") == ("Body", "paths", "/api/metrics", "get")


def test_a_file_that_is_gone_costs_only_its_line():
    moved = replace(STACK, template=Node({"A": Node(1, Location("gone.yaml", 9, 1))}, AT))
    assert render(moved, "A", sources) == "A = 1\n  gone.yaml:9:1  \n"
