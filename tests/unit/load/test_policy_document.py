"""Policies that declarations name -> their JSON, or what is wrong with them and where."""

from __future__ import annotations

import json

import pytest

import generated
from skafu.load import load_repository
from skafu.resolve import resolve_estate

POLICY = {"Statement": [{"Effect": "Deny", "Action": "Update:Replace", "Principal": "*", "Resource": "*"}]}
STACK = "stacks/platform/queue/stack.yaml"


@pytest.fixture
def declared(tmp_path):
    """What is declared where the stack policy is this text."""

    def made(text, written="policy.json", file="stacks/platform/queue/policy.json"):
        files = {**generated.BASE, **generated.stack("platform", "queue", []), file: text}
        files[STACK] += f"stack_policy: {written}\n"
        generated.write(tmp_path, files)
        return load_repository(tmp_path)

    return made


@pytest.mark.parametrize(
    "text", [json.dumps(POLICY, indent=4), "Statement: " + json.dumps(POLICY["Statement"])]
)
def test_a_stack_policy_is_read_as_json_or_yaml(declared, text):
    found = declared(text)

    assert json.loads(found.definitions["queue"].stack_policy) == POLICY
    assert found.problems == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "stacks/platform/queue/policy.json:1:1: a policy needs a list Statement"),
        ('{"Statement": []}', "stacks/platform/queue/policy.json:1:1: a policy needs a list Statement"),
        ('{"Statement": [', "stacks/platform/queue/policy.json:"),
        (
            json.dumps({"Statement": [{"Sid": "x" * 16_400}]}),
            "stacks/platform/queue/policy.json:1:1: this policy is 16426 bytes long, and AWS takes 16384",
        ),
    ],
)
def test_what_is_no_policy_is_told_at_its_line(declared, text, expected):
    found = declared(text)

    told = f"{found.problems[0].location}: {found.problems[0].message}"
    assert told.startswith(expected)
    assert "queue" not in found.definitions


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("nothing.json", "the policy nothing.json does not exist"),
        ("../../../policy.json", "the policy ../../../policy.json does not lie in stacks/"),
        ("../../../../policy.json", "the policy ../../../../policy.json lies outside of the repository"),
    ],
)
def test_a_policy_that_is_not_there_is_told_where_it_is_named(declared, written, said):
    found = declared(json.dumps(POLICY), written, "policy.json")

    assert [f"{one.location}: {one.message}" for one in found.problems] == [f"{STACK}:3:15: {said}"]


def test_the_policy_is_part_of_what_is_approved(tmp_path):
    digests = set()
    for action in ("Update:Replace", "Update:Delete", ""):
        files = {**generated.BASE, **generated.stack("platform", "queue", [])}
        if action:
            files["stacks/platform/queue/policy.json"] = json.dumps(POLICY).replace("Update:Replace", action)
            files[STACK] += "stack_policy: policy.json\n"
        generated.write(tmp_path, files)
        (stack,) = resolve_estate(load_repository(tmp_path)).stacks.values()
        digests.add(stack.parts["settings"])

    assert len(digests) == 3


def test_a_session_policy_is_read_beside_the_accounts(tmp_path):
    accounts = generated.BASE["stacks/accounts.yaml"] + "deployment: {session_policy: session.json}\n"
    files = {**generated.BASE, **generated.stack("platform", "queue", []), "stacks/accounts.yaml": accounts}
    generated.write(tmp_path, {**files, "stacks/session.json": json.dumps(POLICY)})

    assert json.loads(load_repository(tmp_path).session_policy) == POLICY

    generated.write(tmp_path, {"stacks/session.json": json.dumps({"Statement": ["x" * 2100]})})
    assert "AWS takes 2048" in load_repository(tmp_path).problems[0].message
