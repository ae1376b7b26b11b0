"""Who reads outputs of another account may do so, there and here; and nobody else may."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from skafu.load import load_repository
from skafu.model.estate import Stack, StackId
from skafu.resolve import by_translator, resolve_estate

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow

CHANGING = [
    "ContinueUpdateRollback",
    "CreateChangeSet",
    "DeleteChangeSet",
    "DeleteStack",
    "ExecuteChangeSet",
    "RollbackStack",
    "SetStackPolicy",
    "UpdateTerminationProtection",
]


@cache
def resolved() -> dict[StackId, Stack]:
    return dict(resolve_estate(load_repository(ROOT), by_translator).stacks)


def ground(account: str):
    """The resources of the stack that makes an account's roles, as they will be deployed."""
    (stack,) = [
        one for id_, one in resolved().items() if id_.name == "deployment" and one.account.id == account
    ]
    return stack.template.plain()["Resources"]


def needed() -> set[tuple[str, str]]:
    """(account, account whose outputs its stacks need)."""
    stacks = resolved()
    pairs = {
        (stack.account.id, stacks[one.target].account.id)
        for stack in stacks.values()
        for one in stack.references
        if one.target in stacks
    }
    return {(reader, read) for reader, read in pairs if reader != read}


def accounts() -> dict[str, str]:
    """Account -> ARN of its deployer role."""
    found = {stack.account.id: stack.account.deployer_role for stack in resolved().values()}
    return {account: f"arn:aws:iam::{account}:role/{role}" for account, role in found.items()}


def readers() -> dict[str, str]:
    """Account -> ARN of the role that its outputs are read as."""
    found = {one.account.id: one.deployment.reader_role for one in resolved().values() if one.deployment}
    return {account: f"arn:aws:iam::{account}:role/{role}" for account, role in found.items()}


def trusted(account: str) -> set[str]:
    """The roles that may become an account's reader."""
    role = ground(account).get("ReaderRole")
    if role is None:
        return set()
    assert readers()[account].endswith(f":role/{role['Properties']['RoleName']}")
    found = set()
    for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
        (arn,) = [statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]]
        assert arn.startswith(f"arn:aws:iam::{statement['Principal']['AWS']}:role/")
        assert statement["Action"] == "sts:AssumeRole"
        found.add(arn)
    return found


def assumable(account: str) -> list[str]:
    """The patterns of what an account's deployer may become; nothing that is denied, and all within its boundary."""
    resources = ground(account)
    deployer = resources["DeployerRole"]["Properties"]
    assert deployer["PermissionsBoundary"] == {"Ref": "DeployerPolicy"}
    statements = resources["DeployerPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert "sts:" not in str([one for one in statements if one["Effect"] == "Deny"])
    (allowed,) = [one for one in statements if one["Action"] == "sts:AssumeRole"]
    given = allowed["Resource"]
    return given if isinstance(given, list) else [given]


def test_there_is_something_to_read():
    assert len(needed()) >= 8


def test_a_reader_is_trusted_to_exactly_the_deployers_whose_stacks_need_its_outputs():
    arns = accounts()
    expected = {
        read: {arns[reader] for reader, other in needed() if other == read} for read in sorted(accounts())
    }

    assert {account: trusted(account) for account in sorted(accounts())} == expected


def test_a_deployer_may_become_the_readers_that_its_stacks_need_and_nobody_else():
    others = {account: set(readers()) - {account} for account in readers()}
    allowed = {
        (reader, read)
        for reader in readers()
        for read in others[reader]
        if any(fnmatchcase(readers()[read], pattern) for pattern in assumable(reader))
    }

    assert allowed == needed()
    for account in readers():
        assert all(":role/skafu-*-reader" in pattern for pattern in assumable(account))


def test_a_reader_may_describe_every_stack_that_others_need_and_nothing_else():
    stacks = resolved()
    for stack in stacks.values():
        for one in stack.references:
            read = stacks.get(one.target)
            if read is None or read.account.id == stack.account.id:
                continue
            resources = ground(read.account.id)
            role = resources["ReaderRole"]["Properties"]
            assert role["PermissionsBoundary"] == {"Ref": "ReaderPolicy"}
            assert role["ManagedPolicyArns"] == [{"Ref": "ReaderPolicy"}]
            (statement,) = resources["ReaderPolicy"]["Properties"]["PolicyDocument"]["Statement"]
            assert (statement["Effect"], statement["Action"]) == ("Allow", "cloudformation:DescribeStacks")
            arn = f"arn:aws:cloudformation:{one.target.region}:{read.account.id}:stack/{read.stack_name}/id"
            assert fnmatchcase(arn, statement["Resource"])


def test_no_deployer_changes_the_stacks_that_only_an_administrator_deploys():
    changing = {f"cloudformation:{verb}" for verb in CHANGING}
    for id_, stack in resolved().items():
        if not stack.definition.says("administered"):
            continue
        statements = ground(stack.account.id)["DeployerPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        arn = f"arn:aws:cloudformation:{id_.region}:{stack.account.id}:stack/{stack.stack_name}/id"
        denied = {
            action
            for one in statements
            if one["Effect"] == "Deny" and any(fnmatchcase(arn, pattern) for pattern in one["Resource"])
            for action in one["Action"]
        }
        assert changing <= denied, id_
