"""What the foundation says twice, because AWS wants it in two places, is the same in both."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from skafu.load import load_template

STACKS = Path(__file__).parents[3] / "stacks"
ACCOUNTS = yaml.safe_load((STACKS / "accounts.yaml").read_text("utf-8"))["accounts"]
ENVIRONMENTS = {
    file.stem: yaml.safe_load(file.read_text("utf-8"))
    for file in sorted((STACKS / "environments").glob("*.yaml"))
}


def resources(stack, kind):
    made = load_template(STACKS / "foundation" / stack / "template.yaml").plain()["Resources"]
    return {name: one["Properties"] for name, one in made.items() if one.get("Type") == kind}


def roles():
    """The roles that stacks make, but for the two that deploy them."""
    for file in sorted(STACKS.glob("*/*/template.yaml")):
        if file.parent.name != "deployment":
            for name, one in load_template(file).plain()["Resources"].items():
                if not name.startswith("Fn::ForEach::") and one["Type"] == "AWS::IAM::Role":
                    yield one["Properties"]


def listed(value):
    return [value] if isinstance(value, str) else value


def statements(policy):
    """Those of a policy, whatever condition they stand under."""
    for statement in policy["Statement"]:
        yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def test_guardduty_trusts_exactly_the_networks_of_the_stages():
    trusted = (STACKS / "foundation/threat-scope/lists/vpc_cidr_ranges.txt").read_text("utf-8").split()
    assert trusted == sorted(one["network"]["cidr"] for one in ENVIRONMENTS.values() if "network" in one)


def test_every_list_that_guardduty_reads_is_a_file_with_entries():
    lists = STACKS / "foundation/threat-scope/lists"
    kinds = ("IPSet", "ThreatIntelSet", "ThreatEntitySet", "TrustedEntitySet")
    named = {
        one["Name"]: one["Location"]["Fn::Sub"].rpartition("/")[2]
        for kind in kinds
        for one in resources("threat-scope", f"AWS::GuardDuty::{kind}").values()
    }
    assert named == {file.stem: file.name for file in lists.iterdir()}
    assert all(file.read_text("utf-8").split() for file in lists.iterdir())


def test_the_organization_has_the_accounts_that_skafu_knows():
    members = [
        one["AccountName"] for one in resources("organization", "AWS::Organizations::Account").values()
    ]
    assert sorted([*members, "management"]) == sorted(ACCOUNTS)


def test_every_account_is_entered_by_the_team_that_has_access_to_it_and_no_other():
    teams = resources("access", "AWS::IdentityStore::Group")
    entered = {
        one["TargetId"]["Ref"]: teams[one["PrincipalId"]["Fn::GetAtt"][0]]["Description"]
        for one in resources("access", "AWS::SSO::Assignment").values()
    }
    assert entered == {
        f"{name.title().replace('-', '')}AccountId": account["access"] for name, account in ACCOUNTS.items()
    }


def test_every_account_has_a_budget_and_together_they_are_the_organizations():
    budgets = dict(ENVIRONMENTS["management"]["costs"]["budgets"])
    whole = budgets.pop("organization")
    assert sorted(budgets) == sorted(ACCOUNTS)
    assert sum(budgets.values()) == whole


def test_the_guardrail_leaves_open_the_regions_that_environments_have_and_no_others():
    statement = resources("organization", "AWS::Organizations::Policy")["RegionsPolicy"]["Content"][
        "Statement"
    ][0]
    left = statement["Condition"]["StringNotEquals"]["aws:RequestedRegion"]
    used = {region for one in ENVIRONMENTS.values() for region in (one["region"], *one.get("regions", []))}
    assert set(left) == used


def test_a_deployment_may_hand_roles_to_the_services_that_take_ours_and_to_no_others():
    execution = resources("deployment", "AWS::IAM::ManagedPolicy")["ExecutionPolicy"]["PolicyDocument"]
    [passing] = [one for one in statements(execution) if one["Action"] == "iam:PassRole"]
    takers = {
        service
        for role in roles()
        for trust in role["AssumeRolePolicyDocument"]["Statement"]
        for service in listed(trust["Principal"]["Service"])
    }
    assert set(passing["Condition"]["StringEquals"]["iam:PassedToService"]) == takers


def test_whatever_a_role_is_given_lies_within_the_boundary():
    boundary = resources("identity", "AWS::IAM::ManagedPolicy")["PermissionsBoundary"]["PolicyDocument"]
    most = [pattern for one in statements(boundary) for pattern in listed(one["Action"])]
    given = {
        action
        for role in roles()
        for policy in role.get("Policies", [])
        for one in statements(policy["PolicyDocument"])
        for action in listed(one["Action"])
    }
    assert {one for one in given if not any(fnmatchcase(one, pattern) for pattern in most)} == set()


def test_the_key_asks_event_bridge_for_no_account_because_it_tells_of_none():
    policy = resources("keys", "AWS::KMS::Key")["OperationsKey"]["KeyPolicy"]
    [rules] = [
        one
        for one in statements(policy)
        if "events.amazonaws.com" in listed(one["Principal"].get("Service", []))
    ]
    assert [list(tested) for tested in rules["Condition"].values()] == [
        ["kms:EncryptionContext:aws:sns:topicArn"]
    ]
