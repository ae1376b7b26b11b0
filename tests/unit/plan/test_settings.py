"""What is declared about a stack, what stands -> the change of the stack itself."""

from __future__ import annotations

import json

import pytest

import generated
from skafu.cache import NOTHING
from skafu.cli.estate import Memory, resolve_whole
from skafu.model.cloud import Standing
from skafu.plan import settings_changes

OPEN = json.dumps(
    {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
)
SHUT = OPEN.replace("Allow", "Deny")


@pytest.fixture
def changed(tmp_path):
    """(declared, protected now, policy now) -> the details of the change, as text."""

    def made(declared, protected, policy=""):
        files = {**generated.BASE, **generated.stack("platform", "only", [], resources=1)}
        files["stacks/platform/only/stack.yaml"] += declared
        generated.write(tmp_path, {**files, "stacks/platform/only/policy.json": OPEN})
        (stack,) = resolve_whole(tmp_path, Memory(NOTHING, "")).stacks.values()
        standing = Standing("arn:1", stack.stack_name, "CREATE_COMPLETE", termination_protection=protected)
        return [
            f"{one.location} {change.logical_id} {one.path}: {one.before} -> {one.after}"
            for change in settings_changes(stack, standing, policy)
            for one in change.details
        ]

    return made


FILE = "stacks/platform/only/stack.yaml:3:1 made-development-only"


@pytest.mark.parametrize(
    ("declared", "protected", "policy", "expected"),
    [
        ("", True, SHUT, []),
        ("termination_protection: true\n", True, "", []),
        ("termination_protection: false\n", False, "", []),
        (
            "termination_protection: false\n",
            True,
            "",
            [f"{FILE} Properties.EnableTerminationProtection: true -> false"],
        ),
        (
            "termination_protection: true\n",
            False,
            "",
            [f"{FILE} Properties.EnableTerminationProtection: false -> true"],
        ),
        ("stack_policy: policy.json\n", False, OPEN.replace(" ", ""), []),
        (
            "stack_policy: policy.json\n",
            False,
            SHUT,
            [f"{FILE} Properties.StackPolicyBody: {SHUT} -> {OPEN}"],
        ),
        ("stack_policy: policy.json\n", False, "", [f"{FILE} Properties.StackPolicyBody: None -> {OPEN}"]),
    ],
)
def test_a_setting_that_is_declared_and_not_what_stands_is_a_change(
    changed, declared, protected, policy, expected
):
    assert changed(declared, protected, policy) == expected
